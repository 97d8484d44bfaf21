"""From a course on a learning platform to a page of ours, through the browser."""

from __future__ import annotations

import logging
import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from api.auth import audit, sessions
from api.kit.database import NO_NUL
from api.kit.digests import random_token
from api.kit.models import Role, User
from api.kit.models.lti import LtiPlatform
from api.kit.problems import Problem
from api.lti import accounts, courses, keys
from api.lti.claims import role_of
from api.lti.launch import deep_links, launches, logins
from api.lti.launch.launches import Launch
from api.lti.launch.signatures import PlatformKeys, refused
from api.lti.platforms import origin_of
from api.pages.lti.view import FramePage, told_page, window_page
from api.pages.view.home import edition_title
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep
from api.requests.dependencies import reading
from api.requests.identify import principal_of
from api.requests.security_headers import ANY_SITE, POLICY, policy_for_frame

router = APIRouter(include_in_schema=False)
SEE_OTHER = 303
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?")
_log = logging.getLogger(__name__)

Text = Annotated[str, Field(max_length=logins.LONGEST, pattern=NO_NUL)]
FormText = Annotated[str, Form(max_length=logins.LONGEST, pattern=NO_NUL)]
QueryText = Annotated[str, Query(max_length=logins.LONGEST, pattern=NO_NUL)]
Token = Annotated[str, Form(max_length=100_000, pattern=NO_NUL)]


class LoginRequest(BaseModel):
    """What a platform says to begin a login, by the names of the specification."""

    iss: Text = ""
    login_hint: Text = ""
    target_link_uri: Text = ""
    client_id: Text = ""
    lti_message_hint: Text = ""


@router.get(logins.LOGIN)
def begin_by_address(
    request: Request, visit: VisitDep, given: Annotated[LoginRequest, Query()]
) -> Response:
    """Begin a login that a platform asks for by an address."""
    return _begin(request, visit, given.model_dump())


@router.post(logins.LOGIN)
def begin_by_form(
    request: Request, visit: VisitDep, given: Annotated[LoginRequest, Form()]
) -> Response:
    """Begin a login that a platform asks for by a form."""
    return _begin(request, visit, given.model_dump())


@router.post(logins.LAUNCH)
def launch(
    request: Request,
    visit: VisitDep,
    id_token: Token = "",
    state: FormText = "",
    error: FormText = "",
) -> Response:
    """Take a launch: lead on to the course's page, or show what can be picked."""
    try:
        if error or not id_token:
            raise refused(reason=f"the platform says: {error[:60]}" if error else "it is empty")
        known = _keys_of(request)
        verified = launches.verify(visit.services, known, token=id_token, state=state)
        return _launched(visit, verified)
    except Problem as problem:
        return _told(visit, problem)


@router.get("/lti/enter")
def enter(
    request: Request, visit: VisitDep, pass_: Annotated[QueryText, Query(alias="pass")] = ""
) -> Response:
    """Log in the browser that began the login, and lead it to where the link goes."""
    browser = logins.browser_of(request, visit.settings)
    try:
        user_id, to = logins.passed(visit.settings, pass_, browser)
    except Problem as problem:
        return _told(visit, problem)
    with visit.services.sessions.begin() as session:  # a GET that writes: it opens its own
        user = session.get(User, user_id)
        if user is None or user.disabled_at is not None:
            raise refused(reason="the account was shut out")
        response = sessions.enter(request, session, visit.settings, user, to=to)
        asked, target = visit.request_id, f"user:{user.id}"
        audit.record(session, principal_of(user), "login.lti", target, request_id=asked)
    return response


