"""One student of the roster: added, changed, shut out, let in again."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ValidationError

from api.course import accounts, roster
from api.kit.models import Role
from api.kit.problems import Problem
from api.kit.schemas.accounts import AccountPatch
from api.pages.confirm import ConfirmationDep
from api.pages.routes.people import roster_page
from api.pages.view.attempts import Notice
from api.pages.view.people import StudentForm, form_of
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep, then
from api.routes.parameters import StudentId

router = APIRouter(prefix="/staff/roster", include_in_schema=False)
ROSTER = "/staff/roster"


class StudentFields(BaseModel):
    """The form's fields as a browser sends them."""

    student_id: str = ""
    name: str = ""
    email: str = ""
    section: str = ""
    alike: str = ""

    @property
    def texts(self) -> dict[str, Any]:
        """Return what can be changed of a student."""
        return {"name": self.name, "email": self.email, "section": self.section}


@router.post("/student")
def add(visit: VisitDep, typed: Annotated[StudentFields, Form()]) -> Response:
    """Add one more student, or say why not."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    cells = {"student_id": typed.student_id, **typed.texts}
    try:
        roster.add_noted(
            visit.session,
            visit.principal,
            cells,
            alike=typed.alike == "yes",
            request_id=visit.request_id,
        )
    except Problem as problem:
        asked = any(one.code == "roster.alike" for one in problem.reasons)
        form = replace(
            StudentForm(known=False, student_id=typed.student_id, alike=asked), **typed.texts
        )
        return _refused(visit, form, problem_words(problem, visit.t), problem.status)
    return then(ROSTER, "added")


@router.post("/{student_id}/change")
def change(
    student_id: StudentId, visit: VisitDep, typed: Annotated[StudentFields, Form()]
) -> Response:
    """Change a student's name, e-mail or section, or say what was wrong with the form."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    student = roster.find_student(visit.session, student_id)
    try:
        wanted = AccountPatch.model_validate(typed.texts)
    except ValidationError:
        form = replace(form_of(student, visit.t), **typed.texts)
        return _refused(visit, form, visit.t("roster.wrong_student"), 422)
    accounts.change(
        visit.session, visit.principal, student, wanted.named(), request_id=visit.request_id
    )
    return then(ROSTER, "saved")


@router.post("/{student_id}/shut-out")
def shut_out(student_id: StudentId, visit: VisitDep, confirmation: ConfirmationDep) -> Response:
    """End all that lets a student in; what was handed in stays."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    roster.find_student(visit.session, student_id)
    if not confirmation.given:
        question = visit.t("roster.confirm_shut_out", student=student_id)
        return confirmation.ask(visit, question, visit.t("roster.shut_out"))
    return _let_in(visit, student_id, enabled=False)


@router.post("/{student_id}/let-in")
def let_in(student_id: StudentId, visit: VisitDep) -> Response:
    """Let a student in again, who needs a new link then."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    return _let_in(visit, student_id, enabled=True)


def _let_in(visit: Visit, student_id: str, *, enabled: bool) -> Response:
    student = roster.find_student(visit.session, student_id)
    wanted = {"enabled": enabled}
    accounts.change(visit.session, visit.principal, student, wanted, request_id=visit.request_id)
    return then(ROSTER, "let_in" if enabled else "shut_out")


def _refused(visit: Visit, form: StudentForm, text: str, status: int) -> Response:
    notice = Notice(text=text, style="bad", role="alert")
    return roster_page(visit, notices=(notice,), form=form, status=status)
