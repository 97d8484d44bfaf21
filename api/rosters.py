"""The roster: who is in the course, read from CSV or JSON and put into the accounts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import users
from api.models import Role, User
from api.problems import Problem

COLUMNS = ("student_id", "name", "email")
STUDENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
RESERVED = "anonymous"  # self-checks are filed under it
LONGEST = 200
MOST_STUDENTS = 10_000
MOST_MISTAKES = 20  # named at a time
TEXTS = (str, int, type(None))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Cells = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class RosterRow:
    """One student of a roster, and where they stand in it: ``line 3`` or ``entry 3``."""

    place: str
    student_id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class RosterChange:
    """What an import did, in numbers of students."""

    added: int
    changed: int
    unchanged: int
    disabled: int


def read_csv(content: bytes) -> tuple[RosterRow, ...]:
    """
    Return the students of a CSV file; raise Problem 422 that names every wrong line.

    The first line names the columns: ``student_id``, and if wanted ``name`` and ``email``. UTF-8;
    separated by comma, semicolon or tab.
    """
    text = _decoded(content)
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    try:
        lines = list(_csv_lines(text, separator))
    except csv.Error as error:
        raise _wrong([f"this is no CSV file: {error}"]) from None
    if not lines or "student_id" not in lines[0][1]:
        raise _wrong(["line 1: there has to be a column student_id (besides it: name, email)"])
    return _checked(lines)


def read_json(content: bytes) -> tuple[RosterRow, ...]:
    """Return the students of a JSON list of objects; raise Problem 422 naming wrong entries."""
    try:
        entries = json.loads(_decoded(content))
    except (json.JSONDecodeError, RecursionError) as error:
        where = (
            f"line {error.lineno}: {error.msg}" if isinstance(error, ValueError) else "too deep"
        )
        raise _wrong([f"this is no JSON: {where}"]) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong(['a roster in JSON is a list such as [{"student_id": "s1", "name": "Ann"}]'])
    return _checked([(f"entry {i}", entry) for i, entry in enumerate(entries, start=1)])


def import_roster(
    session: Session, rows: Sequence[RosterRow], *, disable_missing: bool = False
) -> RosterChange:
    """
    Add the students that are new and bring names and addresses of the others up to date.

    *disable_missing* shuts out students who are not in it; what they handed in stays. Raise
    Problem 422 for an id that is the login of a member of staff.
    """
    accounts = {user.login: user for user in session.scalars(select(User))}
    _refuse_staff(rows, accounts)
    done = [_put(session, row, accounts.get(row.student_id)) for row in rows]
    gone: list[User] = []
    if disable_missing:
        listed = {row.student_id for row in rows}
        gone = [user for user in accounts.values() if _enrolled(user) and user.login not in listed]
    for user in gone:
        users.disable(session, user)
    session.flush()
    return RosterChange(
        added=done.count("added"),
        changed=done.count("changed"),
        unchanged=done.count("unchanged"),
        disabled=len(gone),
    )


def students(session: Session) -> Sequence[User]:
    """Return the students of the roster by id, those that are disabled too."""
    query = select(User).where(User.role == Role.STUDENT).order_by(User.login)
    return session.scalars(query).all()


def find_student(session: Session, student_id: str) -> User | None:
    """Return the student of the roster with this id."""
    query = select(User).where(User.student_id == student_id, User.role == Role.STUDENT)
    return session.scalar(query)


def plain_cell(text: str) -> str:
    """Return a cell of a CSV file that a spreadsheet takes for text, not for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _wrong([f"line {line}: this is not UTF-8; save the file as 'CSV UTF-8'"]) from None


def _csv_lines(text: str, separator: str) -> Iterator[tuple[str, Cells]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    for cells in reader:
        yield f"line {reader.line_num}", cells


def _checked(entries: Sequence[tuple[str, Cells]]) -> tuple[RosterRow, ...]:
    if len(entries) > MOST_STUDENTS:
        raise _wrong([f"a roster has at most {MOST_STUDENTS} students; this has {len(entries)}"])
    rows: list[RosterRow] = []
    mistakes: list[str] = []
    first: dict[str, str] = {}
    for place, cells in entries:
        row = RosterRow(place=place, **{name: _text(cells.get(name)) for name in COLUMNS})
        twice = first.setdefault(row.student_id, place)
        rows.append(row)
        if wrong := _unreadable(cells) or _mistake(row):
            mistakes.append(f"{place}: {wrong}")
        elif twice != place:
            mistakes.append(f"{place}: {row.student_id} is in {twice} already")
    if mistakes:
        raise _wrong(mistakes)
    return tuple(rows)


def _text(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _unreadable(cells: Cells) -> str:
    """Return what is wrong with the form of an entry, or nothing."""
    if None in cells:  # csv's own way
        return "there are more cells than columns; a comma in a name needs quotes around the name"
    odd = [name for name in COLUMNS if type(cells.get(name)) not in TEXTS]
    return f"{odd[0]} has to be text" if odd else ""


def _mistake(row: RosterRow) -> str:
    """Return what is wrong with a row, or nothing."""
    if not STUDENT_ID.fullmatch(row.student_id):
        return (
            f"student_id {row.student_id[:40]!r} has to be 1 to 32 letters, digits, dots, dashes"
            " or underscores, and begin with a letter or digit"
        )
    if row.student_id.lower().startswith(RESERVED):
        return f"student_id {row.student_id!r} is reserved"
    if row.email and not EMAIL.fullmatch(row.email):
        return f"email {row.email[:60]!r} is no address"
    if max(len(row.name), len(row.email)) > LONGEST or not (row.name + row.email).isprintable():
        return f"name and email have at most {LONGEST} printable characters"
    return ""


def _refuse_staff(rows: Sequence[RosterRow], accounts: Mapping[str, User]) -> None:
    clashes = [
        f"{row.place}: {row.student_id} is the login of a member of staff"
        for row in rows
        if row.student_id in accounts and accounts[row.student_id].role is not Role.STUDENT
    ]
    if clashes:
        raise _wrong(clashes)


def _put(session: Session, row: RosterRow, user: User | None) -> str:
    if user is None:
        users.new_user(session, row.student_id, Role.STUDENT, name=row.name, email=row.email)
        return "added"
    before = (user.name, user.email, user.disabled_at)
    user.name, user.email = row.name or user.name, row.email or user.email
    users.enable(user)
    return "changed" if before != (user.name, user.email, None) else "unchanged"


def _enrolled(user: User) -> bool:
    return user.role is Role.STUDENT and user.disabled_at is None


def _wrong(mistakes: Sequence[str]) -> Problem:
    more = len(mistakes) - MOST_MISTAKES
    told = "; ".join(mistakes[:MOST_MISTAKES]) + (f"; and {more} more" if more > 0 else "")
    return Problem(422, "roster-invalid", f"{told}; nothing was imported")
