"""Accounts as an instructor runs them: added, changed, shut out and let in, all on the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit, links, users
from api.kit.models import Role, User
from api.kit.natural_order import natural_key
from api.kit.problems import Problem, not_found
from api.kit.settings import Settings
from api.requests.principal import Principal
from grader.words.message import message

TEXTS = ("name", "email", "section")


def find(session: Session, user_id: str) -> User:
    """Return an account; raise Problem 404 where there is none."""
    user = session.get(User, user_id)
    if user is None:
        raise not_found(what="this account")
    return user


def add_staff(  # noqa: PLR0913  what an account is
    session: Session,
    principal: Principal,
    login: str,
    role: Role,
    *,
    name: str = "",
    email: str = "",
    request_id: str,
) -> User:
    """Return a new account of a TA or an instructor; raise Problem as :func:`users.add_user`."""
    if role is Role.STUDENT:
        raise Problem(422, "bad-account", message("account.roster"))
    user = users.add_user(session, login, role, name=name, email=email)
    after = {"login": login, "role": role.value, "name": name}
    audit.record(session, principal, "user.add", f"user:{user.id}", None, after, request_id)
    return user


def change(
    session: Session,
    principal: Principal,
    user: User,
    wanted: Mapping[str, Any],
    *,
    request_id: str,
) -> None:
    """
    Set what *wanted* names: texts, ``role`` (a Role), ``enabled`` (whether they may log in).

    Whoever is shut out loses sessions, links and tokens at once; what they did stays.

    Raises:
        Problem: Before anything is changed: 422 for a student who would be staff, or staff in a
            section; 409 where nobody could run the course any more.

    """
    role = wanted.get("role", user.role)
    enabled = wanted.get("enabled", user.disabled_at is None)
    if wanted.get("section") and user.role is not Role.STUDENT:
        raise Problem(422, "bad-account", message("account.section", login=user.login))
    if not (enabled and role is Role.INSTRUCTOR):
        _require_another(session, user)
    before = values_of(user)
    users.change_role(user, role)
    for name in TEXTS:
        setattr(user, name, wanted.get(name, getattr(user, name)))
    _let_in(session, user, enabled=enabled)
    after = values_of(user)
    target = f"user:{user.id}"
    audit.record_change(session, principal, "user.change", target, before, after, request_id)


def one_time_link_noted(
    settings: Settings, session: Session, principal: Principal, user: User, *, request_id: str
) -> str:
    """
    Return a link that logs a member of staff in once, and note who made it.

    Raise Problem 422 for a student, whose own link is on the roster, and 409 for who is shut out.
    """
    if user.role is Role.STUDENT:
        raise Problem(422, "bad-account", message("account.student", login=user.login))
    if user.disabled_at is not None:
        raise Problem(409, "account-disabled", message("account.disabled", login=user.login))
    audit.record(session, principal, "user.link", f"user:{user.id}", request_id=request_id)
    return links.one_time_link(session, settings, user)


def sections(session: Session) -> list[str]:
    """Return the names of the sections that somebody is in."""
    found = session.scalars(select(User.section).where(User.section != "").distinct())
    return sorted(found, key=natural_key)


def values_of(user: User) -> dict[str, Any]:
    """Return what can be changed of an account, as JSON values."""
    return {
        "name": user.name,
        "email": user.email,
        "section": user.section,
        "role": user.role.value,
        "enabled": user.disabled_at is None,
    }


def _require_another(session: Session, user: User) -> None:
    """Raise Problem 409 where *user* is the last instructor who can log in."""
    if user.role is not Role.INSTRUCTOR or user.disabled_at is not None:
        return
    able = select(User.id).where(User.role == Role.INSTRUCTOR, User.disabled_at.is_(None))
    # Two who demote each other wait here, in one order, and the later one is refused.
    found = session.scalars(able.order_by(User.id).with_for_update()).all()
    if set(found) <= {user.id}:
        raise Problem(409, "last-instructor", message("account.last", login=user.login))


def _let_in(session: Session, user: User, *, enabled: bool) -> None:
    if enabled and user.disabled_at is not None:
        users.enable(user)
    if not enabled and user.disabled_at is None:
        users.disable(session, user)
