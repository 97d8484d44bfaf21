"""A student asks for a second look, and staff answer; each in the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit
from api.course.release import Document
from api.grades.effective_grades import is_graded
from api.grades.pending import hold
from api.grades.visibility import demand_shown
from api.kit.models import RegradeRequest, Submission, now
from api.kit.outbox import MailKind, post_about
from api.kit.problems import Problem, not_found
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.runs import find_assignment

MOST = 3  # requests about one submission


def request_of(submission: Submission) -> RegradeRequest | None:
    """Return the request that waits for an answer, None where none does."""
    return next((one for one in submission.regrade_requests if one.answered_at is None), None)


def may_ask(submission: Submission) -> bool:
    """Return whether one more request is taken: of a graded submission, one at a time."""
    return (
        not submission.anonymous
        and is_graded(submission)
        and request_of(submission) is None
        and len(submission.regrade_requests) < MOST
    )


def demand_own(session: Session, principal: Principal, submission: Submission) -> None:
    """Raise Problem 403 unless it is the student's own submission, or their group's."""
    own = find_assignment(session, submission.edition).group_of(submission.student_id)
    if principal.student_id not in own:
        raise Problem(403, "forbidden", "only the student asks for a second look")


def ask(
    session: Session, principal: Principal, submission: Submission, text: str, *, request_id: str
) -> RegradeRequest:
    """
    Note a student's request for a second look.

    Raise Problem 403 before the student may see the score, 409 where none is taken, 422 without
    words.
    """
    demand_own(session, principal, submission)
    demand_shown(session, principal, submission, Document.SCORE)
    hold(session, submission.id)
    session.refresh(submission, ["regrade_requests"])
    if not text.strip():
        raise Problem(422, "text-missing", "text: say what should be looked at again")
    if not may_ask(submission):
        msg = f"no request is taken now: one at a time, {MOST} at most, about graded work"
        raise Problem(409, "no-request-taken", msg)
    made = RegradeRequest(submission_id=submission.id, text=text.strip())
    submission.regrade_requests.append(made)
    session.flush()
    _record(session, principal, submission, "grade.request", {"request": made.id}, request_id)
    return made


def answer(  # noqa: PLR0913, PLR0917  an answer's parts
    services: Services,
    session: Session,
    principal: Principal,
    submission: Submission,
    request: str,
    text: str,
    *,
    request_id: str,
) -> RegradeRequest:
    """
    Note the answer to a request, and have the student told; what counts is changed by itself.

    Raise Problem 404 where there is no such request, 409 where it has its answer, 422 without
    words.
    """
    hold(session, submission.id)
    session.refresh(submission, ["regrade_requests"])
    found = next((one for one in submission.regrade_requests if one.id == request), None)
    if found is None:
        raise not_found(what="this request")
    if found.answered_at is not None:
        raise Problem(409, "answered-already", "somebody has answered this request already")
    if not text.strip():
        raise Problem(422, "text-missing", "text: say what came of it; the student reads it")
    found.answer, found.answered_at, found.user_id = text.strip(), now(), principal.user_id
    _record(
        session,
        principal,
        submission,
        "grade.answer",
        {"request": found.id, "answer": found.answer},
        request_id,
    )
    post_about(services, session, MailKind.ANSWERED, submission)
    return found


def waiting_requests(session: Session, edition: str) -> Sequence[RegradeRequest]:
    """Return the requests about an assignment that wait for an answer, the oldest first."""
    query = (
        select(RegradeRequest)
        .join(Submission)
        .where(Submission.edition == edition, RegradeRequest.answered_at.is_(None))
        .order_by(RegradeRequest.created_at)
    )
    return session.scalars(query).all()


def _record(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    submission: Submission,
    action: str,
    after: dict[str, str],
    request_id: str,
) -> None:
    target = f"submission:{submission.id}"
    audit.record(session, principal, action, target, after=after, request_id=request_id)
