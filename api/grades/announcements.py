"""Telling that there are results: students by mail, where they may see them, and webhooks."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit
from api.course.assignments import publish
from api.course.release import Document, released
from api.kit.models import Assignment, RunState, Submission, now
from api.kit.outbox import MailKind, post_about, post_event
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.runs import find_assignment, judged_run


def announce(services: Services, session: Session, submission: Submission) -> None:
    """Tell a student of new results; not before the score is released to them."""
    assignment = find_assignment(session, submission.edition)
    if Document.SCORE in released(assignment, submission.student_id, now()):
        post_about(services, session, MailKind.GRADED, submission)


def publish_and_announce(
    services: Services,
    session: Session,
    principal: Principal,
    assignment: Assignment,
    *,
    request_id: str,
) -> None:
    """
    Show students their results, and have each told of the latest attempt that has any.

    Two who publish at once tell it once, and what was planned for a moment that has just come is
    told here, where maintenance has not yet.
    """
    session.refresh(assignment, with_for_update=True)
    was_published = assignment.published
    publish(session, principal, assignment, published=True, request_id=request_id)
    if not was_published:
        _announce_all(services, session, assignment)


def publish_planned(services: Services) -> int:
    """Publish whatever was planned for a moment that has come; return how many assignments."""
    planned = select(Assignment).where(
        Assignment.publish_at.is_not(None), Assignment.published.is_(False)
    )
    planned = planned.order_by(Assignment.edition).with_for_update()
    with services.sessions.begin() as session:
        come = [one for one in session.scalars(planned) if one.is_published(now())]
        for assignment in come:
            publish(session, audit.SYSTEM, assignment, published=True, request_id="")
            _announce_all(services, session, assignment)
    return len(come)


def _announce_all(services: Services, session: Session, assignment: Assignment) -> None:
    post_event(services, session, assignment)
    if services.settings.mail_from:
        for submission in _latest_graded(session, assignment):
            post_about(services, session, MailKind.GRADED, submission)


def _latest_graded(session: Session, assignment: Assignment) -> list[Submission]:
    query = (
        select(Submission)
        .where(Submission.edition == assignment.edition, Submission.anonymous.is_(False))
        .order_by(Submission.attempt)
    )
    graded = {}
    for submission in session.scalars(query):
        run = judged_run(submission)
        if run is not None and run.state is RunState.GRADED:
            graded[submission.student_id] = submission
    return [*graded.values()]
