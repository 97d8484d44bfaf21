"""Our cookies, the session's and the asked page's: names, attributes, reading them back."""

from __future__ import annotations

from urllib.parse import quote, unquote

from fastapi import Request, Response

from api.kit.settings import Settings
from api.requests.redirects import local_path

NAME = "grader-session"
SECURE_NAME = f"__Host-{NAME}"  # browsers take it over TLS alone, from this very host, path /
ASKED_NAME = "grader-next"
ASKED_PATH = "/login"
ASKED_SECONDS = 900


def name(settings: Settings) -> str:
    """Return what the session cookie is called here."""
    return SECURE_NAME if settings.secure_cookies else NAME


def session_token(request: Request, settings: Settings) -> str:
    """Return the token in the session cookie, ``""`` where there is none."""
    return request.cookies.get(name(settings), "")


def set_session(response: Response, settings: Settings, token: str) -> None:
    """Give the browser the token, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        name(settings),
        token,
        max_age=int(settings.session_hours * 3600),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, settings: Settings) -> None:
    """Take the token back."""
    response.delete_cookie(
        name(settings), path="/", secure=settings.secure_cookies, httponly=True, samesite="lax"
    )


def asked_page(request: Request) -> str:
    """Return the page that this browser asked for before its login, ``/`` for none."""
    return local_path(unquote(request.cookies.get(ASKED_NAME, "")))


def set_asked_page(response: Response, settings: Settings, path: str) -> None:
    """Keep the page that was asked for until the person has logged in; ``/`` forgets it."""
    response.set_cookie(
        ASKED_NAME,
        quote(path, safe="/"),
        max_age=ASKED_SECONDS if path != "/" else 0,
        path=ASKED_PATH,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
