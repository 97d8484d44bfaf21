"""What people decide: points and remarks by hand, and regrading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response
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
from api.requests.principal import Principal
from api.routes.parameters import CriterionId, Grader, IfMatch, SubmissionId

router = APIRouter(route_class=Route, tags=["grading"])


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A request to change what people decided, and all that it takes to do so."""

    submission_id: str
    services: Services
    session: Session
    principal: Principal
    request_id: str
    response: Response
    if_match: str | None

    def begin(self) -> Submission:
        """Return the submission; raise Problem 404, or 412 where the grade changed meanwhile."""
        submission = readable(self.session, self.principal, self.submission_id)
        demand_version(self.services, self.session, submission, self.if_match)
        return submission

    def decide(
        self, submission: Submission, criterion: str, *, points: float | None, remark: str
    ) -> None:
        """Put down points, a remark, or both."""
        decide(
            self.services,
            self.session,
            self.principal,
            submission,
            criterion,
            points=points,
            remark=remark,
            request_id=self.request_id,
        )

    def take_back(self, submission: Submission, criterion: str) -> None:
        """Remove what was decided of a criterion."""
        take_back(self.session, self.principal, submission, criterion, request_id=self.request_id)

    def told(self, submission: Submission) -> GradeOut:
        """Return the grade as it is now, with its version as the answer's ETag."""
        return _told(self.services, self.session, submission, self.response)


async def open_decision(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
    response: Response,
    if_match: IfMatch = None,
) -> Decision:
    """Return what a route needs to change a decision."""
    return Decision(
        submission_id=submission_id,
        services=services,
        session=session,
        principal=principal,
        request_id=request_id,
        response=response,
        if_match=if_match,
    )


DecisionDep = Annotated[Decision, Depends(open_decision, scope="function")]


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
def put_score(
    criterion: CriterionId,
    score: ScoreIn,
    decision: DecisionDep,
) -> GradeOut:
    """Set one criterion's points, its remark, or both; no regrade ever changes them."""
    submission = decision.begin()
    decision.decide(submission, criterion, points=score.points, remark=score.remark)
    return decision.told(submission)


@router.delete(
    "/submissions/{submission_id}/scores/{criterion}",
    summary="Take a grade by hand back",
    responses=errors(401, 403, 404, 412),
)
def delete_score(
    criterion: CriterionId,
    decision: DecisionDep,
) -> GradeOut:
    """Remove a criterion's points and remark by hand; the grader's points count again."""
    submission = decision.begin()
    max_points_of(decision.services, decision.session, submission, criterion)
    decision.take_back(submission, criterion)
    return decision.told(submission)


@router.put(
    "/submissions/{submission_id}/remark",
    summary="Remark on the whole",
    responses=errors(401, 403, 404, 412, 422),
)
def put_remark(
    remark: RemarkIn,
    decision: DecisionDep,
) -> GradeOut:
    """Set the remark on the whole submission; an empty one takes it back."""
    submission = decision.begin()
    if remark.remark.strip():
        decision.decide(submission, WHOLE, points=None, remark=remark.remark)
    else:
        decision.take_back(submission, WHOLE)
    return decision.told(submission)


@router.put(
    "/submissions/{submission_id}/adjustment",
    summary="Adjust the total",
    responses=errors(401, 403, 404, 412, 422),
)
def put_adjustment(
    adjustment: AdjustmentIn,
    decision: DecisionDep,
) -> GradeOut:
    """Add points to the total after the late rule, or take some off, with a reason."""
    submission = decision.begin()
    decision.decide(submission, ADJUSTMENT, points=adjustment.points, remark=adjustment.reason)
    return decision.told(submission)


@router.delete(
    "/submissions/{submission_id}/adjustment",
    summary="Take an adjustment back",
    responses=errors(401, 403, 404, 412),
)
def delete_adjustment(
    decision: DecisionDep,
) -> GradeOut:
    """Take back what was added to the total, or taken off; nothing there is no error."""
    submission = decision.begin()
    decision.take_back(submission, ADJUSTMENT)
    return decision.told(submission)


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
