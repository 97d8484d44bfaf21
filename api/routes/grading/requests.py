"""Students' requests for a second look, and staff's answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth.permissions import readable, require
from api.course.release import Document
from api.grades import regrade_requests
from api.grades.visibility import demand_shown
from api.kit.models import RegradeRequest, Role
from api.kit.schemas.grading import RequestOut, TextIn
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal
from api.routes.parameters import (
    Anybody,
    EditionId,
    Grader,
    RowId,
    Staff,
    SubmissionId,
)
from api.submissions.runs import find_assignment

Asking = Annotated[Principal, Depends(require(Role.STUDENT, scope="submit"))]

router = APIRouter(route_class=Route, tags=["grading"])


@router.get(
    "/submissions/{submission_id}/regrade-requests",
    summary="Requests for a second look",
    responses=errors(401, 403, 404),
)
def list_requests(
    submission_id: SubmissionId, session: SessionDep, principal: Anybody
) -> list[RequestOut]:
    """Return the requests about a submission with their answers, the first first."""
    submission = readable(session, principal, submission_id)
    demand_shown(session, principal, submission, Document.SCORE)
    return [_told(one) for one in submission.regrade_requests]


@router.post(
    "/submissions/{submission_id}/regrade-requests",
    status_code=201,
    summary="Ask for a second look",
    responses=errors(401, 403, 404, 409, 422),
)
def ask(
    submission_id: SubmissionId,
    wanted: TextIn,
    session: SessionDep,
    principal: Asking,
    request_id: RequestId,
) -> RequestOut:
    """Ask staff to look at a graded submission again; one request at a time."""
    submission = readable(session, principal, submission_id)
    made = regrade_requests.ask(session, principal, submission, wanted.text, request_id=request_id)
    return _told(made)


@router.post(
    "/submissions/{submission_id}/regrade-requests/{request}/answer",
    summary="Answer a request",
    responses=errors(401, 403, 404, 409, 422),
)
def answer(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    request: RowId,
    wanted: TextIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> RequestOut:
    """Answer a request; points are changed by themselves. The student is told by mail, if any."""
    submission = readable(session, principal, submission_id)
    found = regrade_requests.answer(
        services, session, principal, submission, request, wanted.text, request_id=request_id
    )
    return _told(found)


@router.get(
    "/assignments/{edition}/regrade-requests",
    summary="Requests that wait",
    responses=errors(401, 403, 404),
)
def waiting(edition: EditionId, session: SessionDep, _staff: Staff) -> list[RequestOut]:
    """Return the requests about an assignment that wait for an answer, the oldest first."""
    find_assignment(session, edition)
    return [_told(one) for one in regrade_requests.waiting_requests(session, edition)]


def _told(one: RegradeRequest) -> RequestOut:
    return RequestOut.model_validate(one)
