"""The class as rows: one for each person who handed in, or is on the roster and did not."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.batch.engine import Graded
from grader.batch.late.rule import Lateness
from grader.batch.records import GRADED, MISSING, WAITING, Record
from grader.batch.roster import ClassRoster
from grader.batch.sources.submitted import ABOUT, Submitted
from grader.results.exports.spreadsheets import BYTE_ORDER_MARK, harmless

FIRST = ("student_id", "score", "max_score", "state")
LATE = ("automatic_score", "received_at", "late_days", "late_percent", "late_note")
LAST = ("identity", "reason", "findings", "edition", "folder")


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """One person of the class."""

    submitted: Submitted
    record: Record
    folder: str = ""
    lateness: Lateness | None = None  # None: nobody said when it was due

    @property
    def automatic(self) -> float | None:
        """Return the grader's points before the late rule: none as long as some are open."""
        return self.record.score if self.record.state == GRADED else None

    @property
    def score(self) -> float | None:
        """Return the points that count, by the late rule: none as long as a person has to look."""
        if self.automatic is None or self.lateness is None:
            return self.automatic
        return self.lateness.points(self.automatic, self.record.max_score or 0.0)

    @property
    def needs_person(self) -> bool:
        """Return whether staff have to look: nothing graded it whole, or nobody knows whose."""
        unclear = self.submitted.unclear is not None
        unclear = unclear or (self.lateness is not None and self.lateness.needs_person)
        return unclear or self.record.state not in {GRADED, MISSING, WAITING}


def class_rows(
    graded: Sequence[Graded],
    roster: ClassRoster,
    lateness: Mapping[str, Lateness] | None = None,
) -> list[ClassRow]:
    """
    Return the rows by student id; those whose id is not known come last.

    *lateness* is that of each submission by its key, where it is known when the work was due.
    """
    rows = [
        ClassRow(
            submitted=one.submitted,
            record=one.record,
            folder=one.folder,
            lateness=(lateness or {}).get(one.submitted.key),
        )
        for one in graded
    ]
    there = {row.submitted.student_id for row in rows}
    for student in sorted(roster.listed.ids - there):
        about = {name: told for name, told in roster.about[student].items() if told}
        one = Submitted(key=student, student_id=student, about=about)
        rows.append(ClassRow(submitted=one, record=Record(state=MISSING)))
    return sorted(rows, key=lambda row: (not row.submitted.student_id, row.submitted.key))


def to_csv(rows: Sequence[ClassRow], language: str) -> str:
    """Return the rows as CSV for spreadsheets: a column for each criterion, no formula in any."""
    criteria = list(dict.fromkeys(name for row in rows for name in row.record.criteria))
    known = [name for name in ABOUT if any(row.submitted.about.get(name) for row in rows)]
    is_due = any(row.lateness is not None for row in rows)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*FIRST, *(LATE if is_due else ()), *criteria, *known, *LAST])
    for row in rows:
        one, record = row.submitted, row.record
        points = [record.criteria.get(name, (None, 0.0))[0] for name in criteria]
        told = [one.about.get(name, "") for name in known]
        first: list[object] = [one.student_id, row.score, record.max_score, record.state]
        first += _late(row, language) if is_due else []
        writer.writerow(map(harmless, [*first, *points, *told, *_last(row, language)]))
    return BYTE_ORDER_MARK + file.getvalue()


def _late(row: ClassRow, language: str) -> list[object]:
    """Return the cells about lateness: of whom nothing is known they are empty."""
    late = row.lateness or Lateness()
    moment = "" if late.received_at is None else late.received_at.isoformat(timespec="seconds")
    percent = None if late.days is None else late.percent
    said = "" if late.said is None else late.said.said_in(language)
    return [row.automatic, moment, late.days, percent, said]


def _last(row: ClassRow, language: str) -> list[str]:
    unclear, reason = row.submitted.unclear, row.record.said
    return [
        "" if unclear is None else unclear.said_in(language),
        "" if reason is None else reason.said_in(language),
        " ".join(row.record.findings),
        row.record.edition,
        row.folder,
    ]
