"""How the course runs an edition: made into an assignment, set, published, removed."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.auth import audit
from api.course.release import release_of
from api.kit.models import Assignment, AuditEntry, Comparison, SavedComment, Submission, now
from api.kit.models.lti import LtiLink
from api.kit.problems import Problem
from api.kit.services import Services
from api.requests.principal import Principal
from grader.words.message import message

# In the audit log.
TARGET = "assignment:"
REMOVE = "assignment.remove"  # a start asks for it, too
SETTINGS = frozenset(
    {
        "due_at",
        "late_percent_per_day",
        "late_days",
        "max_attempts",
        "counts",
        "anonymous",
        "open",
        "opens_at",
        "grace_minutes",
        "publish_at",
        "release",
    }
)


def ensure_assignments(services: Services) -> None:
    """
    Add open assignments of all editions that have none; those that are there stay as they are.

    An edition whose assignment somebody removed gets no other. Processes that start together may
    all do so: whoever is later finds the rows there. A new row has the late rule of the edition's
    rubric.
    """
    dialect = _dialect(services)
    with services.sessions.begin() as session:
        removed = _removed(session)
        for edition in sorted(services.editions):  # in one order, or two would wait for each other
            if edition in removed:
                continue
            row = dialect.insert(Assignment).values(
                edition=edition, **_late_rule(services, edition)
            )
            session.execute(row.on_conflict_do_nothing())


def create(
    services: Services, session: Session, principal: Principal, edition: str, *, request_id: str
) -> Assignment:
    """
    Make an assignment of an installed edition: it takes nothing and shows nothing until it is set.

    It has the late rule of the edition's rubric. Raise Problem 422 where no such edition is
    installed, and 409 where there is an assignment of it.
    """
    if edition not in services.editions:
        known = ", ".join(sorted(services.editions))
        raise Problem(422, "unknown-edition", f"edition: there is no such one; known are {known}")
    rule = _late_rule(services, edition)
    closed = {"edition": edition, "open": False, "published": False}
    row = _dialect(services).insert(Assignment).values(**closed, **rule)
    made = session.scalar(row.on_conflict_do_nothing().returning(Assignment.edition))
    if made is None:
        raise Problem(409, "assignment-exists", message("assignment.exists", edition=edition))
    audit.record(
        session, principal, "assignment.create", f"{TARGET}{edition}", None, rule, request_id
    )
    return session.get_one(Assignment, edition)


def remove(
    session: Session, principal: Principal, assignment: Assignment, *, request_id: str
) -> None:
    """
    Remove an assignment with its extensions, groups, saved comments and comparisons.

    Raise Problem 409 where something was handed in to it, or a course site links to it.
    """
    session.refresh(assignment, with_for_update=True)  # what is just being handed in is waited for
    if count := handed_in(session, assignment):
        reason = message("assignment.in-use", edition=assignment.edition, count=count)
        raise Problem(409, "assignment-in-use", reason)
    linked = select(LtiLink.id).where(LtiLink.edition == assignment.edition)
    if session.scalar(linked.limit(1)) is not None:
        reason = message("assignment.linked", edition=assignment.edition)
        raise Problem(409, "assignment-in-use", reason)
    session.execute(delete(SavedComment).where(SavedComment.edition == assignment.edition))
    session.execute(delete(Comparison).where(Comparison.edition == assignment.edition))
    target = f"{TARGET}{assignment.edition}"
    audit.record(session, principal, REMOVE, target, _values(assignment), None, request_id)
    session.delete(assignment)


def _removed(session: Session) -> set[str]:
    """
    Return the editions whose assignment was ever removed, as the audit log says, which only grows.

    One that is just being removed is waited for.
    """
    there = select(Assignment.edition).order_by(Assignment.edition)
    session.execute(there.with_for_update(read=True))
    targets = session.scalars(select(AuditEntry.target).where(AuditEntry.action == REMOVE))
    return {target.removeprefix(TARGET) for target in targets}


def handed_in(session: Session, assignment: Assignment) -> int:
    """Return how many submissions there are to an assignment, self-checks too."""
    query = select(func.count()).where(Submission.edition == assignment.edition)
    return session.scalar(query) or 0


def _dialect(services: Services) -> ModuleType:
    return postgresql if services.engine.dialect.name == "postgresql" else sqlite


def _late_rule(services: Services, edition: str) -> dict[str, Any]:
    rule = services.editions[edition].rubric.late
    if rule is None:
        return {}
    return {"late_percent_per_day": rule.percent_per_day, "late_days": rule.days}


def change(
    session: Session,
    principal: Principal,
    assignment: Assignment,
    wanted: Mapping[str, Any],
    *,
    request_id: str,
) -> None:
    """
    Set the named settings of an edition, and no others.

    Grades follow at once, since they are never stored. A moment of publishing that is yet to come
    hides the results until then.
    """
    before = _values(assignment)
    for name in SETTINGS & wanted.keys():
        setattr(assignment, name, wanted[name])
    later = wanted.get("publish_at")
    if later is not None and later > now():
        assignment.published = False
    if _values(assignment) != before:
        _record(session, principal, assignment, "assignment.change", before, request_id)


def publish(
    session: Session,
    principal: Principal,
    assignment: Assignment,
    *,
    published: bool,
    request_id: str,
) -> None:
    """Show students their results, or hide them again."""
    before = _values(assignment)
    assignment.published = published
    assignment.publish_at = None  # what was planned is decided now
    action = "assignment.publish" if published else "assignment.hide"
    _record(session, principal, assignment, action, before, request_id)


def _values(assignment: Assignment) -> dict[str, Any]:
    """Return the settings as JSON values."""
    return {
        "due_at": assignment.due_at and assignment.due_at.isoformat(),
        "late_percent_per_day": assignment.late_percent_per_day,
        "late_days": assignment.late_days,
        "max_attempts": assignment.max_attempts,
        "counts": assignment.counts,
        "published": assignment.published,
        "anonymous": assignment.anonymous,
        "open": assignment.open,
        "opens_at": assignment.opens_at and assignment.opens_at.isoformat(),
        "grace_minutes": assignment.grace_minutes,
        "publish_at": assignment.publish_at and assignment.publish_at.isoformat(),
        "release": {one.value: when.value for one, when in release_of(assignment).items()},
    }


def _record(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    assignment: Assignment,
    action: str,
    before: dict[str, Any],
    request_id: str,
) -> None:
    """Note what changed, and only that."""
    after = _values(assignment)
    changed = [name for name in after if after[name] != before[name]]
    audit.record(
        session,
        principal,
        action,
        f"{TARGET}{assignment.edition}",
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
        request_id,
    )
