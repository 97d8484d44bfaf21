"""Accounts: staff added, roles and sections changed, people shut out and let in again."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.auth import users
from api.auth.links import ONE_TIME_HOURS
from api.course import accounts, roster
from api.kit.models import User, now
from api.kit.schemas.accounts import (
    AccountOut,
    AccountPatch,
    LoginLinkOut,
    NewStaffOut,
    StaffIn,
    StudentIn,
)
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import Administrator

router = APIRouter(route_class=Route, tags=["roster"])
UserId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("/users", summary="All accounts", responses=errors(401, 403))
def list_all(session: SessionDep, _principal: Administrator) -> list[AccountOut]:
    """Return all accounts: the staff first, then by login."""
    return [AccountOut(**tell(one)) for one in users.all_users(session)]


@router.post("/users", summary="Add staff", status_code=201, responses=errors(401, 403, 409, 422))
def add(
    wanted: StaffIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Administrator,
    request_id: RequestId,
) -> NewStaffOut:
    """Add a TA or an instructor; the link logs them in once."""
    given = wanted.model_dump()
    user = accounts.add_staff(
        session, principal, given.pop("login"), given.pop("role"), **given, request_id=request_id
    )
    link = accounts.one_time_link_noted(
        services.settings, session, principal, user, request_id=request_id
    )
    return NewStaffOut(**tell(user), link=link)


@router.patch("/users/{user_id}", summary="Change one", responses=errors(401, 403, 404, 409, 422))
def change(
    user_id: UserId,
    wanted: AccountPatch,
    session: SessionDep,
    principal: Administrator,
    request_id: RequestId,
) -> AccountOut:
    """Change name, e-mail, section or role, shut somebody out, or let them in again."""
    user = accounts.find(session, user_id)
    accounts.change(session, principal, user, wanted.named(), request_id=request_id)
    return AccountOut(**tell(user))


@router.post(
    "/users/{user_id}/link", summary="A new link", responses=errors(401, 403, 404, 409, 422)
)
def make_link(
    user_id: UserId,
    services: ServicesDep,
    session: SessionDep,
    principal: Administrator,
    request_id: RequestId,
) -> LoginLinkOut:
    """Make a link that logs a member of staff in once."""
    user = accounts.find(session, user_id)
    link = accounts.one_time_link_noted(
        services.settings, session, principal, user, request_id=request_id
    )
    return LoginLinkOut(link=link, expires_at=now() + timedelta(hours=ONE_TIME_HOURS))


@router.post(
    "/students", summary="One more student", status_code=201, responses=errors(401, 403, 409, 422)
)
def add_student(
    wanted: StudentIn, session: SessionDep, principal: Administrator, request_id: RequestId
) -> AccountOut:
    """Add one student to the roster."""
    student = roster.add_noted(
        session,
        principal,
        wanted.model_dump(exclude={"alike"}),
        alike=wanted.alike,
        request_id=request_id,
    )
    return AccountOut(**tell(student))


def tell(user: User) -> dict[str, Any]:
    """Return an account as an instructor sees it."""
    return {
        "id": user.id,
        "login": user.login,
        "has_password": user.password_hash is not None,
        **accounts.values_of(user),
    }
