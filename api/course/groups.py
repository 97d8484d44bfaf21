"""
Groups of two or three who hand in together, for one assignment.

A group's work is filed under one of its members, the lead. Every member sees it and gets its
points; all of them have the same terms, and the same attempts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.models import Assignment, Extension, GroupMember, Role, Submission, User
from api.kit.problems import Problem, not_found
from api.requests.principal import Principal
from grader.words.message import message

FEWEST, MOST = 2, 3


def put_together(
    session: Session,
    principal: Principal,
    assignment: Assignment,
    students: Sequence[str],
    *,
    request_id: str,
) -> tuple[str, ...]:
    """
    Make a group of students of the roster; return its members, the lead first.

    Whoever handed in already leads it, and that work is the group's from now on.

    Raises:
        Problem: 422 for too few, too many, or who is not on the roster; 409 where somebody is in
            a group already, or two of them have handed in: one's work would no longer count.

    """
    members = _spelled(session, students)
    if not FEWEST <= len(members) <= MOST:
        raise Problem(422, "bad-group", message("group.size", fewest=FEWEST, most=MOST))
    session.refresh(assignment, with_for_update=True)  # one at a time
    if taken := [one for one in members if one in assignment.members]:
        raise Problem(409, "group-taken", message("group.taken", students=", ".join(taken)))
    busy = [one for one in members if one in _who_handed_in(session, assignment, members)]
    if len(busy) > 1:
        reason = message("group.handed-in", students=", ".join(busy))
        raise Problem(409, "group-handed-in", reason)
    lead = busy[0] if busy else members[0]
    for one in members:
        assignment.members[one] = GroupMember(student_id=one, lead=lead)
    session.flush()
    group = assignment.group_of(lead)
    _record(session, principal, assignment, "group.add", None, group, request_id)
    return group


def dissolve(
    session: Session,
    principal: Principal,
    assignment: Assignment,
    student_id: str,
    *,
    request_id: str,
) -> None:
    """
    Let each member of a student's group work alone again; raise Problem 404 where there is none.

    What was handed in stays under the lead, and counts for that student alone.
    """
    if student_id not in assignment.members:
        raise not_found(what="this group")
    group = assignment.group_of(student_id)
    _record(session, principal, assignment, "group.remove", group, None, request_id)
    for one in group:
        del assignment.members[one]


def listed(assignment: Assignment) -> list[tuple[str, ...]]:
    """Return the groups of an assignment, each with its lead first, by the leads' ids."""
    leads = sorted({one.lead for one in assignment.members.values()})
    return [assignment.group_of(lead) for lead in leads]


def take_out(session: Session, student_id: str) -> None:
    """
    Take a student who is deleted out of every group.

    The group's work, and an extension of it, stay with the others: the next one leads.
    """
    mine = session.scalars(select(GroupMember).where(GroupMember.student_id == student_id)).all()
    for row in mine:
        assignment = session.get_one(Assignment, row.edition)
        group = assignment.group_of(student_id)
        others = [one for one in group if one != student_id]
        if row.lead == student_id:
            _hand_over(session, assignment, student_id, others[0])
        for one in group if len(others) < FEWEST else (student_id,):
            del assignment.members[one]
        for one in others if len(others) >= FEWEST else ():
            assignment.members[one].lead = others[0] if row.lead == student_id else row.lead
    session.flush()


def _hand_over(session: Session, assignment: Assignment, before: str, after: str) -> None:
    """Let what is filed under a student be another's; nothing of theirs is in its way."""
    of_edition = Submission.edition == assignment.edition
    own = of_edition & (Submission.student_id == after)
    most = max(session.scalars(select(Submission.attempt).where(own)), default=0)
    session.execute(
        update(Submission)
        .where(of_edition, Submission.student_id == before)
        .values(student_id=after, attempt=Submission.attempt + most)
    )
    if before in assignment.extensions and after not in assignment.extensions:
        session.execute(
            update(Extension)
            .where(Extension.edition == assignment.edition, Extension.student_id == before)
            .values(student_id=after)
        )
    session.expire(assignment, ["extensions"])


def _spelled(session: Session, students: Iterable[str]) -> list[str]:
    """Return the ids as the roster spells them, each once; raise Problem 422 for others."""
    wanted = list(dict.fromkeys(one.strip() for one in students if one.strip()))
    query = select(User.student_id).where(
        User.role == Role.STUDENT, User.disabled_at.is_(None), User.student_id.is_not(None)
    )
    known = {str(one).lower(): str(one) for one in session.scalars(query)}
    if strange := [one for one in wanted if one.lower() not in known]:
        raise Problem(422, "bad-group", message("group.unknown", students=", ".join(strange[:20])))
    return list(dict.fromkeys(known[one.lower()] for one in wanted))


def _who_handed_in(session: Session, assignment: Assignment, students: Sequence[str]) -> set[str]:
    query = select(Submission.student_id).where(
        Submission.edition == assignment.edition, Submission.student_id.in_(students)
    )
    return set(session.scalars(query.distinct()))


def _record(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    assignment: Assignment,
    action: str,
    before: Sequence[str] | None,
    after: Sequence[str] | None,
    request_id: str,
) -> None:
    audit.record(
        session,
        principal,
        action,
        f"assignment:{assignment.edition}",
        {"students": [*before]} if before else None,
        {"students": [*after]} if after else None,
        request_id,
    )
