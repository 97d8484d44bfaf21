"""The grader's desk: one submission, its criteria, and the next one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.auth.permissions import readable
from api.course.student_deletion import delete_student
from api.grades.decisions import grade_now, hold
from api.grades.regrades import regrade_noted
from api.kit.models import Role, Submission
from api.kit.problems import not_found
from api.kit.schemas.grading import HIGHEST
from api.pages.confirm import ConfirmationDep
from api.pages.desk_form import base_of, merged, put_down, read_marks
from api.pages.desk_page import Desk, build_desk, neighbours_of
from api.pages.routes.staff import FiltersDep
from api.pages.view.desk import (
    Refused,
)
from api.pages.visit import Visit, VisitDep, then
from api.routes.parameters import EditionId, StudentId, SubmissionId

router = APIRouter(prefix="/staff", include_in_schema=False)


async def read_fields(request: Request) -> dict[str, str]:
    """Return the text fields of a form whose names depend on the rubric."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(read_fields)]


@router.get("/{edition_id}/{submission_id}")
def show_desk(  # noqa: PLR0913, PLR0917  what a route is handed
    edition_id: EditionId,
    submission_id: SubmissionId,
    visit: VisitDep,
    filters: FiltersDep,
    show: str = "",
    at: Annotated[int, Query(ge=0, le=HIGHEST)] = 0,
) -> Response:
    """Show one submission's criteria beside the student's own PDF, or the code."""
    visit.demand(Role.TA)
    submission = _submission(visit, edition_id, submission_id)
    desk = Desk(visit=visit, submission=submission, filters=filters, show=show, at=at)
    return _page(desk)


@router.post("/{edition_id}/{submission_id}")
def save_marks(  # noqa: PLR0913, PLR0917  what a route is handed
    edition_id: EditionId,
    submission_id: SubmissionId,
    visit: VisitDep,
    filters: FiltersDep,
    typed: Fields,
    show: str = "",
) -> Response:
    """Put down what was typed, all or nothing, and stay or go on to the next student."""
    visit.demand(Role.TA, scope="grade")
    submission = _submission(visit, edition_id, submission_id)
    hold(visit.session, submission)
    visit.session.refresh(submission, ["manual_scores"])
    desk = Desk(visit=visit, submission=submission, filters=filters, show=show)
    if typed.get("base", base_of(submission)) != base_of(submission):
        late = merged(typed, submission, visit.t)
        return _page(desk, Refused(typed=late.typed, theirs=late.theirs), status=409)
    marks = read_marks(grade_now(visit.services, visit.session, submission), typed, visit)
    if marks.wrong:
        fields = typed | {f"wrong:{name}": "" for name in marks.wrong}
        return _page(desk, Refused(typed=fields, wrong=tuple(marks.wrong.values())), status=422)
    put_down(visit, submission, marks)
    onward = neighbours_of(desk).next if typed.get("go") == "next" else ""
    return then(onward or desk.address, "saved")


@router.post("/{edition_id}/{submission_id}/regrade")
def regrade_this(edition_id: EditionId, submission_id: SubmissionId, visit: VisitDep) -> Response:
    """Grade this submission again."""
    visit.demand(Role.TA, scope="grade")
    submission = _submission(visit, edition_id, submission_id)
    regrade_noted(
        visit.services,
        visit.session,
        visit.principal,
        submission,
        request_id=visit.request_id,
    )
    return then(f"/staff/{edition_id}/{submission_id}", "regrading")


@router.post("/students/{student_id}/delete")
def delete_all_of(
    student_id: StudentId, visit: VisitDep, confirmation: ConfirmationDep
) -> Response:
    """Delete everything stored about a student."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    if not confirmation.given:
        question = visit.t("grading.confirm_delete", student=student_id)
        return confirmation.ask(visit, question, visit.t("grading.delete"))
    delete_student(visit.session, visit.principal, student_id, request_id=visit.request_id)
    return then("/staff", "deleted")


def _submission(visit: Visit, edition_id: str, submission_id: str) -> Submission:
    submission = readable(visit.session, visit.principal, submission_id)
    if submission.edition != edition_id:
        raise not_found(what="this submission")
    return submission


def _page(desk: Desk, refused: Refused | None = None, *, status: int = 200) -> Response:
    page = build_desk(desk, refused)
    return desk.visit.page("grading", page, title=page.title, width="wide", status=status)
