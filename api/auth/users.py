"""Accounts: made, found, given a password, disabled."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.auth import sessions
from api.kit.models import ApiToken, LoginLink, Role, User, now
from api.kit.problems import Problem

LONGEST_LOGIN = 64
LOGIN = re.compile(rf"\S{{1,{LONGEST_LOGIN}}}")
STAFF = (Role.TA, Role.INSTRUCTOR)


def add_user(
    session: Session,
    login: str,
    role: Role,
    *,
    name: str = "",
    email: str = "",
) -> User:
    """
    Return a new account. A student's login is the id.

    Raise Problem 409 where the login is taken, 422 where nobody could type it.
    """
    if not LOGIN.fullmatch(login) or not login.isprintable():
        raise Problem(
            422,
            "login-unusable",
            f"{login[:70]!r} is no login: 1 to {LONGEST_LOGIN} characters without spaces that can"
            " be printed",
        )
    if find_user(session, login) is not None:
        raise Problem(409, "login-taken", f"there is an account {login!r} already")
    user = new_user(session, login, role, name=name, email=email)
    session.flush()
    return user


def new_user(session: Session, login: str, role: Role, *, name: str = "", email: str = "") -> User:
    """Return a new account of a login that nobody has."""
    user = User(
        login=login,
        role=role,
        name=name,
        email=email,
        student_id=login if role is Role.STUDENT else None,
    )
    session.add(user)
    return user


def find_user(session: Session, login: str) -> User | None:
    """Return the account with this login, disabled or not."""
    return session.scalar(select(User).where(User.login == login))


def all_users(session: Session) -> Sequence[User]:
    """Return all accounts: the staff first, then by login."""
    query = select(User).order_by(User.role == Role.STUDENT, User.login)
    return session.scalars(query).all()


def change_role(user: User, role: Role) -> None:
    """Make somebody a TA or an instructor, or no longer; raise Problem 422 for a student."""
    if Role.STUDENT in {role, user.role} and role is not user.role:
        raise Problem(
            422, "student-role", f"{user.login} is {user.role}: add an account of another login"
        )
    user.role = role


def all_staff(session: Session) -> Sequence[User]:
    """Return the accounts of staff, those that are shut out too: instructors first, by login."""
    query = select(User).where(User.role.in_(STAFF)).order_by(User.role, User.login)
    return session.scalars(query).all()


def has_instructor(session: Session) -> bool:
    """Return whether somebody can run the course: a new service has nobody."""
    query = select(User.id).where(User.role == Role.INSTRUCTOR, User.disabled_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def set_password(
    session: Session, user: User, password_hash: str, *, but_session: str | None = None
) -> None:
    """
    Give the account a password and end its sessions, but for the one that is named.

    One-time links end, too. A student's personal link stays: whoever has got hold of a session or
    of the link cannot lock the student out with it.

    The hash comes from :func:`api.auth.passwords.hash_password`, made before the transaction
    began: it takes a tenth of a second in which nobody else could write.
    """
    user.password_hash = password_hash
    sessions.end_all(session, user.id, but=but_session)
    _use_up_links(session, user)


def disable(session: Session, user: User) -> None:
    """Shut somebody out at once, for good where the account is enabled again: all keys end."""
    user.disabled_at = now()
    _end_keys(session, user)


def end_access(session: Session, student: User) -> None:
    """
    End every way in that a student has, but for single sign-on: all that a leaked link may open.

    Whoever had the link could make sessions, tokens and a first password, so all of them go.
    """
    _end_keys(session, student)
    student.password_hash = None


def _end_keys(session: Session, user: User) -> None:
    sessions.end_all(session, user.id)
    _use_up_links(session, user)
    user.link_version += 1  # personal links are signed with it
    session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now())
    )


def enable(user: User) -> None:
    """Enable an account again; its sessions, links and tokens stay revoked."""
    user.disabled_at = None


def _use_up_links(session: Session, user: User) -> None:
    """Make every one-time link that was handed out worthless."""
    session.execute(
        update(LoginLink)
        .where(LoginLink.user_id == user.id, LoginLink.used_at.is_(None))
        .values(used_at=now())
    )
