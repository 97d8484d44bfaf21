"""
A login that a platform begins: to the platform, and back with state, nonce and the same browser.

Nothing is kept between the two requests. The state is signed and holds the nonce; the browser
has to bring the cookie that it names. The platform's answer comes as a form of another site, with
which browsers send no cookie, so it is verified first and the browser led on to a page of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import Request, Response
from itsdangerous import BadSignature
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.kit.digests import random_token, sha256_of, signer
from api.kit.models.lti import LtiPlatform
from api.kit.problems import Problem
from api.kit.settings import Settings
from api.lti.launch.signatures import refused
from api.requests.redirects import local_path

LOGIN = "/lti/login"
LAUNCH = "/lti/launch"
PICK = "/lti/deep-link"  # the target by which a platform has staff pick an assignment
COOKIE = "grader-lti"
SECONDS = 600
ENTER_SECONDS = 120
LONGEST = 10_000  # of what a platform has us hand back


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What the state says about a login that was begun."""

    platform_id: str
    nonce: str
    browser: str  # sha256 of its cookie


def platform_of(session: Session, issuer: str, client_id: str) -> LtiPlatform:
    """Return the platform that begins a login; raise Problem 403 for none, or several."""
    query = select(LtiPlatform).where(LtiPlatform.issuer == issuer)
    if client_id:
        query = query.where(LtiPlatform.client_id == client_id)
    found = session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise Problem(
            403,
            "lti-unknown-issuer",
            "this learning platform is not registered here, or did not say as which client; the"
            " operator registers it with 'grader lti register'",
        )
    return found[0]


def demand_ours(settings: Settings, target: str) -> None:
    """Raise Problem 403 for a target that is no address of this site."""
    site = settings.public_url.rstrip("/")
    path = target.removeprefix(site) if target.startswith(f"{site}/") else ""
    if not local_path(path, ""):
        raise Problem(
            403,
            "lti-elsewhere",
            f"the link leads elsewhere; a link to this service begins with {site}/",
        )


def leads_to_picking(settings: Settings, target: str) -> bool:
    """Return whether a login is begun so that staff pick an assignment, in the platform's page."""
    return target == settings.public_url.rstrip("/") + PICK


def begin(settings: Settings, platform: LtiPlatform, browser: str, given: dict[str, str]) -> str:
    """Return the address at the platform where the browser has to go; *given* is its request."""
    nonce = random_token()
    state = {"p": platform.id, "n": nonce, "b": sha256_of(browser)}
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": settings.public_url.rstrip("/") + LAUNCH,
        "login_hint": given["login_hint"],
        "state": signer(settings.signing_key, "lti-login").dumps(state),
        "nonce": nonce,
    }
    if hint := given.get("lti_message_hint"):
        asked["lti_message_hint"] = hint
    return str(httpx.URL(platform.authorize_url).copy_merge_params(asked))


def begun(settings: Settings, state: str) -> Begun:
    """Return what a state of ours says; raise Problem 403 for any other, or one too old."""
    told = _read(settings, "lti-login", state, SECONDS)
    return Begun(platform_id=told["p"], nonce=told["n"], browser=told["b"])


def pass_on(settings: Settings, login: Begun, user_id: str, to: str) -> str:
    """Return the path on which the browser that began the login becomes *user_id*."""
    told = {"u": user_id, "b": login.browser, "to": to}
    return f"/lti/enter?pass={signer(settings.signing_key, 'lti-pass').dumps(told)}"


def passed(settings: Settings, pass_: str, browser: str) -> tuple[str, str]:
    """
    Return who enters and where they go; raise Problem 403 unless it is the same browser.

    A browser that keeps no cookies in a frame of another site is told to open the link alone.
    """
    told = _read(settings, "lti-pass", pass_, ENTER_SECONDS)
    if not browser or sha256_of(browser) != told["b"]:
        raise Problem(
            403,
            "lti-cookies",
            "the browser did not keep this site's cookie, as browsers do in a frame of another"
            " site; open the link in a new window or tab",
        )
    return told["u"], local_path(told["to"])


def browser_of(request: Request, settings: Settings) -> str:
    """Return the token of this browser, ``""`` where it has none."""
    return request.cookies.get(cookie_name(settings), "")


def remember(response: Response, settings: Settings, browser: str) -> None:
    """Have the browser keep its token until it is back."""
    response.set_cookie(
        cookie_name(settings),
        browser,
        max_age=SECONDS,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def cookie_name(settings: Settings) -> str:
    """Return what the cookie between the requests is called here."""
    return f"__Host-{COOKIE}" if settings.secure_cookies else COOKIE


def _read(settings: Settings, purpose: str, text: str, seconds: int) -> dict[str, Any]:
    try:
        told: dict[str, Any] = signer(settings.signing_key, purpose).loads(text, max_age=seconds)
    except BadSignature:
        raise refused(reason="its state is missing, not ours, or too old") from None
    return told
