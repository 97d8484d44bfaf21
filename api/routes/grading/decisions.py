"""What people decide: points and remarks by hand, and regrading."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from api.auth.permissions import readable
from api.course.release import Document
from api.grades.decisions import (
    WHOLE,
    decide,
    demand_version,
    grade_now,
    max_points_of,
    take_back,
    version_of,
)
from api.grades.effective_grades import ADJUSTMENT
from api.grades.regrades import chosen, regrade_all, regrade_noted
from api.grades.visibility import tell_run
from api.kit.models import Submission
from api.kit.schemas.grades import AdjustmentIn, GradeOut, RemarkIn, ScoreIn
from api.kit.schemas.runs import RegradesIn, RegradesOut, RunOut
from api.kit.services import Services
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import CriterionId, Grader, IfMatch, SubmissionId

router = APIRouter(route_class=Route, tags=["grading"])


@router.get(
    "/submissions/{submission_id}/scores", summary="The grade", responses=errors(401, 403, 404)
)
def get_scores(
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    response: Response,
) -> GradeOut:
    """Return the grade; its ETag, sent as If-Match, keeps a change from covering another's."""
    submission = readable(session, principal, submission_id)
    return _told(services, session, submission, response)


@router.put(
    "/submissions/{submission_id}/scores/{criterion}",
    summary="Grade by hand",
    responses=errors(401, 403, 404, 412, 422),
)
def put_score(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    criterion: CriterionId,
    score: ScoreIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
    response: Response,
    if_match: IfMatch = None,
) -> GradeOut:
    """Set one criterion's points, its remark, or both; no regrade ever changes them."""
    submission = readable(session, principal, submission_id)
    demand_version(services, session, submission, if_match)
    decide(
        services,
        session,
        principal,
        submission,
        criterion,
        points=score.points,
        remark=score.remark,
        request_id=request_id,
    )
    return _told(services, session, submission, response)


@router.delete(
    "/submissions/{submission_id}/scores/{criterion}",
    summary="Take a grade by hand back",
    responses=errors(401, 403, 404, 412),
)
def delete_score(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    criterion: CriterionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
    response: Response,
    if_match: IfMatch = None,
) -> GradeOut:
    """Remove a criterion's points and remark by hand; the grader's points count again."""
    submission = readable(session, principal, submission_id)
    demand_version(services, session, submission, if_match)
    max_points_of(services, session, submission, criterion)
    take_back(session, principal, submission, criterion, request_id=request_id)
    return _told(services, session, submission, response)


@router.put(
    "/submissions/{submission_id}/remark",
    summary="Remark on the whole",
    responses=errors(401, 403, 404, 412, 422),
)
def put_remark(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    remark: RemarkIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
    response: Response,
    if_match: IfMatch = None,
) -> GradeOut:
    """Set the remark on the whole submission; an empty one takes it back."""
    submission = readable(session, principal, submission_id)
    demand_version(services, session, submission, if_match)
    if remark.remark.strip():
        decide(
            services,
            session,
            principal,
            submission,
            WHOLE,
            points=None,
            remark=remark.remark,
            request_id=request_id,
        )
    else:
        take_back(session, principal, submission, WHOLE, request_id=request_id)
    return _told(services, session, submission, response)


@router.put(
    "/submissions/{submission_id}/adjustment",
    summary="Adjust the total",
    responses=errors(401, 403, 404, 412, 422),
)
def put_adjustment(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    adjustment: AdjustmentIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
    response: Response,
    if_match: IfMatch = None,
) -> GradeOut:
    """Add points to the total after the late rule, or take some off, with a reason."""
    submission = readable(session, principal, submission_id)
    demand_version(services, session, submission, if_match)
    decide(
        services,
        session,
        principal,
        submission,
        ADJUSTMENT,
        points=adjustment.points,
        remark=adjustment.reason,
        request_id=request_id,
    )
    return _told(services, session, submission, response)


@router.delete(
    "/submissions/{submission_id}/adjustment",
    summary="Take an adjustment back",
    responses=errors(401, 403, 404, 412),
)
def delete_adjustment(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
    response: Response,
    if_match: IfMatch = None,
) -> GradeOut:
    """Take back what was added to the total, or taken off; nothing there is no error."""
    submission = readable(session, principal, submission_id)
    demand_version(services, session, submission, if_match)
    take_back(session, principal, submission, ADJUSTMENT, request_id=request_id)
    return _told(services, session, submission, response)


@router.post(
    "/submissions/{submission_id}/regrade",
    status_code=202,
    summary="Regrade one",
    responses=errors(401, 403, 404, 409),
)
def regrade_one(
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> RunOut:
    """Queue one more run; until it is graded the old result counts, and it stays as history."""
    submission = readable(session, principal, submission_id)
    run = regrade_noted(services, session, principal, submission, request_id=request_id)
    return tell_run(run, shown=frozenset(Document), staff=True)


@router.post(
    "/regrades", status_code=202, summary="Regrade many", responses=errors(401, 403, 404, 422)
)
def regrade_many(
    wanted: RegradesIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> RegradesOut:
    """
    Queue a run for every submission that all the filters name.

    Students go first: these are begun when no upload of theirs waits, which before a deadline may
    take long; an upload waits no longer than for what is being graded at that moment.
    """
    found = chosen(session, principal, wanted)
    queued, busy = regrade_all(services, session, principal, found, request_id=request_id)
    return RegradesOut(queued=queued, already_running=busy)


def _told(
    services: Services, session: Session, submission: Submission, response: Response
) -> GradeOut:
    grade = grade_now(services, session, submission)
    response.headers["ETag"] = version_of(grade)
    return GradeOut.model_validate(grade)
