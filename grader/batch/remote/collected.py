"""What the service says of one submission, as a batch on this machine has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.batch.late.rule import Lateness
from grader.batch.records import GRADED, PENDING, REFUSED, Record
from grader.batch.remote.connection import Connection, ServerError
from grader.results.exports.file_stem import file_name
from grader.results.file.reading import read
from grader.results.file.schema import Results
from grader.results.file.written import write_contents, write_whole
from grader.words.message import message

DOCUMENTS = (("report.pdf", ".pdf"), ("report.html", ".html"))


def collect(  # noqa: PLR0913  what is fetched, and where it goes
    connection: Connection,
    submission_id: str,
    out: Path,
    *,
    key: str,
    language: str,
    has_due_date: bool,
) -> tuple[Record, Lateness | None]:
    """Return the record of a submission that has ended; its documents are in *out* by then."""
    told = connection.json(f"/submissions/{submission_id}")
    lateness = _lateness(told) if has_due_date else None
    state, grade = str(told["state"]), told["grade"]
    if grade is None or state in {"refused", "ungraded", "replaced"}:
        return _without_grade(told), lateness
    address = f"/submissions/{submission_id}"
    results = read(json.loads(connection.content(f"{address}/results")))
    stem = f"{results.extra_data.assignment}_{file_name(key)}"
    write_contents(results, out / f"{stem}.json")
    written, notes = [f"{stem}.json"], []
    for name, ending in DOCUMENTS:
        try:
            content = connection.content(f"{address}/{name}", kind="feedback", language=language)
        except ServerError as error:
            notes.append(str(error))
        else:
            write_whole(out / f"{stem}{ending}", content)
            written.append(f"{stem}{ending}")
    return _record(told, grade, results, written, notes), lateness


def _without_grade(told: Mapping[str, Any]) -> Record:
    """Return the record of what was refused, or what waits for a person with no part graded."""
    reason = told["reason"] or message("batch.server-says", told=told["message"] or told["state"])
    state = REFUSED if told["state"] == "refused" else PENDING
    given = reason if isinstance(reason, Mapping) else reason.as_json()
    return Record(state=state, edition=told["edition"], reason=given, is_final=False)


def _record(
    told: Mapping[str, Any],
    grade: Mapping[str, Any],
    results: Results,
    written: list[str],
    notes: list[str],
) -> Record:
    findings = [one for one in results.extra_data.findings if one.costs_points]
    return Record(
        state=GRADED if grade["is_final"] else PENDING,
        edition=told["edition"],
        score=grade["raw_points"],
        max_score=grade["max_points"],
        criteria={
            one["id"]: (None if one["pending"] else one["points"], one["max_points"])
            for one in grade["criteria"]
        },
        titles={one["id"]: one["title"] for one in grade["criteria"]},
        findings=tuple(dict.fromkeys(told["findings"])),
        called={
            one.id: one.title_message.as_json()
            for one in findings
            if one.title_message is not None
        },
        accuracy={
            stage: percent
            for stage, percent in results.extra_data.accuracy.items()
            if percent is not None
        },
        documents=tuple(written),
        notes=tuple(notes),
    )


def _lateness(told: Mapping[str, Any]) -> Lateness:
    """Return how late the service says that it is."""
    grade = told["grade"] or {}
    return Lateness(
        received_at=datetime.fromisoformat(told["received_at"]),
        days=grade.get("late_days", 0),
        percent=grade.get("late_percent", 0.0),
    )
