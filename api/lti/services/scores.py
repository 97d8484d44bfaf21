"""
Grades to the platforms (Assignment and Grade Services 2.0): what students see, and nothing else.

A grade changes by many ways: a run, a person, the late rule, an extension, publishing. So nothing
tells of a change; once a minute what counts is compared with what each platform has, and what
differs is sent. What is hidden again, or pending, is taken back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from api.auth import audit
from api.course.release import Document, released
from api.grades.effective_grades import choose, grade_of, standing
from api.kit.models import Assignment, Submission, User, now
from api.kit.models.lti import LtiContext, LtiLink, LtiPlatform, LtiScore, LtiUser
from api.kit.queue import LTI_SCORE
from api.kit.services import Services
from api.lti.claims import SCORE_SCOPE
from api.lti.services.calls import AccessTokens, CallError
from api.requests.dependencies import reading
from api.requests.principal import Principal

MEDIA_TYPE = "application/vnd.ims.lis.v1.score+json"
GIVE_UP = timedelta(days=3)
FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 3600.0
MOST_DOUBLINGS = 12
LOST_AFTER = timedelta(minutes=2)
Value = list[float]  # points and their maximum
_log = logging.getLogger(__name__)


class ScoreState(StrEnum):
    """Where a student's grade at a link is."""

    WAITING = "waiting"  # a job is to send it
    SENT = "sent"
    REFUSED = "refused"  # by the platform, for good
    GIVEN_UP = "given up"


@dataclass(frozen=True, kw_only=True)
class _Due:
    link_id: str
    user_id: str
    value: Value | None


def look(services: Services) -> int:
    """Have every grade sent that a platform has not as it is now; return how many."""
    with reading(services) as session:
        due = [*_due(services, session)]
        lost = _waiting_long(session)
    alive = services.queue.live([_job(score) for score in lost]) if lost else set()
    dead = {score.id for score in lost if _job(score) not in alive}
    if not due and not dead:
        return 0
    with services.sessions.begin() as session:
        _hold(session, due)
        return sum(_queue(services, session, one) for one in due) + sum(
            _again(services, session, session.get(LtiScore, one)) for one in dead
        )


def attempt(services: Services, tokens: AccessTokens, score_id: str) -> dict[str, Any]:
    """Send a grade as it is now; return what became of it, as :func:`note` takes it."""
    with reading(services) as session:
        score = session.get(LtiScore, score_id)
        if score is None:
            return {"state": ""}
        linked = session.scalar(_person(score))
        link = score.link
        platform = link.course.platform
        value = _shown_of(services, session, link.edition, str(score.user.student_id))
    if linked is None or not link.line_item_url:
        return {"state": ScoreState.REFUSED, "error": "the link takes no grades any more"}
    if score.had == value:
        return {"state": ScoreState.SENT, "value": value}
    try:
        _post(services, tokens, platform, link.line_item_url, linked.subject, value)
    except CallError as error:
        state = ScoreState.WAITING if error.again else ScoreState.REFUSED
        return {"state": state, "value": value, "error": str(error)}
    return {"state": ScoreState.SENT, "value": value}


def note(services: Services, session: Session, score_id: str, became: Mapping[str, Any]) -> str:
    """Write down what became of an attempt; have it tried again where it may yet succeed."""
    score = session.get(LtiScore, score_id, with_for_update=True)
    if score is None or not became["state"] or score.state != ScoreState.WAITING:
        return ""
    state = ScoreState(became["state"])
    score.tries += 1
    score.wanted, score.error = became.get("value"), str(became.get("error", ""))
    if state is ScoreState.SENT:
        score.had, score.sent_at = score.wanted, now()
    elif state is ScoreState.WAITING and now() - score.asked_at >= GIVE_UP:
        state = ScoreState.GIVEN_UP
        _log.error("grade %s was tried %d times; it is given up", score.id, score.tries)
    score.state = state
    if state is ScoreState.WAITING:
        wait = FIRST_WAIT_SECONDS * 2 ** min(score.tries - 1, MOST_DOUBLINGS)
        _put(services, session, score, min(wait, LONGEST_WAIT_SECONDS))
    return state.value


def send_again(services: Services, session: Session, principal: Principal, request_id: str) -> int:
    """Try once more what was refused or given up; return how many grades that is."""
    ended = (ScoreState.REFUSED, ScoreState.GIVEN_UP)
    query = select(LtiScore).where(LtiScore.state.in_(ended)).with_for_update()
    found = session.scalars(query).all()
    for score in found:
        _again(services, session, score)
    if found:
        after = {"count": len(found)}
        audit.record(session, principal, "lti.send_again", "lti", {}, after, request_id)
    return len(found)


def _due(services: Services, session: Session) -> Iterator[_Due]:
    """Yield the grades that a platform has not as students see them."""
    shown: dict[str, dict[str, Value]] = {}
    for link in _links(session):
        if link.edition not in shown:
            shown[link.edition] = _shown(services, session, link.edition)
        known = {one.user_id: one for one in session.scalars(_scores_of(link))}
        for user_id, student_id in session.execute(_people_of(link)):
            value, score = shown[link.edition].get(student_id), known.get(user_id)
            if _differs(score, value):
                yield _Due(link_id=link.id, user_id=user_id, value=value)


