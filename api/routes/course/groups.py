"""Groups: students who hand in together."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from api.course import groups
from api.kit.schemas.groups import GroupIn, GroupOut
from api.requests.dependencies import RequestId, Route, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import EditionId, Grader, Staff, StudentId
from api.submissions.runs import find_assignment

router = APIRouter(route_class=Route, prefix="/assignments/{edition}/groups", tags=["assignments"])


@router.get("", summary="All groups", responses=errors(401, 403, 404))
def list_all(edition: EditionId, session: SessionDep, _staff: Staff) -> list[GroupOut]:
    """Return the groups; who is in none works alone."""
    return [_tell(one) for one in groups.listed(find_assignment(session, edition))]


@router.post(
    "", summary="Make a group", status_code=201, responses=errors(401, 403, 404, 409, 422)
)
def post(
    edition: EditionId,
    wanted: GroupIn,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> GroupOut:
    """Have two or three students hand in together from now on."""
    assignment = find_assignment(session, edition)
    group = groups.put_together(
        session, principal, assignment, wanted.students, request_id=request_id
    )
    return _tell(group)


@router.delete(
    "/{student_id}",
    summary="Dissolve a group",
    status_code=204,
    responses=errors(401, 403, 404),
)
def delete(
    edition: EditionId,
    student_id: StudentId,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> None:
    """Let the members of a student's group work alone; what was handed in stays the lead's."""
    assignment = find_assignment(session, edition)
    groups.dissolve(session, principal, assignment, student_id, request_id=request_id)


def _tell(group: Sequence[str]) -> GroupOut:
    return GroupOut(students=[*group], lead=group[0])
