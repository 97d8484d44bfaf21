"""Coming and going: password, personal link, single sign-on, logging out, and the language."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import audit, links, sessions
from api.auth.login import log_in
from api.kit.models import Role, User
from api.kit.problems import Problem
from api.pages.frame import LANGUAGE_COOKIE
from api.pages.visit import Visit, VisitDep
from api.requests import cookies
from api.requests.identify import principal_of
from api.requests.redirects import local_path

router = APIRouter(include_in_schema=False)
YEAR_SECONDS = 31_536_000
Next = Annotated[str, Query(alias="next", max_length=2000)]
NextField = Annotated[str, Form(alias="next", max_length=2000)]


@dataclass(frozen=True, kw_only=True)
class LoginPage:
    """The ways in."""

    error: str
    sso: str
    next: str
    login: str
    new_link: str


@dataclass(frozen=True, kw_only=True)
class LinkPage:
    """Whom a link logs in; only its button does it."""

    action: str
    next: str
    lead: str
    button: str


@router.get("/language/{language}")
def choose_language(language: Literal["en", "zh_TW"], visit: VisitDep, to: Next = "/") -> Response:
    """Keep the language in a cookie and go back to where it was chosen."""
    response = RedirectResponse(local_path(to), status_code=HTTPStatus.SEE_OTHER)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=YEAR_SECONDS,
        path="/",
        secure=visit.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/login")
def show_login(visit: VisitDep, to: Next = "/") -> Response:
    """Show the login page; redirect those who are logged in already."""
    if visit.principal.role is not None:
        return RedirectResponse(local_path(to), status_code=HTTPStatus.SEE_OTHER)
    return _login_page(visit, to=to)


@router.post("/login")
def log_in_with_password(
    request: Request,
    visit: VisitDep,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    to: NextField = "/",
) -> Response:
    """Log in, or show the form again with the login that was typed."""
    try:
        user = log_in(
            visit.services,
            login=login.strip(),
            password=password,
            address=visit.principal.address,
        )
    except Problem as problem:
        if problem.status != HTTPStatus.UNAUTHORIZED:
            raise
        return _login_page(visit, to=to, login=login, error=visit.t("login.refused"))
    response = sessions.enter(request, visit.session, visit.settings, user, to=local_path(to))
    audit.record(
        visit.session,
        principal_of(user),
        "login.password",
        f"user:{user.id}",
        request_id=visit.request_id,
    )
    return response


@router.get("/login/link/{token}")
def show_link(token: str, visit: VisitDep, to: Next = "/") -> Response:
    """Say whom the link logs in; a mail scanner that opens it uses nothing up."""
    user = links.owner(visit.session, visit.settings, token)
    who = user.name or user.login
    page = LinkPage(
        action=f"{links.PATH}{quote(token, safe='')}",
        next=local_path(to),
        lead=visit.t("link.lead", who=f"{who} ({user.login})" if user.name else who),
        button=visit.t("link.button", who=who),
    )
    return visit.page("link", page, title=visit.t("link.title"), width="narrow")


@router.post("/login/link/{token}")
def use_link(token: str, request: Request, visit: VisitDep, to: NextField = "/") -> Response:
    """Log in by the link, which leads to the page that it names or that was asked for before."""
    user = links.redeem(visit.session, visit.settings, token)
    audit.record(
        visit.session,
        principal_of(user),
        "login.link",
        f"user:{user.id}",
        request_id=visit.request_id,
    )
    asked = local_path(to)
    target = _first_place(user, asked if asked != "/" else cookies.asked_page(request))
    response = sessions.enter(request, visit.session, visit.settings, user, to=target)
    cookies.set_asked_page(response, visit.settings, "/")
    return response


def _first_place(user: User, asked: str) -> str:
    """Return where a link leads: staff without a password choose one, since theirs works once."""
    if user.role is Role.STUDENT or user.password_hash is not None:
        return asked
    after = f"&next={quote(asked, safe='')}" if asked != "/" else ""
    return f"/account?done=choose_password{after}#password"


@router.post("/logout")
def log_out(request: Request, visit: VisitDep) -> Response:
    """Log this browser out."""
    return sessions.leave(request, visit.session, visit.settings)


def _login_page(visit: Visit, *, to: str, login: str = "", error: str = "") -> Response:
    target = local_path(to)
    single = bool(visit.settings.oidc_issuer)
    page = LoginPage(
        error=error,
        sso=f"/login/oidc?next={quote(target, safe='')}" if single else "",
        next=target,
        login=login,
        new_link=f"/login/new-link?next={quote(target, safe='')}"
        if visit.settings.mail_from
        else "",
    )
    status = HTTPStatus.UNAUTHORIZED if error else HTTPStatus.OK
    title = visit.t("login.title")
    response = visit.page("login", page, title=title, width="narrow", status=status)
    cookies.set_asked_page(response, visit.settings, target)
    return response
