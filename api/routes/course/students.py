"""A student's data as a whole."""

from __future__ import annotations

from fastapi import APIRouter

from api.course.student_deletion import delete_student
from api.kit.schemas.students import DeletedOut
from api.requests.dependencies import RequestId, Route, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import Administrator, StudentId

router = APIRouter(route_class=Route, tags=["students"])


@router.delete(
    "/students/{student_id}",
    summary="Delete a student's data",
    responses=errors(401, 403, 404),
)
def delete(
    student_id: StudentId, session: SessionDep, principal: Administrator, request_id: RequestId
) -> DeletedOut:
    """Delete a student's submissions, results and account for good."""
    return delete_student(session, principal, student_id, request_id=request_id)
