"""Browsers that are logged in: a row says so, and the cookie only names it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fastapi import Request
from fastapi.responses import RedirectResponse
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.kit.digests import random_token, sha256_of
from api.kit.models import LoginSession, User, now
from api.kit.settings import Settings
from api.requests import cookies
from api.requests.proxies import client_address
from api.requests.redirects import local_path

LONGEST_BROWSER_NAME = 200
SHOWN_ID = 16  # characters of a session's id: enough to name it
KEPT_AFTER_END = timedelta(days=30)


def enter(
    request: Request, session: Session, settings: Settings, user: User, *, to: str = "/"
) -> RedirectResponse:
    """
    Log the browser in as *user*, and lead it to the path *to* of this site.

    The token is always a new one, and what this browser was before ends: nobody can have planted
    a session that somebody else then logs in to.
    """
    end(session, sha256_of(cookies.session_token(request, settings)))
    token = start(
        session,
        settings,
        user,
        address=client_address(request, settings),
        browser=request.headers.get("user-agent", ""),
    )
    response = RedirectResponse(local_path(to), status_code=303)
    cookies.set_session(response, settings, token)
    return response


def leave(
    request: Request, session: Session, settings: Settings, *, to: str = "/"
) -> RedirectResponse:
    """Log the browser out, on our side and on its own."""
    end(session, sha256_of(cookies.session_token(request, settings)))
    response = RedirectResponse(local_path(to), status_code=303)
    cookies.clear_session(response, settings)
    return response


def start(
    session: Session, settings: Settings, user: User, *, address: str = "", browser: str = ""
) -> str:
    """Begin a session of *user* and return its token, which is kept nowhere."""
    token, moment = random_token(), now()
    _forget_old(session, user.id)
    session.add(
        LoginSession(
            id=sha256_of(token),
            user_id=user.id,
            created_at=moment,
            expires_at=moment + timedelta(hours=settings.session_hours),
            address=address,
            browser=browser[:LONGEST_BROWSER_NAME],
        )
    )
    return token


def sessions_of(session: Session, user_id: str) -> Sequence[LoginSession]:
    """Return where a person is logged in now, the newest first."""
    query = (
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now(),
        )
        .order_by(LoginSession.created_at.desc())
    )
    return session.scalars(query).all()


def end(session: Session, session_id: str) -> None:
    """End one session; one that is over already, or never was, is no error."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now())
    )


def end_all(session: Session, user_id: str, *, but: str | None = None) -> None:
    """End all sessions of a person, but for the one that is named."""
    ended = update(LoginSession).where(
        LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None)
    )
    if but is not None:
        ended = ended.where(LoginSession.id != but)
    session.execute(ended.values(revoked_at=now()))


def _forget_old(session: Session, user_id: str) -> None:
    session.execute(
        delete(LoginSession).where(
            LoginSession.user_id == user_id, LoginSession.expires_at < now() - KEPT_AFTER_END
        )
    )
