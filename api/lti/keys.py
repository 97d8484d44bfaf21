"""
The service's own keys: platforms know it by them.

A key is drawn where there is none. Its private half is kept encrypted with a key derived from the
service's secret key, so a copy of the database alone signs nothing. A new key is published at
once and signs an hour later, when platforms have had time to read it; the one before stays
published for a week.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.kit.digests import keyed
from api.kit.models import now
from api.kit.models.lti import LtiKey
from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.settings import Settings
from api.requests.dependencies import reading

ALGORITHM = "RS256"  # what every platform has to know
BITS = 2048
SEAL = {"alg": "dir", "enc": "A256GCM"}
SIGNS_AFTER = timedelta(hours=1)
PUBLISHED_AFTER = timedelta(days=7)  # that a newer one signs


def add_key(session: Session, settings: Settings) -> LtiKey:
    """Draw a key, to be published from now on."""
    key = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM})
    sealed = jwe.encrypt_compact(SEAL, json.dumps(key.as_dict(private=True)), _seal(settings))
    row = LtiKey(id=key.thumbprint(), public=dict(key.as_dict(private=False)), sealed=sealed)
    session.add(row)
    session.flush()
    return row


def published(session: Session) -> dict[str, Any]:
    """Return the JWKS that platforms read."""
    return {"keys": [{**row.public, "kid": row.id} for row in _all(session)]}


def ensure(services: Services) -> None:
    """Draw a key where there is none."""
    with reading(services) as session:
        if session.scalar(select(LtiKey.id).limit(1)) is not None:
            return
    with services.sessions.begin() as session:
        add_key(session, services.settings)


def sign(session: Session, settings: Settings, claims: dict[str, Any]) -> str:
    """Return a token of ours with these claims."""
    kid, key = signing_key(session, settings)
    return jwt.encode({"alg": ALGORITHM, "kid": kid}, claims, key)


def signing_key(session: Session, settings: Settings) -> tuple[str, RSAKey]:
    """Return the key that signs now; raise Problem 503 where it cannot be opened."""
    rows = _all(session)
    if not rows:
        raise Problem(503, "lti-no-key", "no key has been drawn; run 'grader lti rotate-key'")
    row = _signing(rows, now())
    try:
        opened = jwe.decrypt_compact(row.sealed, _seal(settings)).plaintext or b""
    except JoseError:
        raise Problem(
            503,
            "lti-key-sealed",
            "the key was made under another GRADER_SECRET_KEY; put that back, or run 'grader lti"
            " rotate-key --now'",
        ) from None
    return row.id, RSAKey.import_key(json.loads(opened))


def forget_all(session: Session) -> None:
    """Delete every key, for one that leaked or whose seal is lost."""
    for row in _all(session):
        session.delete(row)
    session.flush()


def outdated(session: Session, moment: datetime) -> list[str]:
    """Return the keys that stopped to sign so long ago that no token of theirs is good."""
    rows = [row for row in _all(session) if row.created_at < moment - PUBLISHED_AFTER]
    return [row.id for row in rows[:-1]] if rows else []


def _all(session: Session) -> Sequence[LtiKey]:
    return session.scalars(select(LtiKey).order_by(LtiKey.created_at, LtiKey.id)).all()


def _signing(rows: Sequence[LtiKey], moment: datetime) -> LtiKey:
    """Return the newest key that platforms have had time to read, else the first."""
    known = [row for row in rows if row.created_at <= moment - SIGNS_AFTER]
    return known[-1] if known else rows[0]


def _seal(settings: Settings) -> OctKey:
    return OctKey.import_key(bytes.fromhex(keyed(settings.signing_key, "lti-key", "seal")))
