"""A course site's own table, filled in: no cell but the grades is another than before."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.batch.imports.worksheet import (
    column_of_participants,
    participant_in,
    separator_of,
)
from grader.batch.roster import LIMIT_BYTES, decode_sheet
from grader.batch.rows import ClassRow
from grader.errors import SubmissionError
from grader.intake.classes.roster_columns import EMAILS, IDS, Columns, plain_id
from grader.intake.files.entries import read_bytes
from grader.results.exports.spreadsheets import BYTE_ORDER_MARK
from grader.words.message import Message, message

_CANVAS = ("id", "sis user id", "sis login id")
_POSSIBLE, _READ_ONLY = "points possible", re.compile(r"read\s+only")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
# Moodle's word for a grade; elsewhere it is the column in front of the largest grade.
_GRADE = frozenset(
    {"grade", "成績", "成绩", "分數", "评分", "評分", "note", "bewertung", "calificación", "nota"}
    | {"cijfer", "ocena", "оценка", "評定", "성적", "betyg", "karakter", "arvosana", "valutazione"}
)


_UNGRADED = frozenset({"", "-", "–"})  # noqa: RUF001  Moodle's dash


@dataclass(frozen=True, kw_only=True)
class FilledSheet:
    """The table as the course site takes it back."""

    site: str  # "canvas" or "moodle"
    text: str
    filled: int
    unmatched: tuple[str, ...]  # keys of people with a grade whom the table does not have
    remark: Message | None = None  # that the site counts up to another number of points


def fill_sheet(path: Path, rows: Sequence[ClassRow], column: str) -> FilledSheet:
    """
    Return the Canvas gradebook or Moodle worksheet in *path* with the grades of *rows*.

    *column* is the assignment's in a Canvas gradebook. Raise SubmissionError where the file is
    neither of the two, or where the column of the grades cannot be told.
    """
    return fill_table(path.name, read_bytes(path, LIMIT_BYTES), rows, column)


def fill_table(
    name: str, content: bytes, rows: Sequence[ClassRow], column: str = ""
) -> FilledSheet:
    """Return the table in the bytes of a file, as :func:`fill_sheet` does."""
    text = decode_sheet(content).removeprefix(BYTE_ORDER_MARK)
    separator = separator_of(text)
    try:
        table = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error:
        table = []
    if not table:
        raise SubmissionError(message("batch.no-sheet", file=name))
    heads = [_plain(head) for head in table[0]]
    if _is_canvas(heads):
        site, at, find = "canvas", _assignment_column(name, table, column), _by_canvas(heads)
    elif participants := column_of_participants(table):
        site, at, find = "moodle", _grade_column(name, table), _by_participant(heads, participants)
    else:
        raise SubmissionError(message("batch.no-sheet", file=name))
    return _filled(site, table, at, find, rows, separator)


def _filled(  # noqa: PLR0913, PLR0917  a table and how to fill it
    site: str,
    table: list[list[str]],
    at: int,
    find: Callable[[Sequence[str]], Sequence[tuple[str, str]]],
    rows: Sequence[ClassRow],
    separator: str,
) -> FilledSheet:
    told = [(key, row) for row in rows for key in _keys(row) if row.score is not None]
    claims = Counter(key for key, _ in told)
    graded = {key: row for key, row in told if claims[key] == 1}  # what two share names nobody
    found: set[str] = set()
    for line in table[1:]:
        row = next((graded[key] for key in find(line) if key in graded), None)
        if row is not None and row.submitted.key not in found:
            line.extend([""] * (at + 1 - len(line)))
            line[at] = f"{row.score:.2f}"
            found.add(row.submitted.key)
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(table)
    missed = {row.submitted.key for _, row in told} - found
    return FilledSheet(
        site=site,
        text=file.getvalue(),
        filled=len(found),
        unmatched=tuple(sorted(missed)),
        remark=_other_maximum(site, table, at, rows),
    )


def _other_maximum(
    site: str, table: Sequence[Sequence[str]], at: int, rows: Sequence[ClassRow]
) -> Message | None:
    """Return that the site counts up to another number of points: Moodle drops what is more."""
    told = _possible(table, at) if site == "canvas" else _largest(table, at)
    most = max((row.record.max_score or 0.0 for row in rows), default=0.0)
    if told is None or most in {0.0, told}:
        return None
    return message(
        "batch.other-maximum", site=site.capitalize(), maximum=f"{told:g}", most=f"{most:g}"
    )


def _is_canvas(heads: Sequence[str]) -> bool:
    """Return whether it is a gradebook, with a name in one column or in two."""
    named = heads[0] == "student" or [*heads[:2]] == ["lastname", "firstname"]
    return named and "id" in heads


def _keys(row: ClassRow) -> list[tuple[str, str]]:
    """Return what a table may call a person; of whom it is not clear, only the site's number."""
    about = row.submitted.about
    keys = [
        ("canvas", about.get("canvas_user_id", "")),
        ("moodle", about.get("moodle_participant", "")),
        ("student", row.submitted.student_id.lower() if not row.submitted.unclear else ""),
        ("email", about.get("email", "").lower() if not row.submitted.unclear else ""),
    ]
    return [key for key in keys if key[1]]