def _begin(request: Request, visit: Visit, given: dict[str, str]) -> Response:
    try:
        if not (given["iss"] and given["login_hint"]):
            raise Problem(
                422, "lti-malformed", "a login has to name the platform (iss) and login_hint"
            )
        with reading(visit.services) as session:
            platform = logins.platform_of(session, given["iss"], given["client_id"])
        target = given["target_link_uri"]
        logins.demand_ours(visit.settings, target)
    except Problem as problem:
        return _told(visit, problem)
    framed = request.headers.get("sec-fetch-dest") == "iframe"
    if framed and not logins.leads_to_picking(visit.settings, target):
        again = f"{logins.LOGIN}?{urlencode({k: v for k, v in given.items() if v})}"
        return _framed(visit, window_page(visit.t, again), platform=platform)
    browser = logins.browser_of(request, visit.settings) or random_token()
    there = logins.begin(visit.settings, platform, browser, given)
    response = RedirectResponse(there, status_code=SEE_OTHER)
    logins.remember(response, visit.settings, browser)
    return response


def _launched(visit: Visit, launch: Launch) -> Response:
    services = visit.services
    with services.sessions.begin() as session:  # kept, though it may not be accepted yet
        met = courses.meet(session, launch)
    course = courses.demand_accepted(met)
    if launch.is_deep_linking:
        return _picking(visit, launch)
    with services.sessions.begin() as session:
        user = accounts.account_of(session, launch)
        edition = courses.note_link(services, session, launch, course)
    to = f"/#{edition}" if user.role is Role.STUDENT else f"/staff/{edition}".rstrip("/")
    if not edition:
        to = to.rstrip("#")
    return RedirectResponse(
        logins.pass_on(visit.settings, launch.login, user.id, to), status_code=SEE_OTHER
    )


def _picking(visit: Visit, launch: Launch) -> Response:
    """Show staff the assignments; no session is begun, since nothing here is anybody's."""
    if role_of(launch.claims.roles) not in {Role.TA, Role.INSTRUCTOR}:
        raise Problem(403, "lti-staff-only", "only the staff of a course add links to it")
    keys.ensure(visit.services)
    with reading(visit.services) as session:
        found = deep_links.choices(visit.services, session, launch)
    asked = launch.claims.deep_linking
    assert asked is not None
    if deep_links.CONTENT not in asked.accept_types:
        raise Problem(422, "lti-malformed", "the platform takes no links to tools here")
    page = FramePage(
        title=visit.t("lti.pick_title"),
        text=visit.t("lti.pick_lead"),
        form_to=asked.deep_link_return_url,
        choices=tuple((edition_title(one.edition, visit.t), one.token) for one in found),
    )
    return _framed(visit, page, platform=launch.platform, form_to=asked.deep_link_return_url)


def _told(visit: Visit, problem: Problem) -> Response:
    """Show what is wrong, in a frame of the platform as well."""
    _log.warning("lti: %s: %s", problem.code, problem.detail)
    page = told_page(visit.t, problem_words(problem, visit.t))
    response = _framed(visit, page, status=problem.status)
    response.headers.update(problem.headers)
    return response


def _framed(
    visit: Visit,
    page: FramePage,
    *,
    platform: LtiPlatform | None = None,
    form_to: str = "",
    status: int = 200,
) -> Response:
    """Return a page that others may frame: by whom it cannot be used against anybody."""
    sites = {ANY_SITE}
    if platform is not None:
        sites.add(_origin(platform.authorize_url))
    if form_to:
        assert platform is not None
        sites = {_origin(url) for url in (form_to, platform.authorize_url)}
    response = visit.page("lti_frame", page, title=page.title, status=status)
    response.headers[POLICY] = policy_for_frame(
        *sorted(sites), form_to=_origin(form_to) if form_to else ""
    )
    return response


def _origin(url: str) -> str:
    """Return the origin of an address; raise Problem 422 for one that is no plain host."""
    origin = origin_of(url)
    if not ORIGIN.fullmatch(origin):
        raise Problem(422, "lti-malformed", "the platform names an address that is none")
    return origin


def _keys_of(request: Request) -> PlatformKeys:
    """Return what is kept of the platforms' keys; one for the application."""
    state = request.app.state
    if not hasattr(state, "lti_platform_keys"):
        state.lti_platform_keys = PlatformKeys()
    kept: PlatformKeys = state.lti_platform_keys
    return kept
