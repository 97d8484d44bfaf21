"""Courses on a platform: met when somebody comes from there, accepted by our instructor."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from api.auth import audit
from api.kit.models import Role, now
from api.kit.models.lti import LtiContext, LtiLink
from api.kit.problems import Problem, not_found
from api.kit.services import Services
from api.lti.claims import role_of
from api.lti.launch.launches import Launch
from api.requests.principal import Principal

MOST_WAITING = 100  # of one platform


def meet(session: Session, launch: Launch) -> LtiContext | None:
    """
    Return the course that somebody comes from, as the platform describes it now.

    A new one is kept for the instructor to accept where staff come from it; None for one that
    nobody may learn of.
    """
    told = launch.claims.context
    if told is None:
        raise Problem(422, "lti-no-course", "open the tool from a course, not from elsewhere")
    query = select(LtiContext).where(
        LtiContext.platform_id == launch.platform.id, LtiContext.context_id == told.id
    )
    course = session.scalar(query)
    if course is None:
        if role_of(launch.claims.roles) in {None, Role.STUDENT} or _too_many(session, launch):
            return None
        course = LtiContext(platform_id=launch.platform.id, context_id=told.id)
        session.add(course)
    course.title = told.title or told.label or course.title
    if launch.claims.members is not None:
        course.memberships_url = launch.claims.members.context_memberships_url
    session.flush()
    return course


def demand_accepted(course: LtiContext | None) -> LtiContext:
    """Return the course; raise Problem 403 until our instructor has accepted it."""
    if course is None or course.accepted_at is None:
        raise Problem(
            403,
            "lti-not-accepted",
            "this course is not linked to this service yet; its instructor accepts it here under"
            " 'Learning platforms', or the operator with 'grader lti accept'",
        )
    return course


def note_link(services: Services, session: Session, launch: Launch, course: LtiContext) -> str:
    """Keep where a link leads and its grades go; return its assignment, "" where none."""
    claims = launch.claims
    assert claims.resource_link is not None
    query = select(LtiLink).where(
        LtiLink.course_id == course.id, LtiLink.resource_link_id == claims.resource_link.id
    )
    link = session.scalar(query)
    edition = claims.assignment
    if edition not in services.editions:
        return link.edition if link is not None and not edition else ""
    if link is None:
        link = LtiLink(course_id=course.id, resource_link_id=claims.resource_link.id)
        session.add(link)
    link.edition = edition
    # A launch without the claim (a preview) takes nothing away.
    link.line_item_url = claims.line_item_url or link.line_item_url or ""
    session.flush()
    return edition


def courses(session: Session) -> Sequence[LtiContext]:
    """Return all courses: those that wait first."""
    query = (
        select(LtiContext)
        .options(joinedload(LtiContext.platform))
        .order_by(LtiContext.accepted_at.is_not(None), LtiContext.title, LtiContext.id)
    )
    return session.scalars(query).all()


def find(session: Session, course_id: str) -> LtiContext:
    """Return a course by our id; raise Problem 404 for none."""
    course = session.get(LtiContext, course_id)
    if course is None:
        raise not_found(what="this course")
    return course


def accept(session: Session, principal: Principal, course: LtiContext, request_id: str) -> None:
    """Let people in from this course from now on; its teachers become instructors here."""
    if course.accepted_at is None:
        course.accepted_at = now()
        _record(session, principal, "lti.accept", course, request_id)


def unlink(session: Session, principal: Principal, course: LtiContext, request_id: str) -> None:
    """Let nobody in from this course any more, and send it no grades; people and grades stay."""
    _record(session, principal, "lti.unlink", course, request_id)
    session.delete(course)


def _too_many(session: Session, launch: Launch) -> bool:
    waiting = select(func.count(LtiContext.id)).where(
        LtiContext.platform_id == launch.platform.id, LtiContext.accepted_at.is_(None)
    )
    return (session.scalar(waiting) or 0) >= MOST_WAITING


def _record(
    session: Session, principal: Principal, action: str, course: LtiContext, request_id: str
) -> None:
    after = {"course": course.context_id, "title": course.title}
    target = f"lti:{course.platform.name}"
    audit.record(session, principal, action, target, {}, after, request_id)