def _differs(score: LtiScore | None, value: Value | None) -> bool:
    """Return whether a value is to be sent; what was refused is only tried when it changes."""
    if score is None:
        return value is not None
    if score.state == ScoreState.WAITING:
        return False
    return value != (score.had if score.state == ScoreState.SENT else score.wanted)


def _shown(services: Services, session: Session, edition_id: str) -> dict[str, Value]:
    """Return points and maximum of each student who sees them now."""
    edition, moment = services.editions.get(edition_id), now()
    if edition is None:
        return {}
    assignment = session.get_one(Assignment, edition_id)
    return {
        row.student_id: [row.grade.points, row.grade.max_points]
        for row in standing(session, edition)
        if row.grade is not None and Document.SCORE in released(assignment, row.student_id, moment)
    }


def _shown_of(
    services: Services, session: Session, edition_id: str, student_id: str
) -> Value | None:
    """Return what :func:`_shown` says of one student, without looking at the others."""
    edition = services.editions.get(edition_id)
    if edition is None:
        return None
    assignment = session.get_one(Assignment, edition_id)
    query = (
        select(Submission)
        .where(
            Submission.edition == edition_id,
            Submission.student_id.in_(assignment.group_of(student_id)),
            Submission.anonymous.is_(False),
        )
        .order_by(Submission.attempt, Submission.received_at)
    )
    graded = [(one, grade_of(one, assignment, edition)) for one in session.scalars(query)]
    _, grade = choose(graded, counts=assignment.counts)
    if grade is None or Document.SCORE not in released(assignment, student_id, now()):
        return None
    return [grade.points, grade.max_points]


def _post(  # noqa: PLR0913, PLR0917  whom, where, what
    services: Services,
    tokens: AccessTokens,
    platform: LtiPlatform,
    line_item_url: str,
    subject: str,
    value: Value | None,
) -> None:
    """Send a score; without a value the platform forgets the one that it has."""
    body: dict[str, Any] = {
        "userId": subject,
        "timestamp": now().isoformat(timespec="milliseconds"),
        "activityProgress": "Completed" if value else "Submitted",
        "gradingProgress": "FullyGraded" if value else "PendingManual",
    }
    if value:
        body |= {"scoreGiven": value[0], "scoreMaximum": value[1]}
    path, mark, query = line_item_url.partition("?")
    tokens.call(
        services,
        platform,
        "POST",
        f"{path}/scores{mark}{query}",
        scope=SCORE_SCOPE,
        headers={"Content-Type": MEDIA_TYPE},
        content=json.dumps(body).encode(),
    )


def _hold(session: Session, due: list[_Due]) -> None:
    """Let one process at a time queue the grades of a link."""
    ids = sorted({one.link_id for one in due})
    session.scalars(
        select(LtiLink.id).where(LtiLink.id.in_(ids)).order_by(LtiLink.id).with_for_update()
    ).all()


def _queue(services: Services, session: Session, due: _Due) -> bool:
    """Put a grade on the queue unless somebody was faster; return whether it was put."""
    query = select(LtiScore).where(
        LtiScore.link_id == due.link_id, LtiScore.user_id == due.user_id
    )
    score = session.scalar(query)
    if not _differs(score, due.value):
        return False
    if score is None:
        if session.get(User, due.user_id) is None or session.get(LtiLink, due.link_id) is None:
            return False
        score = LtiScore(link_id=due.link_id, user_id=due.user_id, version=0)
        session.add(score)
    return _again(services, session, score)


def _again(services: Services, session: Session, score: LtiScore | None) -> bool:
    if score is None:
        return False
    score.state, score.tries, score.asked_at = ScoreState.WAITING, 0, now()
    score.version += 1
    session.flush()
    _put(services, session, score, 0.0)
    return True


def _put(services: Services, session: Session, score: LtiScore, delay_seconds: float) -> None:
    services.queue.put_call(
        session, LTI_SCORE, _job(score), [score.id], delay_seconds=delay_seconds
    )


def _job(score: LtiScore) -> str:
    return f"lti-{score.id}-{score.version}-{score.tries}"


def _waiting_long(session: Session) -> list[LtiScore]:
    query = select(LtiScore).where(
        LtiScore.state == ScoreState.WAITING, LtiScore.asked_at < now() - LOST_AFTER
    )
    return [*session.scalars(query)]


def _links(session: Session) -> list[LtiLink]:
    query = (
        select(LtiLink)
        .join(LtiLink.course)
        .options(joinedload(LtiLink.course))
        .where(LtiLink.line_item_url != "", LtiContext.accepted_at.is_not(None))
        .order_by(LtiLink.id)
    )
    return [*session.scalars(query)]


def _scores_of(link: LtiLink) -> Any:
    return select(LtiScore).where(LtiScore.link_id == link.id)


def _people_of(link: LtiLink) -> Any:
    return (
        select(LtiUser.user_id, User.student_id)
        .join(User, User.id == LtiUser.user_id)
        .where(LtiUser.platform_id == link.course.platform_id, User.student_id.is_not(None))
    )


def _person(score: LtiScore) -> Any:
    return (
        select(LtiUser)
        .join(LtiContext, LtiContext.platform_id == LtiUser.platform_id)
        .join(LtiLink, LtiLink.course_id == LtiContext.id)
        .where(LtiLink.id == score.link_id, LtiUser.user_id == score.user_id)
    )
