"""
Importers of course sites, as strict as they are: written from the sites' own source.

Canvas's gradebook importer, and the offline grading worksheet of Moodle's assignment.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What Moodle calls its columns, and people whose names are hidden, in the language of the course.
MOODLE = {
    "en": ("Identifier", "Grade", "Last modified (grade)", "Participant "),
    "de": ("ID", "Bewertung", "Zuletzt geändert (Bewertung)", "Teilnehmer/in"),
    "zh_TW": ("編號", "成績", "最後修改 (成績)", "參與者"),
}
_OTHERS = re.compile(
    "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|Override"
)
_FILLERS = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)
_PURE_NUMBER = re.compile(r"-?[0-9.,]+%?")


class RefusedError(Exception):
    """The site does not take the file."""


@dataclass(frozen=True, kw_only=True)
class CanvasImport:
    """What Canvas reads: each person's cells, and the points of each assignment."""

    scores: Mapping[str, Mapping[str, str]]  # by user id, SIS id or name, then by assignment
    possible: Mapping[str, str]


def import_to_canvas(text: str) -> CanvasImport:
    """Return what Canvas reads; raise RefusedError for a header that it does not know."""
    separator = _canvas_separator(text)
    lines = [line for line in text.splitlines(keepends=True) if line.strip(";, \r\n")]
    rows = [
        [_canvas_number(cell) for cell in row]
        for row in csv.reader(lines, delimiter=separator, strict=True)
    ]
    head, *body = rows
    first, columns = _canvas_columns(head)
    if "Section" not in head[columns - 1]:
        raise RefusedError(head)
    assignments = {
        name: at for at, name in enumerate(head) if at >= columns and not _OTHERS.search(name)
    }
    possible: dict[str, str] = {}
    scores: dict[str, Mapping[str, str]] = {}
    for row in body:
        if "Points Possible" in row[0]:
            possible = {name: row[at] for name, at in assignments.items()}
        elif not all(map(_FILLERS.fullmatch, row)):
            person = row[first] or row[first + 1] or row[0]
            scores[person] = {name: row[at].strip() for name, at in assignments.items()}
    return CanvasImport(scores=scores, possible=possible)


def _canvas_columns(head: Sequence[str]) -> tuple[int, int]:
    """Return where Canvas's own id stands, and how many columns are about the person."""
    if len(head) > 3 and "Student" in head[0] and "ID" in head[1]:
        names = 1
    elif len(head) > 4 and head[0] == "LastName" and head[1] == "FirstName" and "ID" in head[2]:
        names = 2
    else:
        raise RefusedError(head)
    columns = at = names + 2  # with id and section
    if re.search(r"SIS\s+Login\s+ID", head[at - 1]):
        columns += 1
    elif "SIS User ID" in head[at - 1] and "SIS Login ID" in head[at]:
        more = "Integration ID" in head[at + 1]
        columns += 2 + more + ("Root Account" in head[at + 1 + more])
    return names, columns


def _canvas_separator(text: str) -> str:
    """Return ``;`` where the first three lines agree on their cells by it, and are more."""
    counts = {}
    for separator in ";,":
        rows = csv.reader(text.splitlines()[:3], delimiter=separator)
        sizes = {len(row) for row in rows}
        counts[separator] = sizes.pop() if len(sizes) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _canvas_number(cell: str) -> str:
    """Return a cell as Canvas has it: in a number the last mark is the point, the others go."""
    if not _PURE_NUMBER.fullmatch(cell):
        return cell
    *whole, last = re.split(r"[.,]", cell)
    return f"{''.join(whole)}.{last}" if whole else last


def import_to_moodle(text: str, language: str = "en", largest: float = 100.0) -> dict[str, float]:
    """Return each participant's new grade; what Moodle would drop silently is refused here."""
    identifier, grade, modified, hidden = MOODLE[language]
    rows = [*csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)]
    heads = rows[0]
    if not {identifier, grade, modified} <= set(heads):
        raise RefusedError(heads)
    found = {}
    for row in rows[1:]:
        if len(row) != len(heads):
            raise RefusedError(row)
        participant = row[heads.index(identifier)]
        cell = row[heads.index(grade)].replace(" ", "").replace(",", ".")
        if not participant.startswith(hidden) or not participant[len(hidden) :].isdecimal():
            raise RefusedError(participant)
        if cell and not 0 <= float(cell) <= largest:
            raise RefusedError(cell)
        if cell:
            found[participant[len(hidden) :]] = float(cell)
    return found
