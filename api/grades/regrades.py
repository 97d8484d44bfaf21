"""Regrading on purpose: which submissions are meant, and the note that they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy.orm import Session

from api.auth import audit
from api.grades.effective_grades import is_graded
from api.kit.models import ACTIVE_STATES, Run, RunState, Submission
from api.kit.problems import Problem
from api.kit.schemas.runs import RegradesIn
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.runs import find_assignment, latest_run, regrade
from api.submissions.search import Filters, list_submissions


def regrade_noted(
    services: Services,
    session: Session,
    principal: Principal,
    submission: Submission,
    *,
    request_id: str,
) -> Run:
    """Queue one more run and note who asked for it; raise Problem 409 where one is active."""
    run = regrade(services, session, submission, principal)
    audit.record(
        session,
        principal,
        "grade.regrade",
        f"submission:{submission.id}",
        after={"run": run.number},
        request_id=request_id,
    )
    return run


def regrade_all(
    services: Services,
    session: Session,
    principal: Principal,
    found: Sequence[Submission],
    *,
    request_id: str,
) -> tuple[list[str], list[str]]:
    """Queue a run for each of them; return the ids queued, and those active already."""
    busy = [one.id for one in found if latest_run(one).state in ACTIVE_STATES]
    idle = [one for one in found if latest_run(one).state not in ACTIVE_STATES]
    for submission in idle:
        regrade_noted(services, session, principal, submission, request_id=request_id)
    return [one.id for one in idle], busy


def chosen(session: Session, principal: Principal, wanted: RegradesIn) -> list[Submission]:
    """Return the submissions that a bulk regrade names; raise Problem 404 for unknown ones."""
    assignment = find_assignment(session, wanted.edition)
    filters = Filters(
        edition=wanted.edition,
        state=wanted.state,
        finding=wanted.finding,
        include_anonymous=wanted.submissions is not None,
    )
    found, _ = list_submissions(session, principal, filters, limit=None)
    if wanted.submissions is None:
        if wanted.attempts == "all" or assignment.counts == "best":
            return [*found]
        counting = _counting(session, principal, wanted.edition)
        return [one for one in found if one.id in counting]
    named = set(wanted.submissions)
    unknown = named - {one.id for one in found}
    if unknown:
        msg = f"{len(unknown)} of the submissions do not exist here, or the filters leave them out"
        raise Problem(404, "unknown-submissions", msg)
    return [one for one in found if one.id in named]


def _counting(session: Session, principal: Principal, edition: str) -> set[str]:
    """Return the ids of the attempts on which grades rest where each student's latest counts."""
    filters = Filters(edition=edition, include_anonymous=False)
    every, _ = list_submissions(session, principal, filters, limit=None)
    attempts = sorted(every, key=lambda one: (one.student_id, one.attempt))
    students = groupby(attempts, key=lambda one: one.student_id)
    return {one.id for _, group in students for one in _latest([*group])}


def _latest(attempts: Sequence[Submission]) -> Iterator[Submission]:
    """
    Yield one student's latest graded attempt, and the newer ones, which would count if graded.

    What the student replaced before anybody graded it is none of them.
    """
    counts = max((one.attempt for one in attempts if is_graded(one)), default=0)
    for one in attempts:
        replaced = latest_run(one).state is RunState.REPLACED
        if one.attempt == counts or (one.attempt > counts and not replaced):
            yield one