def _by_canvas(heads: Sequence[str]) -> Callable[[Sequence[str]], Sequence[tuple[str, str]]]:
    places = {head: at for at, head in enumerate(heads) if head in _CANVAS}

    def find(line: Sequence[str]) -> list[tuple[str, str]]:
        cells = {head: line[at].strip() for head, at in places.items() if at < len(line)}
        students = [cells.get(head, "").lower() for head in _CANVAS[1:]]
        return [("canvas", cells.get("id", "")), *(("student", one) for one in students)]

    return find


def _by_participant(
    heads: Sequence[str], column: int
) -> Callable[[Sequence[str]], Sequence[tuple[str, str]]]:
    """Return what finds a line's person: the participant's number, else ID number or address."""
    names = Columns.of(heads).names
    ids = [at for at, name in enumerate(names) if name in IDS and at != column - 1]
    addresses = [at for at, name in enumerate(names) if name in EMAILS]

    def find(line: Sequence[str]) -> list[tuple[str, str]]:
        cells = [cell.strip().lower() for cell in line]
        number = participant_in(line[column - 1]) if len(line) >= column else ""
        found = [
            ("moodle", number),
            *(("student", plain_id(cells[at])) for at in ids if at < len(cells)),
            *(("email", cells[at]) for at in addresses if at < len(cells)),
        ]
        return [key for key in found if key[1]]

    return find


def _grade_column(name: str, table: Sequence[Sequence[str]]) -> int:
    """Return where Moodle's worksheet has the grade: named so, or before the largest one."""
    named = [at for at, head in enumerate(table[0]) if _plain(head) in _GRADE]
    if named:
        return named[0]
    for at in range(len(table[0]) - 1):
        cells = {line[at].strip() for line in table[1:] if at < len(line)}
        is_grade = all(one in _UNGRADED or _NUMBER.fullmatch(one) for one in cells)
        if is_grade and _largest(table, at) is not None:
            return at
    raise SubmissionError(message("batch.no-grade-column", file=name))


def _largest(table: Sequence[Sequence[str]], at: int) -> float | None:
    """Return the largest grade, which Moodle has behind the grade at every person; or None."""
    cells = {line[at + 1].strip() for line in table[1:] if at + 1 < len(line)}
    return _number(cells.pop()) if len(cells) == 1 else None


def _possible(table: Sequence[Sequence[str]], at: int) -> float | None:
    """Return the points that Canvas has for an assignment; None where it does not say."""
    cells = [line[at] for line in table[1:] if _POSSIBLE in _plain(line[0]) and at < len(line)]
    return _number(cells[0].strip()) if cells else None


def _number(cell: str) -> float | None:
    return float(cell.replace(",", ".")) if _NUMBER.fullmatch(cell) else None


def _assignment_column(name: str, table: Sequence[Sequence[str]], column: str) -> int:
    """Return where a gradebook has the assignment; what Canvas lets nobody change is none."""
    at = _named_column(name, table[0], column)
    frozen = [line for line in table[1:] if at < len(line) and _READ_ONLY.search(line[at])]
    if frozen:
        raise SubmissionError(message("batch.read-only", file=name, column=table[0][at]))
    return at


def _named_column(name: str, heads: Sequence[str], column: str) -> int:
    """Return where a gradebook has the assignment: named in full or before its number."""
    plain = [re.sub(r"\s*\(\d+\)$", "", head.strip()) for head in heads]
    found = [at for at, head in enumerate(heads) if column in {head.strip(), plain[at]}]
    if len(found) != 1:
        numbered = [head for head in heads if re.search(r"\(\d+\)$", head.strip())]
        if not column and len(numbered) == 1:
            return list(heads).index(numbered[0])
        told = ", ".join(numbered) or "-"
        raise SubmissionError(message("batch.which-column", file=name, columns=told))
    return found[0]


def _plain(head: str) -> str:
    return head.strip().strip("\ufeff").lower()
