"""Find out who makes a request: a browser session, an API token, a result key, or nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased, joinedload

from api.kit.digests import sha256_of
from api.kit.models import ApiToken, GroupMember, LoginSession, User, now
from api.kit.problems import Problem
from api.kit.services import Services
from api.requests import cookies
from api.requests.principal import Principal
from api.requests.proxies import client_address

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
RESULT_KEY_HEADER = "x-result-key"
USE_IS_NOTED_EVERY = timedelta(hours=1)


def identify(request: Request, session: Session, services: Services) -> Principal:
    """
    Return who makes the request; raise Problem 401 for an API token that does not hold.

    A token counts before the cookie, since only a script can send one. A cookie that no longer
    holds is nobody's. Result keys (``X-Result-Key``, ``?key=``, ``/r/{key}``) add to either.
    """
    address = client_address(request, services.settings)
    keys = _result_keys(request)
    if token := bearer_token(request):
        found = _usable_token(session, token)
        _note_use(request, session, services, found)
        person = principal_of(found.user, address=address, result_keys=keys)
        return _with_mates(session, replace(person, scopes=frozenset(found.scopes)))
    login = _open_session(session, cookies.session_token(request, services.settings))
    if login is None:
        return Principal(address=address, result_keys=keys)
    person = principal_of(login.user, session_id=login.id, address=address, result_keys=keys)
    return _with_mates(session, person)


def _with_mates(session: Session, person: Principal) -> Principal:
    """Return a person with those whose work they see, too."""
    if person.student_id is None:
        return person
    other = aliased(GroupMember)
    together = (other.edition == GroupMember.edition) & (other.lead == GroupMember.lead)
    query = select(other.edition, other.student_id).join(GroupMember, together)
    found = session.execute(query.where(GroupMember.student_id == person.student_id))
    return replace(person, mates=frozenset((edition, mate) for edition, mate in found))


def principal_of(
    user: User,
    *,
    session_id: str | None = None,
    address: str = "",
    result_keys: frozenset[str] = frozenset(),
) -> Principal:
    """Return the principal that a logged-in person is."""
    return Principal(
        user_id=user.id,
        login=user.login,
        role=user.role,
        student_id=user.student_id,
        session_id=session_id,
        address=address,
        result_keys=result_keys,
    )


def bearer_token(request: Request) -> str:
    """Return the token of ``Authorization: Bearer``, ``""`` where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _result_keys(request: Request) -> frozenset[str]:
    given = (
        request.headers.get(RESULT_KEY_HEADER),
        request.query_params.get("key"),
        request.path_params.get("key"),
    )
    return frozenset(sha256_of(key) for key in given if key)


def _open_session(session: Session, token: str) -> LoginSession | None:
    if not token:
        return None
    query = (
        select(LoginSession)
        .join(LoginSession.user)
        .options(joinedload(LoginSession.user))
        .where(
            LoginSession.id == sha256_of(token),
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now(),
            User.disabled_at.is_(None),
        )
    )
    return session.scalar(query)


def _usable_token(session: Session, token: str) -> ApiToken:
    query = select(ApiToken).options(joinedload(ApiToken.user))
    found = session.scalar(query.where(ApiToken.sha256 == sha256_of(token)))
    if found is None or not _holds(found):
        raise Problem(
            401,
            "token-invalid",
            "this API token is unknown, revoked or expired; make a new one on your account page",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    return found


def _holds(token: ApiToken) -> bool:
    expired = token.expires_at is not None and token.expires_at <= now()
    return not expired and token.revoked_at is None and token.user.disabled_at is None


def _note_use(request: Request, session: Session, services: Services, token: ApiToken) -> None:
    moment = now()
    if token.last_used_at is not None and moment - token.last_used_at < USE_IS_NOTED_EVERY:
        return
    if request.method not in SAFE_METHODS:
        _write_use(session, token.id, moment)
        return
    session.commit()  # it only reads, and must not hold its connection while it waits for another
    with services.sessions.begin() as own:
        _write_use(own, token.id, moment)


def _write_use(session: Session, token_id: str, moment: datetime) -> None:
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .values(last_used_at=moment)
        .execution_options(synchronize_session=False)
    )
