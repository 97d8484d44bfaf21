"""The roster: who is in the course, read from CSV or JSON and put into the accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit, users
from api.auth.links import personal_link
from api.kit.ids import CONTROLS, RESERVED, STUDENT_ID
from api.kit.models import Role, User
from api.kit.problems import Problem, not_found
from api.kit.settings import Settings
from api.requests.principal import Principal
from grader.intake.classes.roster_columns import columns_of, plain_id
from grader.intake.classes.roster_files import (
    ENCODINGS,
    BrokenCsvError,
    NoHeadingError,
    decode,
    guess,
    read_sheet,
)
from grader.intake.files.student_ids import alike as alike_part
from grader.words.message import Message, message

COLUMNS = ("student_id", "name", "email")
READ = (*COLUMNS, "section")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# What spreadsheets and pandas make of ids when they take them for numbers.
DAMAGED = {
    "decimal": re.compile(r"[0-9]+[.,]0+"),
    "scientific": re.compile(r"[0-9]([.,][0-9]+)?[Ee]\+?[0-9]+"),
}
LONGEST = 200
MOST_STUDENTS = 10_000
MOST_MISTAKES = 20  # named at a time
SHOWN_NAMES = 3  # of those that a question tells
NEW_LINE = b"\n"
TEXTS = (str, type(None))

Cells = Mapping[str | None, object]


@dataclass(frozen=True, kw_only=True)
class RosterRow:
    """One student of a roster, and where they stand in it: ``line 3`` or ``entry 3``."""

    place: str
    student_id: str
    name: str = ""
    email: str = ""
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class RosterChange:
    """What an import did, in numbers of students; *left_disabled* stay shut out though listed."""

    added: int
    changed: int
    unchanged: int
    disabled: int
    left_disabled: tuple[str, ...]


def read_csv(content: bytes, *, encoding: str = "") -> tuple[RosterRow, ...]:
    """
    Return the students of a CSV file; raise Problem 422 that names every wrong line.

    A line near the top names the columns, as spreadsheets and learning platforms do: one of ids,
    and if wanted of names, e-mail and sections. UTF-8, UTF-16 or, where the file says nothing
    itself, *encoding*, one of ENCODINGS; without it the problem asks whether it is the likeliest
    of them. Empty lines are nobody.
    """
    if encoding and encoding not in ENCODINGS:
        raise _wrong([message("roster.encoding", known=", ".join(ENCODINGS))])
    try:
        return _read_sheet(decode(content, encoding))
    except UnicodeError as error:
        raise _wrong([_no_text(content, error), *_question(content)]) from None


def _read_sheet(text: str) -> tuple[RosterRow, ...]:
    try:
        sheet = read_sheet(text)
    except NoHeadingError as error:
        raise _wrong([_reason("no-column", f"line {error.line}")]) from None
    except BrokenCsvError as error:
        raise _wrong([_reason("no-csv", f"line {error.line}", csv_error=error.why)]) from None
    lines = [(at, cells) for at, cells in sheet.lines if not sheet.columns.is_nobody(cells)]
    if not lines:
        raise _wrong([message("roster.nobody")])
    entries = sheet.columns.read([cells for _, cells in lines])
    return _checked([(f"line {at}", one) for (at, _), one in zip(lines, entries, strict=True)])


def _no_text(content: bytes, error: UnicodeError) -> Message:
    start = error.start if isinstance(error, UnicodeDecodeError) else 0
    return _reason("not-utf8", f"line {content[:start].count(NEW_LINE) + 1}")


def _question(content: bytes) -> list[Message]:
    """Return the question whether a file is in the likeliest encoding, with names read so."""
    try:
        encoding = guess(content)
        rows = _read_sheet(decode(content, encoding))
    except (ValueError, Problem):
        return []
    names = [row.name for row in rows if not row.name.isascii()] or [row.name for row in rows]
    told = ", ".join(name for name in names[:SHOWN_NAMES])
    return [message("roster.read-as", encoding=encoding, names=told)]


def read_json(content: bytes) -> tuple[RosterRow, ...]:
    """Return the students of a JSON list of objects; raise Problem 422 naming wrong entries."""
    try:
        # Numbers as they are written: Python refuses to read those of thousands of digits.
        entries = json.loads(decode(content), parse_int=str)
    except UnicodeError as error:
        raise _wrong([_no_text(content, error)]) from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise _wrong([_no_json(error)]) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong([message("roster.no-list")])
    return _checked(
        [(f"entry {i}", columns_of(entry)) for i, entry in enumerate(entries, start=1)]
    )


def import_roster(
    session: Session,
    rows: Sequence[RosterRow],
    *,
    disable_missing: bool = False,
    alike: bool = False,
) -> RosterChange:
    """
    Add the students that are new and bring names and addresses of the others up to date. Ids that
    differ only in case are the same; the one that was there first stays.

    Raise Problem 422 for an id that differs from another in marks or leading zeros alone, which a
    spreadsheet may have made of it, unless *alike* says that they are two students.

    *disable_missing* shuts out students who are not in it; what they handed in stays. Who is shut
    out stays so until an instructor lets them in again. Raise Problem 422 for an id
    that is the login of a member of staff.
    """
    accounts = {user.login.lower(): user for user in session.scalars(select(User))}
    _refuse_staff(rows, accounts)
    if not alike:
        _ask_about_alike(rows, accounts)
    done = [_put(session, row, accounts.get(row.student_id.lower())) for row in rows]
    gone = _unlisted(rows, accounts) if disable_missing else []
    for user in gone:
        users.disable(session, user)
    session.flush()
    return RosterChange(
        added=done.count("added"),
        changed=done.count("changed"),
        unchanged=done.count("unchanged"),
        disabled=len(gone),
        left_disabled=_left_disabled(rows, accounts),
    )


def import_noted(  # noqa: PLR0913
    session: Session,
    principal: Principal,
    rows: Sequence[RosterRow],
    *,
    disable_missing: bool = False,
    alike: bool = False,
    request_id: str,
) -> RosterChange:
    """Do what :func:`import_roster` does, and note who did it."""
    change = import_roster(session, rows, disable_missing=disable_missing, alike=alike)
    after = asdict(change)
    audit.record(session, principal, "roster.import", "roster", after=after, request_id=request_id)
    return change


def add_noted(
    session: Session,
    principal: Principal,
    cells: Mapping[str, str],
    *,
    alike: bool = False,
    request_id: str,
) -> User:
    """
    Add one more student, and note who did it; *cells* are student_id, name, email and section.

    Raise Problem 409 for one who is there already, and 422 as :func:`import_roster` does.
    """
    given = {name: _text(cells.get(name)) for name in READ} | {
        "student_id": plain_id(cells.get("student_id", ""))
    }
    row = RosterRow(place="form 1", **given)
    if wrong := _mistake(row):
        raise Problem(422, "roster-invalid", [wrong])
    accounts = {user.login.lower(): user for user in session.scalars(select(User))}
    known = accounts.get(row.student_id.lower())
    if known is not None:
        code = "listed" if known.role is Role.STUDENT else "staff"
        raise Problem(409, "login-taken", [_reason(code, row.place, student=known.login)])
    if not alike:
        _ask_about_alike([row], accounts, nothing=False)
    student = _new_student(session, row)
    session.flush()
    after = {"student_id": student.login, "name": row.name, "section": row.section}
    audit.record(
        session, principal, "roster.add", f"student:{student.login}", None, after, request_id
    )
    return student


def link_noted(
    settings: Settings, session: Session, principal: Principal, student: User, *, request_id: str
) -> str:
    """Return a student's personal link, and note who looked at it."""
    target = f"student:{student.login}"
    audit.record(session, principal, "roster.link", target, request_id=request_id)
    return personal_link(settings, student)


