"""The one cookie: its name, its attributes, and reading it back."""

from __future__ import annotations

from fastapi import Request, Response

from api.kit.settings import Settings

NAME = "grader-session"
SECURE_NAME = f"__Host-{NAME}"  # browsers take it over TLS alone, from this very host, path /


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
