"""A class's roster from a CSV file: ids, names, and what course sites call the same people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import SubmissionError
from grader.intake.classes.owners import Roster
from grader.intake.classes.roster_columns import Columns
from grader.intake.classes.roster_files import (
    ENCODINGS,
    BrokenCsvError,
    NoHeadingError,
    Sheet,
    decode,
    guess,
    read_sheet,
)
from grader.intake.files.entries import read_bytes
from grader.intake.files.student_ids import numbers_in
from grader.words.message import message

LIMIT_BYTES = 50 << 20
_GITHUB = "github_username"
_NUMBER_AT_END = re.compile(r"\D*(\d+)")


@dataclass(frozen=True, kw_only=True)
class ClassRoster:
    """Who is in the class, by student id, and their numbers on course sites."""

    listed: Roster = field(default_factory=Roster)
    about: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known_as: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def called(self, about: Mapping[str, str]) -> str:
        """Return the student id of whom a source knows that much, ``""`` where nobody is."""
        keys = ((column, told.lower()) for column, told in about.items() if told)
        return next((self.known_as[key] for key in keys if key in self.known_as), "")

    @property
    def github_owners(self) -> list[str]:
        """Return the accounts on GitHub that are known."""
        return [told for column, told in self.known_as if column == "github_owner"]


def read_roster(path: Path) -> ClassRoster:
    """Return the roster in a CSV file; raise SubmissionError with the line and what to do."""
    content = read_bytes(path, LIMIT_BYTES)
    try:
        sheet = read_sheet(_github_ids(decode_sheet(content)))
    except NoHeadingError as error:
        raise SubmissionError(message("roster.no-column", at="line", number=error.line)) from None
    except BrokenCsvError as error:
        reason = message("roster.no-csv", at="line", number=error.line, csv_error=error.why)
        raise SubmissionError(reason) from None
    return _roster(sheet)


def decode_sheet(content: bytes) -> str:
    """
    Return the text of a CSV file: UTF-8, UTF-16, or the likeliest encoding of Windows.

    Bytes that no encoding reads become question marks: their cells match nobody.
    """
    try:
        return decode(content)
    except UnicodeError:
        return content.decode(_likeliest(content), "replace").replace("\r\n", "\n")


def _likeliest(content: bytes) -> str:
    try:
        return ENCODINGS[guess(content)]
    except ValueError:
        return "utf-8"


def _github_ids(text: str) -> str:
    """Return a roster of GitHub Classroom with its identifiers named as ids."""
    head, mark, rest = text.partition("\n")
    if _GITHUB in head.lower():
        named = r"\b(?:roster_)?identifier\b"
        head = re.sub(named, "student_id", head, count=1, flags=re.IGNORECASE)
    return head + mark + rest


def _roster(sheet: Sheet) -> ClassRoster:
    lines = [line for _, line in sheet.lines if not sheet.columns.is_nobody(line)]
    about: dict[str, dict[str, str]] = {}
    known: dict[tuple[str, str], str] = {}
    for line, entry in zip(lines, sheet.columns.read(lines), strict=True):
        student, name = str(entry["student_id"]), str(entry["name"])
        if not student:
            continue
        if _GITHUB in sheet.columns.names:
            student, name = _told_apart(student, name)
        email = str(entry["email"])
        about[student] = {"name": name, "email": email}
        for key in _keys(sheet.columns, line, email):
            known.setdefault(key, student)
    if not about:
        raise SubmissionError(message("roster.nobody"))
    names = {student: told["name"] for student, told in about.items() if told["name"]}
    return ClassRoster(listed=Roster(frozenset(about), names), about=about, known_as=known)


def _told_apart(identifier: str, name: str) -> tuple[str, str]:
    """Return id and name of ``108062001 Mei Wang``: GitHub has one field for both."""
    ids = numbers_in(identifier)
    if len(ids) != 1 or " " not in identifier.strip() or "@" in identifier:
        return identifier, name
    rest = identifier.replace(ids[0], " ")
    return ids[0], name or " ".join(re.sub(r"[()\[\],;_-]", " ", rest).split())


def _keys(columns: Columns, line: tuple[str, ...], email: str) -> list[tuple[str, str]]:
    """Return what course sites call the person of a line."""
    cells = dict(zip(columns.names, (cell.strip() for cell in line), strict=False))
    is_canvas = {"sis_user_id", "sis_login_id"} & cells.keys()
    participant = _NUMBER_AT_END.fullmatch(cells.get("identifier", ""))
    told = {
        "canvas_user_id": cells.get("id", "") if is_canvas else "",
        "moodle_participant": participant[1] if participant else "",
        "github_owner": cells.get(_GITHUB, ""),
        "email": email,
    }
    return [(column, one.lower()) for column, one in told.items() if one]
