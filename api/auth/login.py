"""Logging in with a password: counted, equally slow for all, silent about which was wrong."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from api.auth import rates
from api.auth.passwords import hash_password, is_outdated, password_holds
from api.auth.users import find_user
from api.kit.models import LoginSession, Role, User, now
from api.kit.problems import Problem
from api.kit.services import Services
from api.requests.dependencies import reading
from api.requests.principal import Principal

FRESH = timedelta(minutes=15)  # how young a login has to be that sets a first password


def log_in(services: Services, *, login: str, password: str, address: str) -> User:
    """
    Return the account; raise Problem 401 for a wrong pair, 429 after too many.

    Every attempt is counted before it is looked at, for the account and for the address, and a
    right one is taken off again. It commits transactions of its own, since a failure has to count:
    its caller must not hold one open.
    """
    login = login.replace("\0", "")  # which PostgreSQL takes in no text
    keys = (f"login:account:{login[:200]}", rates.address_key("login", address))
    with services.sessions.begin() as session:
        for key in keys:
            rates.spend(session, key, services.settings.logins_per_minute)
        user = find_user(session, login)
    kept = user.password_hash if user else None
    if not password_holds(password, kept) or user is None or user.disabled_at is not None:
        raise _refused()
    with services.sessions.begin() as session:
        for key in keys:
            rates.refund(session, key)
        return _refreshed(session, user.id, password)


def confirm(services: Services, principal: Principal, password: str) -> None:
    """
    Raise Problem unless who is logged in may set a new password, as :func:`log_in` does.

    That takes the present one. A student's first takes a fresh login instead, by link or
    university account: an open browser that somebody else finds is not enough. Staff are logged
    in by a link that works once, so theirs may come later.
    """
    with reading(services) as session:  # nothing may be open while a login is counted
        has_password = session.get_one(User, principal.user_id).password_hash is not None
        opened = session.get(LoginSession, principal.session_id) if principal.session_id else None
        is_fresh = opened is not None and now() - opened.created_at < FRESH
    if has_password:
        log_in(services, login=principal.login, password=password, address=principal.address)
    elif principal.role is Role.STUDENT and not is_fresh:
        raise Problem(
            403,
            "login-stale",
            "log out, and log in again with your personal link or university account; you can set"
            f" your first password within {FRESH.seconds // 60} minutes after that",
        )


def _refreshed(session: Session, user_id: str, password: str) -> User:
    """Return the account as it is now, with a new hash where its cost settings are outdated."""
    user = session.get(User, user_id)
    if user is None or user.disabled_at is not None or user.password_hash is None:
        raise _refused()
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    return user


def _refused() -> Problem:
    return Problem(401, "login-failed", "login or password is wrong")
