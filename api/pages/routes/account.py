"""A person's own account: browsers, tokens, password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response

from api.auth import audit, sessions, tokens
from api.auth.login import confirm
from api.auth.passwords import hash_password
from api.auth.users import set_password
from api.kit.database import NO_NUL
from api.kit.models import Role, User
from api.kit.problems import Problem, not_found
from api.pages.confirm import ConfirmationDep
from api.pages.view.attempts import Notice
from api.pages.view.people import build_account
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep, then
from api.requests.principal import Scope
from api.requests.redirects import local_path

router = APIRouter(prefix="/account", include_in_schema=False)
Password = Annotated[str, Form(max_length=1000)]


@router.get("")
def show_account(
    visit: VisitDep, to: Annotated[str, Query(alias="next", max_length=2000)] = ""
) -> Response:
    """Show a person's own account; who comes to choose a password goes on to *to* after it."""
    return _account_page(visit, _me(visit), after=to)


@router.post("/sessions/end")
def end_others(visit: VisitDep) -> Response:
    """Log out every other browser."""
    sessions.end_all(visit.session, _me(visit).id, but=visit.principal.session_id)
    return then("/account", "revoked")


@router.post("/sessions/{session_id}/end")
def end_one(session_id: str, visit: VisitDep) -> Response:
    """Log out one browser."""
    for one in sessions.sessions_of(visit.session, _me(visit).id):
        if one.id[: sessions.SHOWN_ID] == session_id:
            sessions.end(visit.session, one.id)
            return then("/account", "revoked")
    raise not_found(what="this session")


@router.post("/tokens")
def make_token(
    visit: VisitDep,
    name: Annotated[str, Form(min_length=1, max_length=100, pattern=NO_NUL)],
    scope: Annotated[list[Scope], Form(min_length=1)],
    days: Annotated[int, Form(ge=1, le=3650)],
) -> Response:
    """Make a token, and show it this once."""
    user = _me(visit)
    _, secret = tokens.add_noted(
        visit.session, visit.principal, name, scope, days, request_id=visit.request_id
    )
    return _account_page(visit, user, fresh=secret)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(token_id: str, visit: VisitDep, confirmation: ConfirmationDep) -> Response:
    """Revoke a token."""
    _me(visit)
    if not confirmation.given:
        question = visit.t("account.confirm_revoke")
        return confirmation.ask(visit, question, visit.t("account.revoke"))
    tokens.revoke_noted(visit.session, visit.principal, token_id, request_id=visit.request_id)
    return then("/account", "revoked")


@router.post("/password")
def change_password(
    visit: VisitDep,
    new: Password,
    old: Password = "",
    to: Annotated[str, Form(alias="next", max_length=2000)] = "",
) -> Response:
    """Change the password; every other browser is logged out."""
    visit.demand(Role.STUDENT, scope="admin")
    try:
        confirm(visit.services, visit.principal, old)
        kept = hash_password(new)
    except Problem as problem:
        wrong = problem.code == "login-failed"
        words = visit.t("account.password_wrong") if wrong else problem_words(problem, visit.t)
        notice = Notice(text=words, style="bad", role="alert")
        return _account_page(visit, _me(visit), notices=(notice,), status=problem.status, after=to)
    user = _me(visit)
    set_password(visit.session, user, kept, but_session=visit.principal.session_id)
    audit.record(
        visit.session,
        visit.principal,
        "account.password",
        f"user:{user.id}",
        request_id=visit.request_id,
    )
    return then(local_path(to, "/account"), "password")


def _me(visit: Visit) -> User:
    visit.demand(Role.STUDENT, scope="admin")
    return visit.session.get_one(User, visit.principal.user_id)


def _account_page(  # noqa: PLR0913  what a form may have to show again
    visit: Visit,
    user: User,
    *,
    notices: tuple[Notice, ...] = (),
    fresh: str = "",
    status: int = 200,
    after: str = "",
) -> Response:
    page = build_account(
        user,
        visit.principal,
        sessions.sessions_of(visit.session, user.id),
        tokens.tokens_of(visit.session, user.id),
        visit.clock,
        notices=notices,
        fresh=fresh,
        after=local_path(after, ""),
    )
    return visit.page("account", page, title=visit.t("account.title"), status=status)
