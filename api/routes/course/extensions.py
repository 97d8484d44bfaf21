"""Extensions: other terms for single students."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.course import extensions
from api.kit.models import Extension
from api.kit.schemas.assignments import ExtensionIn, ExtensionOut
from api.requests.dependencies import RequestId, Route, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import EditionId, Grader, Staff, StudentId
from api.submissions.runs import find_assignment

router = APIRouter(
    route_class=Route, prefix="/assignments/{edition}/extensions", tags=["assignments"]
)


@router.get("", summary="All extensions", responses=errors(401, 403, 404))
def list_all(edition: EditionId, session: SessionDep, _staff: Staff) -> list[ExtensionOut]:
    """Return who has which terms of their own, by student id."""
    assignment = find_assignment(session, edition)
    return [tell(own) for own in extensions.listed(assignment)]


@router.post("", summary="Give extensions", responses=errors(401, 403, 404, 422))
def give(
    edition: EditionId,
    wanted: ExtensionIn,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> list[ExtensionOut]:
    """Give some students terms of their own, in place of those that they had."""
    given = extensions.give(
        session,
        principal,
        find_assignment(session, edition),
        wanted.students,
        wanted.model_dump(exclude={"students", "reason"}),
        reason=wanted.reason,
        request_id=request_id,
    )
    return [tell(own) for own in given]


@router.delete(
    "/{student_id}",
    summary="Take an extension back",
    status_code=204,
    responses=errors(401, 403, 404),
)
def take_back(
    edition: EditionId,
    student_id: StudentId,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> Response:
    """Let the assignment's terms hold for the student again."""
    assignment = find_assignment(session, edition)
    extensions.take_back(session, principal, assignment, student_id, request_id=request_id)
    return Response(status_code=204)


def tell(own: Extension) -> ExtensionOut:
    """Return an extension as staff see it."""
    return ExtensionOut.model_validate(own, from_attributes=True)