def revoke_noted(
    session: Session, principal: Principal, student: User, *, request_id: str
) -> None:
    """End all that a student's leaked link opens, and note who did it."""
    users.end_access(session, student)
    target = f"student:{student.login}"
    audit.record(session, principal, "roster.link.revoke", target, request_id=request_id)


def students(session: Session) -> Sequence[User]:
    """Return the students of the roster by id, those that are disabled too."""
    query = select(User).where(User.role == Role.STUDENT).order_by(User.login)
    return session.scalars(query).all()


def find_student(session: Session, student_id: str) -> User:
    """Return the student with this id, shut out or not; raise Problem 404 for none."""
    query = select(User).where(User.student_id == student_id, User.role == Role.STUDENT)
    student = session.scalar(query)
    if student is None:
        raise not_found(what="this student")
    return student


def find_enrolled(session: Session, student_id: str) -> User:
    """Return the student with this id; raise Problem 404 for none, or one who is shut out."""
    student = find_student(session, student_id)
    if not _enrolled(student):
        raise not_found(what="this student")
    return student


def _checked(entries: Sequence[tuple[str, Cells]]) -> tuple[RosterRow, ...]:
    if len(entries) > MOST_STUDENTS:
        raise _wrong([message("roster.many", most=MOST_STUDENTS, count=len(entries))])
    rows: list[RosterRow] = []
    mistakes: list[Message] = []
    first: dict[str, str] = {}
    for place, cells in entries:
        row = RosterRow(place=place, **{name: _text(cells.get(name)) for name in READ})
        twice = first.setdefault(row.student_id.lower(), place)
        rows.append(row)
        if wrong := _unreadable(place, cells) or _mistake(row):
            mistakes.append(wrong)
        elif twice != place:
            mistakes.append(_twice(row, twice))
    if mistakes:
        raise _wrong(mistakes)
    return tuple(rows)


