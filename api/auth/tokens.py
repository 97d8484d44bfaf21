"""API tokens: keys for scripts, with only the scopes that they were given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.digests import random_token, sha256_of
from api.kit.models import ApiToken, Role, now
from api.kit.problems import Problem, not_found
from api.requests.principal import SCOPES, Principal

PREFIX = "qlg_"  # so that secret scanners and people recognise one
MOST = 20
SCOPES_OF = {
    Role.STUDENT: frozenset({"submit", "read"}),
    Role.TA: frozenset({"submit", "read", "grade"}),
    Role.INSTRUCTOR: frozenset(SCOPES),
}


def add_token(
    session: Session, principal: Principal, name: str, scopes: Iterable[str], days: int | None
) -> tuple[ApiToken, str]:
    """
    Return a new token's row and the token itself, which is kept nowhere.

    Raise Problem 403 for scopes that the maker does not have, 409 for too many tokens.
    """
    asked = frozenset(scopes)
    _check(session, principal, asked)
    secret = PREFIX + random_token()
    token = ApiToken(
        user_id=principal.user_id,
        name=name,
        sha256=sha256_of(secret),
        scopes=sorted(asked),
        expires_at=now() + timedelta(days=days) if days else None,
    )
    session.add(token)
    session.flush()
    return token, secret


def tokens_of(session: Session, user_id: str) -> Sequence[ApiToken]:
    """Return a person's tokens that hold, the newest first."""
    query = (
        select(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc())
    )
    return session.scalars(query).all()


def add_noted(  # noqa: PLR0913  a token's parts
    session: Session,
    principal: Principal,
    name: str,
    scopes: Iterable[str],
    days: int | None,
    *,
    request_id: str,
) -> tuple[ApiToken, str]:
    """Return what :func:`add_token` returns, and note who made the token."""
    token, secret = add_token(session, principal, name, scopes, days)
    audit.record(
        session,
        principal,
        "token.create",
        f"token:{token.id}",
        after={"name": token.name, "scopes": token.scopes},
        request_id=request_id,
    )
    return token, secret


def revoke_noted(
    session: Session, principal: Principal, token_id: str, *, request_id: str
) -> None:
    """End one of the person's own tokens and note who did; raise Problem 404 for any other."""
    token = session.get(ApiToken, token_id)
    if token is None or token.user_id != principal.user_id:
        raise not_found(what="this token")
    token.revoked_at = token.revoked_at or now()
    audit.record(
        session,
        principal,
        "token.revoke",
        f"token:{token.id}",
        before={"name": token.name},
        request_id=request_id,
    )


def _check(session: Session, principal: Principal, asked: frozenset[str]) -> None:
    allowed = SCOPES_OF[principal.role] if principal.role else frozenset()
    beyond = asked - (allowed & principal.scopes)
    if beyond:
        raise Problem(
            403, "scope-beyond-role", f"your account may not give {', '.join(sorted(beyond))}"
        )
    if principal.user_id and len(tokens_of(session, principal.user_id)) >= MOST:
        raise Problem(409, "too-many-tokens", f"you have {MOST} tokens; revoke one first")
