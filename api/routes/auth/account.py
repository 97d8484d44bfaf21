"""A person's own account: who they are here, their password, where they are logged in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.auth import audit, sessions
from api.auth.login import confirm
from api.auth.passwords import hash_password
from api.auth.permissions import require
from api.auth.users import set_password
from api.kit.models import LoginSession, Role, User
from api.kit.problems import not_found
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal

router = APIRouter(route_class=Route, tags=["account"])
Somebody = Annotated[Principal, Depends(require(Role.STUDENT))]
# What changes how one gets in is not for a script that may only read or submit.
InPerson = Annotated[Principal, Depends(require(Role.STUDENT, scope="admin"))]


class Me(BaseModel):
    """Who the service takes you for."""

    login: str
    role: Role
    student_id: str | None
    scopes: list[str] = Field(examples=[["read", "submit"]])


class PasswordChange(BaseModel):
    """The password until now, and the one from now on."""

    current: str = Field("", description="Empty where there was none yet.")
    new: str = Field(examples=["correct horse battery"])


class SessionView(BaseModel):
    """A browser in which you are logged in."""

    id: str
    created_at: datetime
    expires_at: datetime
    address: str
    browser: str
    current: bool = Field(description="Whether it is the one that asks.")


@router.get("/me", responses=errors(403))
def show_me(principal: Somebody) -> Me:
    """Say who you are logged in as."""
    assert principal.role is not None
    return Me(
        login=principal.login,
        role=principal.role,
        student_id=principal.student_id,
        scopes=sorted(principal.scopes),
    )


@router.post("/password", status_code=204, responses=errors(422, 429))
def change_password(
    change: PasswordChange,
    principal: InPerson,
    services: ServicesDep,
    session: SessionDep,
    request_id: RequestId,
) -> None:
    """Change your password; every other browser is logged out."""
    confirm(services, principal, change.current)
    kept = hash_password(change.new)
    user = session.get_one(User, principal.user_id)
    set_password(session, user, kept, but_session=principal.session_id)
    audit.record(session, principal, "account.password", f"user:{user.id}", request_id=request_id)


@router.get("/sessions", responses=errors(403))
def list_sessions(principal: InPerson, session: SessionDep) -> list[SessionView]:
    """List the browsers in which you are logged in."""
    assert principal.user_id is not None
    return [_view(one, principal) for one in sessions.sessions_of(session, principal.user_id)]


@router.delete("/sessions", status_code=204)
def end_other_sessions(principal: InPerson, session: SessionDep) -> None:
    """Log out every other browser."""
    assert principal.user_id is not None
    sessions.end_all(session, principal.user_id, but=principal.session_id)


@router.delete("/sessions/{session_id}", status_code=204, responses=errors(404))
def end_session(session_id: str, principal: InPerson, session: SessionDep) -> None:
    """Log out one browser."""
    assert principal.user_id is not None
    for one in sessions.sessions_of(session, principal.user_id):
        if one.id[: sessions.SHOWN_ID] == session_id:
            sessions.end(session, one.id)
            return
    raise not_found(what="this session")


def _view(one: LoginSession, principal: Principal) -> SessionView:
    return SessionView(
        id=one.id[: sessions.SHOWN_ID],
        created_at=one.created_at,
        expires_at=one.expires_at,
        address=one.address,
        browser=one.browser,
        current=one.id == principal.session_id,
    )
