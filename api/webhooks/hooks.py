"""Which addresses are told: added and removed by the operator."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.digests import keyed
from api.kit.models.webhooks import Webhook
from api.kit.problems import Problem
from api.kit.settings import Settings
from api.requests.principal import Principal

PREFIX = "whsec_"  # as Standard Webhooks has it
SECRET_BYTES = 32
SEAL = {"alg": "dir", "enc": "A256GCM"}
URL = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[!-~]*)?")
LONGEST = 2000
MOST = 10


def add(
    session: Session, settings: Settings, principal: Principal, url: str
) -> tuple[Webhook, str]:
    """Return a new webhook and its secret, which is shown this once; raise Problem 409, 422."""
    if len(url) > LONGEST or not URL.fullmatch(url):
        raise Problem(422, "webhook-url", f"{url[:100]!r} is no http(s) address")
    known = webhooks(session)
    if any(one.url == url for one in known) or len(known) >= MOST:
        raise Problem(409, "webhook-known", f"it is there already, or there are {MOST}")
    secret = secrets.token_bytes(SECRET_BYTES)
    hook = Webhook(url=url, sealed=jwe.encrypt_compact(SEAL, secret, _seal(settings)))
    session.add(hook)
    session.flush()
    audit.record(session, principal, "webhook.add", f"webhook:{hook.id}", {}, {"url": url})
    return hook, PREFIX + base64.b64encode(secret).decode()


def remove(session: Session, principal: Principal, url: str) -> None:
    """Tell an address nothing more; raise Problem 404 for one that is not there."""
    hook = session.scalar(select(Webhook).where(Webhook.url == url))
    if hook is None:
        raise Problem(404, "webhook-unknown", f"there is no webhook {url!r}")
    audit.record(session, principal, "webhook.remove", f"webhook:{hook.id}", {"url": url})
    session.delete(hook)


def webhooks(session: Session) -> Sequence[Webhook]:
    """Return all of them."""
    return session.scalars(select(Webhook).order_by(Webhook.url)).all()


def secret_of(settings: Settings, hook: Webhook) -> bytes | None:
    """Return a webhook's secret; None where it was sealed under another secret key."""
    try:
        return jwe.decrypt_compact(hook.sealed, _seal(settings)).plaintext
    except JoseError:
        return None


def _seal(settings: Settings) -> OctKey:
    return OctKey.import_key(bytes.fromhex(keyed(settings.signing_key, "webhook", "seal")))
