"""A template and a view of finished strings -> a page, with the headers that a page has."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError

from api.kit.problems import Problem
from api.kit.services import Services
from api.pages.frame import build_frame, words_for
from api.pages.messages import Words
from api.pages.view.problem import build_problem
from api.requests.dependencies import reading
from api.requests.identify import identify
from api.requests.principal import Principal

HEADERS = {"Vary": "Accept-Language, Cookie"}


def render(  # noqa: PLR0913
    request: Request,
    principal: Principal,
    template: str,
    page: object,
    *,
    t: Words,
    title: str,
    width: str = "",
    status: int = 200,
) -> HTMLResponse:
    """Return the page of *template*; the template sees ``page``, ``frame`` and the words ``t``."""
    frame = build_frame(request, principal, t, title=title, width=width)
    markup = environment().get_template(f"{template}.html.j2").render(page=page, frame=frame, t=t)
    return HTMLResponse(markup, int(status), HEADERS)


def fragment(template: str, page: object, *, t: Words) -> HTMLResponse:
    """Return a piece of a page, for htmx to put in its place."""
    return HTMLResponse(markup_of(template, page, t=t), headers=HEADERS)


def markup_of(template: str, page: object, *, t: Words) -> str:
    """Return the markup of a piece of a page."""
    return environment().get_template(f"{template}.html.j2").render(page=page, t=t)


def problem_page(request: Request, problem: Problem) -> Response:
    """Render the page for a problem, or redirect to the login page where a login is missing."""
    t = words_for(request)
    if problem.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
        if request.headers.get("hx-request"):  # a login page is no piece of another page
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Refresh": "true"})
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return to_login(here)
    request_id = str(request.scope.get("state", {}).get("request_id", ""))
    page = build_problem(
        problem,
        request_id,
        t,
        back=request.headers.get("referer", ""),
        here=request.url.path,
        typed=_typed(request),
        titles=_titles(request, t.language),
    )
    principal = getattr(request.state, "principal", None) or _whoever(request, problem)
    answer = render(
        request,
        principal,
        "problem",
        page,
        t=t,
        title=page.title,
        status=problem.status,
    )
    answer.headers.update(problem.headers)
    return answer


def _whoever(request: Request, problem: Problem) -> Principal:
    """Return who sent a request that was too large to come to the part that asks."""
    if problem.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Principal()
    services: Services = request.app.state.services
    try:
        with reading(services) as session:
            return identify(request, session, services)
    except (Problem, SQLAlchemyError):
        return Principal()


def _typed(request: Request) -> dict[str, str]:
    """Return the text of the form that was sent, if anybody has read it."""
    if request._form is None:
        return {}
    return {name: value for name, value in request._form.items() if isinstance(value, str)}


def _titles(request: Request, language: str) -> dict[str, str]:
    """Return the titles of all criteria by their ids."""
    services: Services = request.app.state.services
    return {
        one.id: one.title.in_language(language)
        for edition in services.editions.values()
        for one in edition.rubric.criteria
    }


def to_login(after: str) -> RedirectResponse:
    """Return the way to the login page, and from there back to *after*."""
    return RedirectResponse(f"/login?next={quote(after, safe='')}", status_code=303)


@cache
def environment() -> Environment:
    """Return the environment: everything is escaped, and a misspelt name is an error."""
    return Environment(
        loader=PackageLoader("api.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
