"""
Links that log somebody in.

A one-time link is for anybody and holds once; a personal link is a student's, signed, and holds
until it is revoked or expires. Mail scanners and previews open addresses: opening one only says
whose it is (:func:`owner`), and the button on that page uses it (:func:`redeem`).
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from itsdangerous import BadSignature
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.kit.digests import random_token, sha256_of, signer
from api.kit.models import LoginLink, Role, User, now
from api.kit.problems import Problem
from api.kit.settings import Settings

ONE_TIME_HOURS = 24.0
PATH = "/login/link/"
DAY_SECONDS = 86_400


def one_time_link(
    session: Session, settings: Settings, user: User, *, hours: float = ONE_TIME_HOURS
) -> str:
    """Return a link that logs *user* in once, within *hours*."""
    token = random_token()
    expires = now() + timedelta(hours=hours)
    session.add(LoginLink(id=sha256_of(token), user_id=user.id, expires_at=expires))
    return _address(settings, token)


def personal_link(settings: Settings, user: User) -> str:
    """Return a student's own link, good until revoked; raise Problem 422 for staff."""
    if user.role is not Role.STUDENT:
        raise Problem(422, "students-only", "only students have personal links")
    return _address(
        settings, signer(settings.signing_key, "personal-link").dumps([user.id, user.link_version])
    )


def leading_to(link: str, path: str) -> str:
    """Return a link that leads to *path* of this site after the login."""
    return f"{link}?next={quote(path, safe='')}"


def owner(session: Session, settings: Settings, token: str) -> User:
    """Return whom a link would log in, without using it; raise Problem 410 where nobody."""
    user = _personal(session, settings, token) or session.scalar(
        select(User)
        .join(LoginLink, LoginLink.user_id == User.id)
        .where(
            LoginLink.id == sha256_of(token),
            LoginLink.used_at.is_(None),
            LoginLink.expires_at > now(),
        )
    )
    return _admitted(user)


def redeem(session: Session, settings: Settings, token: str) -> User:
    """Return whom the link logs in; a one-time link is used up by this, whoever was first."""
    user = _personal(session, settings, token)
    if user is None:
        used = (
            update(LoginLink)
            .where(
                LoginLink.id == sha256_of(token),
                LoginLink.used_at.is_(None),
                LoginLink.expires_at > now(),
            )
            .values(used_at=now())
            .returning(LoginLink.user_id)
        )
        user_id = session.scalar(used)
        user = session.get(User, user_id) if user_id else None
    return _admitted(user)


def _admitted(user: User | None) -> User:
    if user is None or user.disabled_at is not None:
        raise Problem(
            410, "link-void", "this link was used, revoked or is too old; ask for a new one"
        )
    return user


def _personal(session: Session, settings: Settings, token: str) -> User | None:
    longest = settings.link_days * DAY_SECONDS
    try:
        user_id, version = signer(settings.signing_key, "personal-link").loads(
            token, max_age=int(longest)
        )
    except (BadSignature, ValueError, TypeError):
        return None
    user = session.get(User, user_id) if isinstance(user_id, str) else None
    holds = user is not None and user.role is Role.STUDENT and user.link_version == version
    return user if holds else None


def _address(settings: Settings, token: str) -> str:
    return f"{settings.public_url.rstrip('/')}{PATH}{token}"
