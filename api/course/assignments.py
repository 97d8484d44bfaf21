"""How the course runs each edition; there is a row for every edition that is installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.models import Assignment, now
from api.kit.services import Services
from api.requests.principal import Principal

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
    Add the rows of editions that are new here; those that are there stay as they are.

    Processes that start together may all do so: whoever is later finds the rows there. A new row
    has the late rule of the edition's rubric.
    """
    dialect = postgresql if services.engine.dialect.name == "postgresql" else sqlite
    with services.sessions.begin() as session:
        for edition in sorted(services.editions):  # in one order, or two would wait for each other
            row = dialect.insert(Assignment).values(
                edition=edition, **_late_rule(services, edition)
            )
            session.execute(row.on_conflict_do_nothing())


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
        "release": dict(assignment.release),
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
        f"assignment:{assignment.edition}",
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
        request_id,
    )
