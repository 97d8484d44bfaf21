"""A course site's own table, filled in: no cell but the grades is another than before."""

from __future__ import annotations

import csv
import io
import re
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
from grader.intake.files.entries import read_bytes
from grader.results.exports.spreadsheets import BYTE_ORDER_MARK
from grader.words.message import message

_CANVAS = ("id", "sis user id", "sis login id")
# Moodle's word for a grade; elsewhere it is the column in front of the largest grade.
_GRADE = frozenset(
    {"grade", "成績", "成绩", "分數", "评分", "評分", "note", "bewertung", "calificación", "nota"}
    | {"cijfer", "ocena", "оценка", "評定", "성적", "betyg", "karakter", "arvosana", "valutazione"}
)


@dataclass(frozen=True, kw_only=True)
class FilledSheet:
    """The table as the course site takes it back."""

    site: str  # "canvas" or "moodle"
    text: str
    filled: int
    unmatched: tuple[str, ...]  # keys of people with a grade whom the table does not have


def fill_sheet(path: Path, rows: Sequence[ClassRow], column: str) -> FilledSheet:
    """
    Return the Canvas gradebook or Moodle worksheet in *path* with the grades of *rows*.

    *column* is the assignment's in a Canvas gradebook. Raise SubmissionError where the file is
    neither of the two, or where the column of the grades cannot be told.
    """
    text = decode_sheet(read_bytes(path, LIMIT_BYTES)).removeprefix(BYTE_ORDER_MARK)
    separator = separator_of(text)
    table = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    if not table:
        raise SubmissionError(message("batch.no-sheet", file=path.name))
    heads = [_plain(head) for head in table[0]]
    if heads[0] == "student" and "id" in heads:
        site, at, find = "canvas", _assignment_column(path, table[0], column), _by_canvas(heads)
    elif participants := column_of_participants(table):
        site, at, find = "moodle", _grade_column(path, table), _by_participant(participants)
    else:
        raise SubmissionError(message("batch.no-sheet", file=path.name))
    return _filled(site, table, at, find, rows, separator)


def _filled(  # noqa: PLR0913, PLR0917  a table and how to fill it
    site: str,
    table: list[list[str]],
    at: int,
    find: Callable[[Sequence[str]], Sequence[tuple[str, str]]],
    rows: Sequence[ClassRow],
    separator: str,
) -> FilledSheet:
    graded = {key: row for row in rows for key in _keys(row) if row.score is not None}
    found: set[str] = set()
    for line in table[1:]:
        row = next((graded[key] for key in find(line) if key in graded), None)
        if row is not None and row.submitted.key not in found:
            line.extend([""] * (at + 1 - len(line)))
            line[at] = f"{row.score:.2f}"
            found.add(row.submitted.key)
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(table)
    missed = {row.submitted.key for row in graded.values()} - found
    return FilledSheet(
        site=site, text=file.getvalue(), filled=len(found), unmatched=tuple(sorted(missed))
    )


def _keys(row: ClassRow) -> list[tuple[str, str]]:
    """Return what a table may call a person; of whom it is not clear, only the site's number."""
    about = row.submitted.about
    keys = [
        ("canvas", about.get("canvas_user_id", "")),
        ("moodle", about.get("moodle_participant", "")),
        ("student", row.submitted.student_id.lower() if not row.submitted.unclear else ""),
    ]
    return [key for key in keys if key[1]]


def _by_canvas(heads: Sequence[str]) -> Callable[[Sequence[str]], Sequence[tuple[str, str]]]:
    places = {head: at for at, head in enumerate(heads) if head in _CANVAS}

    def find(line: Sequence[str]) -> list[tuple[str, str]]:
        cells = {head: line[at].strip() for head, at in places.items() if at < len(line)}
        students = [cells.get(head, "").lower() for head in _CANVAS[1:]]
        return [("canvas", cells.get("id", "")), *(("student", one) for one in students)]

    return find


def _by_participant(column: int) -> Callable[[Sequence[str]], Sequence[tuple[str, str]]]:
    def find(line: Sequence[str]) -> list[tuple[str, str]]:
        number = participant_in(line[column - 1]) if len(line) >= column else ""
        return [("moodle", number)] if number else []

    return find


def _grade_column(path: Path, table: Sequence[Sequence[str]]) -> int:
    """Return where Moodle's worksheet has the grade: named so, or before the largest one."""
    named = [at for at, head in enumerate(table[0]) if _plain(head) in _GRADE]
    if named:
        return named[0]
    for at in range(1, len(table[0])):
        cells = {line[at].strip() for line in table[1:] if at < len(line)}
        if len(cells) == 1 and re.fullmatch(r"\d+([.,]\d+)?", cells.pop()):
            return at - 1
    raise SubmissionError(message("batch.no-grade-column", file=path.name))


def _assignment_column(path: Path, heads: Sequence[str], column: str) -> int:
    """Return where a gradebook has the assignment: named in full or before its number."""
    plain = [re.sub(r"\s*\(\d+\)$", "", head.strip()) for head in heads]
    found = [at for at, head in enumerate(heads) if column in {head.strip(), plain[at]}]
    if len(found) != 1:
        numbered = [head for head in heads if re.search(r"\(\d+\)$", head.strip())]
        if not column and len(numbered) == 1:
            return list(heads).index(numbered[0])
        told = ", ".join(numbered) or "-"
        raise SubmissionError(message("batch.which-column", file=path.name, columns=told))
    return found[0]


def _plain(head: str) -> str:
    return head.strip().strip("\ufeff").lower()
