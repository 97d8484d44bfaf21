"""What the service says of one submission, as a batch on this machine has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.batch.records import GRADED, PENDING, REFUSED, Record
from grader.batch.remote.connection import Connection, ServerError
from grader.results.exports.file_stem import file_name
from grader.results.file.reading import read
from grader.results.file.schema import Results
from grader.results.file.written import write_contents, write_whole
from grader.words.message import Message, message

DOCUMENTS = (("report.pdf", ".pdf"), ("report.html", ".html"))


def collect(
    connection: Connection, told: Mapping[str, Any], out: Path, *, key: str, language: str
) -> Record:
    """
    Return the record of a submission that has ended, of which the service has *told*.

    Its documents are in *out* by then. Raise ServerError.
    """
    grade = told["grade"]
    if grade is None or told["state"] in {"refused", "ungraded", "replaced"}:
        return _without_grade(told)
    address = f"/submissions/{told['id']}"
    results = _results(connection, f"{address}/results")
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
    return _record(told, grade, results, written, notes)


def _results(connection: Connection, address: str) -> Results:
    """Return a results file; raise ServerError where it is another version's."""
    try:
        return read(json.loads(connection.content(address)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = (
            f"{connection.address}{address} is no results file of this version"
            f" ({type(error).__name__}); install the version that the service runs"
        )
        raise ServerError(msg) from None


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
            one.id: Message(f"finding.{one.id}.title", one.values).as_json()
            for one in results.extra_data.findings
            if one.costs_points
        },
        accuracy={
            stage: percent
            for stage, percent in results.extra_data.accuracy.items()
            if percent is not None
        },
        documents=tuple(written),
        notes=tuple(notes),
    )
