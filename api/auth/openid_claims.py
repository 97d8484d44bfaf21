"""Find the account for verified OpenID claims, never by a claim that users can choose."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.auth.users import STAFF
from api.kit.models import Role, User
from api.kit.problems import Problem
from api.kit.settings import Settings

Claims = dict[str, Any]


def account_of(session: Session, settings: Settings, claims: Claims) -> User:
    """
    Return the account; raise Problem 403 where there is none.

    An account that was linked is found by issuer and subject alone. A first login links a student
    of the roster by the claim that the operator chose, or staff by a verified e-mail address (or
    by the claim chosen for them). An account with another subject is never linked again.
    """
    subject = f"{claims['iss']} {claims['sub']}"
    user = session.scalar(select(User).where(User.oidc_subject == subject))
    if user is None:
        user = _student(session, settings, claims) or _staff(session, settings, claims)
        if user is not None:
            user.oidc_subject = subject
    if user is None or user.disabled_at is not None:
        raise Problem(
            403,
            "not-on-roster",
            "you are logged in at the university, but not on this course's roster; ask the"
            " instructor",
        )
    return user


def _student(session: Session, settings: Settings, claims: Claims) -> User | None:
    student_id = _verified(claims, settings.oidc_student_claim)
    if not student_id:
        return None
    return _only_unlinked(
        session, User.role == Role.STUDENT, func.lower(User.student_id) == student_id.lower()
    )


def _staff(session: Session, settings: Settings, claims: Claims) -> User | None:
    if email := _verified(claims, "email"):
        found = _only_unlinked(
            session, User.role.in_(STAFF), func.lower(User.email) == email.lower()
        )
        if found is not None:
            return found
    if settings.oidc_staff_claim and (login := _verified(claims, settings.oidc_staff_claim)):
        return _only_unlinked(session, User.role.in_(STAFF), User.login == login)
    return None


def _verified(claims: Claims, name: str) -> str:
    """Return a claim's text; an address that the provider did not verify is none."""
    value = claims.get(name)
    if not isinstance(value, str) or (
        name == "email" and claims.get("email_verified") is not True
    ):
        return ""
    return value.strip()


def _only_unlinked(session: Session, *conditions: Any) -> User | None:
    """Return the one account that matches and was never linked; two that match are none."""
    found = session.scalars(select(User).where(*conditions).limit(2)).all()
    return found[0] if len(found) == 1 and found[0].oidc_subject is None else None
