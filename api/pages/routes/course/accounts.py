"""The staff's accounts: added, given a role, a new link, shut out, let in again."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ValidationError

from api.auth import users
from api.course import accounts
from api.kit.models import Role
from api.kit.problems import Problem
from api.kit.schemas.accounts import StaffIn
from api.pages.confirm import ConfirmationDep
from api.pages.view.attempts import Notice
from api.pages.view.course.accounts import StaffForm, build_accounts
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep, then
from api.routes.course.accounts import UserId

router = APIRouter(prefix="/staff/accounts", include_in_schema=False)
HERE = "/staff/accounts"


class StaffFields(BaseModel):
    """The form's fields as a browser sends them."""

    login: str = ""
    role: str = Role.TA
    name: str = ""
    email: str = ""


@router.get("")
def show(visit: VisitDep) -> Response:
    """Show the accounts of the staff."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    return _page(visit)


@router.post("")
def add(visit: VisitDep, typed: Annotated[StaffFields, Form()]) -> Response:
    """Add a member of staff and show the link that logs them in once, or say why not."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    form = StaffForm(login=typed.login, role=typed.role, name=typed.name, email=typed.email)
    try:
        wanted = StaffIn.model_validate(typed.model_dump())
        user = accounts.add_staff(
            visit.session,
            visit.principal,
            wanted.login,
            wanted.role,
            name=wanted.name,
            email=wanted.email,
            request_id=visit.request_id,
        )
    except Problem as problem:
        return _page(visit, form=form, wrong=problem_words(problem, visit.t), status=422)
    except ValidationError:
        return _page(visit, form=form, wrong=visit.t("accounts.wrong"), status=422)
    return _page(visit, link_of=user.id)


@router.post("/{user_id}/role")
def set_role(
    user_id: UserId, visit: VisitDep, role: Annotated[Literal["ta", "instructor"], Form()]
) -> Response:
    """Make a TA an instructor, or an instructor a TA."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    return _change(visit, user_id, {"role": Role(role)}, "saved")


@router.post("/{user_id}/link")
def show_link(user_id: UserId, visit: VisitDep) -> Response:
    """Show a link that logs a member of staff in once."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    accounts.find(visit.session, user_id)
    return _page(visit, link_of=user_id)


@router.post("/{user_id}/shut-out")
def shut_out(user_id: UserId, visit: VisitDep, confirmation: ConfirmationDep) -> Response:
    """End all that lets somebody in."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    login = accounts.find(visit.session, user_id).login
    if not confirmation.given:
        question = visit.t("accounts.confirm_shut_out", login=login)
        return confirmation.ask(visit, question, visit.t("roster.shut_out"))
    return _change(visit, user_id, {"enabled": False}, "staff_shut_out")


@router.post("/{user_id}/let-in")
def let_in(user_id: UserId, visit: VisitDep) -> Response:
    """Let somebody in again, who needs a new link, or the university login, then."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    return _change(visit, user_id, {"enabled": True}, "staff_let_in")


def _change(visit: Visit, user_id: str, wanted: dict[str, object], done: str) -> Response:
    user = accounts.find(visit.session, user_id)
    try:
        accounts.change(visit.session, visit.principal, user, wanted, request_id=visit.request_id)
    except Problem as problem:
        return _page(visit, wrong=problem_words(problem, visit.t), status=problem.status)
    return then(HERE, done)


def _page(
    visit: Visit,
    *,
    form: StaffForm | None = None,
    wrong: str = "",
    link_of: str = "",
    status: int = 200,
) -> Response:
    link = ""
    if link_of:
        user = accounts.find(visit.session, link_of)
        link = accounts.one_time_link_noted(
            visit.settings, visit.session, visit.principal, user, request_id=visit.request_id
        )
    page = build_accounts(
        users.all_staff(visit.session),
        visit.principal,
        visit.t,
        form=form or StaffForm(),
        notices=(Notice(text=wrong, style="bad", role="alert"),) if wrong else (),
        link=link,
        link_of=link_of,
    )
    return visit.page("accounts", page, title=visit.t("accounts.title"), status=status)
