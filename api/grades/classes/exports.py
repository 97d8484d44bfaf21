"""The class as a table: one row a student, or one an attempt; CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sqlalchemy.orm import Session

from api.grades.effective_grades import CountingAttempt, EffectiveGrade, grade_of, standing
from api.kit.models import Assignment, Submission
from api.kit.schemas.grades import GradeRow
from api.submissions.runs import latest_run
from grader.editions.loader import Edition
from grader.results.exports.spreadsheets import BYTE_ORDER_MARK, harmless

COLUMNS = (
    "student_id",
    "name",
    "attempt",
    "submission",
    "received_at",
    "state",
    "counts",
    "late_days",
    "raw_points",
    "points",
    "max_points",
)
LATER = (
    "named_for",
    "pending_attempts",
    "adjustment",
    "section",
)  # after the criteria: they came later


def grade_rows(session: Session, edition: Edition, *, history: bool = False) -> list[GradeRow]:
    """Return a row for every student, by id; with *history* one for every attempt."""
    rows = standing(session, edition)
    if not history:
        return [
            _row(row, row.submission, row.grade, row.pending, counts=row.grade is not None)
            for row in rows
        ]
    assignment = session.get_one(Assignment, edition.id)
    return [
        _row(
            row,
            one,
            grade_of(one, assignment, edition),
            [waits for waits in row.pending if waits is one],
            counts=row.grade is not None and one is row.submission,
        )
        for row in rows
        for one in row.attempts
    ]


def _row(
    who: CountingAttempt,
    submission: Submission | None,
    grade: EffectiveGrade | None,
    pending: Sequence[Submission],
    *,
    counts: bool,
) -> GradeRow:
    return GradeRow(
        student_id=who.student_id,
        name=who.name,
        section=who.section,
        attempt=None if submission is None else submission.attempt,
        submission=None if submission is None else submission.id,
        received_at=None if submission is None else submission.received_at,
        state=None if submission is None else latest_run(submission).state,
        counts=counts,
        late_days=None if grade is None else grade.late_days,
        raw_points=None if grade is None else grade.raw_points,
        points=None if grade is None else grade.points,
        max_points=None if grade is None else grade.max_points,
        named_for="" if submission is None else submission.named_for,
        pending_attempts=[one.attempt for one in pending],
        adjustment=None if grade is None else grade.adjustment,
        criteria={}
        if grade is None
        else {one.id: one.points for one in grade.criteria if one.most},
    )


def to_csv(rows: Sequence[GradeRow]) -> str:
    """Return the rows as CSV for spreadsheets: a column for each criterion, no formula in any."""
    criteria = list(dict.fromkeys(name for row in rows for name in row.criteria))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, *(harmless(name) for name in criteria), *LATER])
    for row in rows:
        told = row.model_dump(mode="json")
        fixed = [told[name] for name in COLUMNS]
        points = [row.criteria.get(name) for name in criteria]
        pending = " ".join(map(str, row.pending_attempts))
        later = [row.named_for, pending, row.adjustment, row.section]
        writer.writerow([harmless(cell) for cell in [*fixed, *points, *later]])
    return BYTE_ORDER_MARK + file.getvalue()
