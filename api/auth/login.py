"""Logging in with a password: counted, equally slow for all, silent about which was wrong."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api import rates
from api.auth.passwords import hash_password, is_outdated, password_holds
from api.auth.users import find_user
from api.models import User
from api.problems import Problem
from api.services import Services


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


def _refreshed(session: Session, user_id: str, password: str) -> User:
    """Return the account as it is now, its hash made anew where its costs are yesterday's."""
    user = session.get(User, user_id)
    if user is None or user.disabled_at is not None or user.password_hash is None:
        raise _refused()
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    return user


def _refused() -> Problem:
    return Problem(401, "login-failed", "login or password is wrong")
