"""Other terms for single students: who has which, given and taken back on the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from api.auth import audit
from api.course.terms import EXTENDED
from api.kit.models import Assignment, Extension, Role, Submission, User
from api.kit.problems import Problem, not_found
from api.requests.principal import Principal
from grader.words.message import message

MOST_STUDENTS = 5_000


def give(  # noqa: PLR0913  what an extension is
    session: Session,
    principal: Principal,
    assignment: Assignment,
    students: Sequence[str],
    terms: Mapping[str, Any],
    *,
    reason: str = "",
    request_id: str,
) -> list[Extension]:
    """
    Give each of the students these terms, in place of any that they were given before.

    What *terms* leaves out, or names None, stays the assignment's. Grades follow at once, since
    they are never stored.

    Raises:
        Problem: 422 where nobody is named, somebody is unknown here, or nothing is different.

    """
    wanted = {name: terms.get(name) for name in EXTENDED}
    if all(value is None for value in wanted.values()):
        raise Problem(422, "bad-extension", message("extension.nothing"))
    given = []
    for student in _spelled(session, students):
        before = assignment.extensions.get(student)
        own = before or Extension(student_id=student)
        old = values_of(before) if before is not None else {}
        for name, value in wanted.items():
            setattr(own, name, value)
        own.reason = reason
        assignment.extensions[student] = own
        _record(session, principal, assignment, own, "give", old, request_id)
        given.append(own)
    session.flush()
    return given


def take_back(
    session: Session,
    principal: Principal,
    assignment: Assignment,
    student_id: str,
    *,
    request_id: str,
) -> None:
    """Let the assignment's terms hold again; raise Problem 404 where there is no extension."""
    own = assignment.extensions.get(student_id)
    if own is None:
        raise not_found(what="this extension")
    _record(session, principal, assignment, own, "take_back", values_of(own), request_id)
    del assignment.extensions[student_id]


def listed(assignment: Assignment) -> list[Extension]:
    """Return the extensions of an assignment, by student id."""
    return [own for _, own in sorted(assignment.extensions.items())]


def values_of(own: Extension) -> dict[str, Any]:
    """Return what an extension changes, as JSON values."""
    changed = {name: getattr(own, name) for name in EXTENDED}
    if own.due_at is not None:
        changed["due_at"] = own.due_at.isoformat()
    return {name: value for name, value in changed.items() if value is not None}


def _spelled(session: Session, students: Iterable[str]) -> list[str]:
    """Return the ids as the roster, or what was handed in, spells them, each once."""
    wanted = list(dict.fromkeys(one.strip() for one in students if one.strip()))
    if not wanted or len(wanted) > MOST_STUDENTS:
        raise Problem(422, "bad-extension", message("extension.nobody"))
    known = _known(session)
    strange = [one for one in wanted if one.lower() not in known]
    if strange:
        names = ", ".join(strange[:20])
        raise Problem(422, "bad-extension", message("extension.unknown", students=names))
    return list(dict.fromkeys(known[one.lower()] for one in wanted))


def _known(session: Session) -> dict[str, str]:
    roster = select(User.student_id).where(User.role == Role.STUDENT, User.student_id.is_not(None))
    handed_in = select(Submission.student_id).where(Submission.anonymous.is_(False))
    found = session.scalars(union(roster, handed_in)).all()
    return {str(one).lower(): str(one) for one in found}


def _record(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    assignment: Assignment,
    own: Extension,
    action: str,
    before: Mapping[str, Any],
    request_id: str,
) -> None:
    given = action == "give"
    audit.record(
        session,
        principal,
        f"extension.{action}",
        f"student:{own.student_id}",
        {"edition": assignment.edition, **before},
        {"edition": assignment.edition, **values_of(own), "reason": own.reason} if given else {},
        request_id,
    )
