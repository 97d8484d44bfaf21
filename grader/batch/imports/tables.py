"""Tables of grades as course sites import them, where the TA gave no table of their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from grader.batch.rows import ClassRow
from grader.results.exports.spreadsheets import harmless

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
GRADESCOPE = ("Name", "SID", "Email", "Total Score", "Max Points", "Status", "Submission ID")
MOODLE = ("Identifier", "Full name", "Email address", "Grade", "Last modified (grade)")
PLAIN = ("student_id", "score")


def canvas_table(rows: Sequence[ClassRow], assignment: str) -> str:
    """
    Return a gradebook as Canvas imports it: people by its own user id, and the points there are.

    A person is only there whose grade is final: Canvas leaves those alone whom a table has not.
    """
    most = max((row.record.max_score or 0.0 for row in rows), default=0.0)
    lines: list[list[object]] = [
        [*CANVAS, assignment],
        ["    Points Possible", "", "", "", "", f"{most:g}"],
    ]
    for row in rows:
        about = row.submitted.about
        number, student = about.get("canvas_user_id", ""), row.submitted.student_id
        if row.score is not None and (number or student):
            name = about.get("name", "") or student
            lines.append([name, number, student, "", "", _points(row)])
    return _csv(lines)


def gradescope_table(rows: Sequence[ClassRow]) -> str:
    """Return grades in the columns of Gradescope's own export, by SID and e-mail address."""
    lines: list[list[object]] = [[*GRADESCOPE]]
    for row in rows:
        about = row.submitted.about
        lines.append(
            [
                about.get("name", ""),
                row.submitted.student_id,
                about.get("email", ""),
                _points(row),
                row.record.max_score,
                {"graded": "Graded", "missing": "Missing"}.get(row.record.state, "Ungraded"),
                about.get("gradescope_submission", ""),
            ]
        )
    return _csv(lines)


def moodle_table(rows: Sequence[ClassRow]) -> str:
    """
    Return a worksheet with Moodle's own English headings, by its participants' numbers.

    Moodle takes none without the moment of the last grading: the dash stands for never.
    """
    lines: list[list[object]] = [[*MOODLE]]
    for row in rows:
        about = row.submitted.about
        if number := about.get("moodle_participant", ""):
            name, email = about.get("name", ""), about.get("email", "")
            lines.append([f"Participant {number}", name, email, _points(row), "-"])
    return _csv(lines)


def plain_table(rows: Sequence[ClassRow]) -> str:
    """Return student ids and points, and nothing else."""
    known = [row for row in rows if row.submitted.student_id and row.score is not None]
    return _csv([[*PLAIN], *([row.submitted.student_id, _points(row)] for row in known)])


def _points(row: ClassRow) -> str:
    return "" if row.score is None else f"{row.score:.2f}"


def _csv(lines: Iterable[Sequence[object]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([*map(harmless, line)] for line in lines)
    return file.getvalue()