def _text(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _unreadable(place: str, cells: Cells) -> Message | None:
    """Return what is wrong with the form of an entry, or nothing."""
    if None in cells:  # csv's own way
        return _reason("many-cells", place)
    odd = [name for name in READ if type(cells.get(name)) not in TEXTS]
    return _reason("no-text", place, column=odd[0]) if odd else None


def _mistake(row: RosterRow) -> Message | None:
    """Return what is wrong with a row, or nothing."""
    for code, damaged in DAMAGED.items():
        if damaged.fullmatch(row.student_id):
            return _reason(code, row.place, given=row.student_id[:40])
    if not re.fullmatch(STUDENT_ID, row.student_id):
        return _reason("student-id", row.place, given=repr(row.student_id[:40]))
    if row.student_id.lower().startswith(RESERVED):
        return _reason("reserved", row.place, given=repr(row.student_id))
    if row.email and not EMAIL.fullmatch(row.email):
        return _reason("email", row.place, given=repr(row.email[:60]))
    told = (row.name, row.email, row.section)
    if max(map(len, told)) > LONGEST or re.search(CONTROLS, "".join(told)):
        return _reason("long", row.place, most=LONGEST)
    return None


def _twice(row: RosterRow, first: str) -> Message:
    unit, number = first.split()
    return _reason(
        "twice", row.place, student=row.student_id, first=unit, first_number=int(number)
    )


def _no_json(error: ValueError | RecursionError) -> Message:
    if not isinstance(error, json.JSONDecodeError):
        return message("roster.no-json", json_error="deep")
    return message("roster.no-json", json_error="broken", number=error.lineno, error=error.msg)


def _reason(code: str, place: str, **parameters: object) -> Message:
    """Return what is wrong at a place such as ``line 3``."""
    unit, number = place.split()
    return message(f"roster.{code}", at=unit, number=int(number), **parameters)


def _refuse_staff(rows: Sequence[RosterRow], accounts: Mapping[str, User]) -> None:
    clashes = [
        _reason("staff", row.place, student=row.student_id)
        for row in rows
        if (known := accounts.get(row.student_id.lower())) and known.role is not Role.STUDENT
    ]
    if clashes:
        raise _wrong(clashes)


def _ask_about_alike(
    rows: Sequence[RosterRow], accounts: Mapping[str, User], *, nothing: bool = True
) -> None:
    """Raise Problem 422 with a question for each id that may be a damaged one of another's."""
    first = {alike_part(user.login): user.login for user in accounts.values() if user.student_id}
    asked = []
    for row in rows:
        other = first.setdefault(alike_part(row.student_id), row.student_id)
        known = row.student_id.lower() in accounts  # stands beside the other already
        if other.lower() != row.student_id.lower() and not known:
            asked.append(_reason("alike", row.place, student=row.student_id, other=other))
    if asked:
        raise _wrong(asked) if nothing else Problem(422, "roster-invalid", asked)


def _put(session: Session, row: RosterRow, user: User | None) -> str:
    if user is None:
        _new_student(session, row)
        return "added"
    before = (user.name, user.email, user.section)
    user.name, user.email = row.name or user.name, row.email or user.email
    user.section = row.section or user.section
    return "changed" if before != (user.name, user.email, user.section) else "unchanged"


def _new_student(session: Session, row: RosterRow) -> User:
    login, name, email = row.student_id, row.name, row.email
    student = users.new_user(session, login, Role.STUDENT, name=name, email=email)
    student.section = row.section
    return student


def _unlisted(rows: Sequence[RosterRow], accounts: Mapping[str, User]) -> list[User]:
    """Return the students of the course who are not in the roster."""
    listed = {row.student_id.lower() for row in rows}
    return [user for login, user in accounts.items() if _enrolled(user) and login not in listed]


def _left_disabled(rows: Sequence[RosterRow], accounts: Mapping[str, User]) -> tuple[str, ...]:
    """Return the students of the roster who are shut out."""
    known = (accounts.get(row.student_id.lower()) for row in rows)
    return tuple(user.login for user in known if user and user.disabled_at is not None)


def _enrolled(user: User) -> bool:
    return user.role is Role.STUDENT and user.disabled_at is None


def _wrong(mistakes: Sequence[Message]) -> Problem:
    more = len(mistakes) - MOST_MISTAKES
    rest = [message("roster.more", count=more)] if more > 0 else []
    told = [*mistakes[:MOST_MISTAKES], *rest, message("roster.nothing")]
    return Problem(422, "roster-invalid", told)
