"""One event to one address: written with what it tells of, signed, and tried a few times."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from datetime import datetime

import httpx
from sqlalchemy.orm import Session

from api.kit.models import Run, now
from api.kit.models.webhooks import WebhookDelivery
from api.kit.outbox import put_delivery
from api.kit.services import Services
from api.requests.dependencies import reading
from api.webhooks import hooks
from api.webhooks.addresses import ForbiddenAddressError, send

ENDED, PUBLISHED = "run.ended", "assignment.published"
MOST_TRIES = 8  # over about an hour
FIRST_WAIT_SECONDS = 30.0
SENT, GIVEN_UP = "sent", "given up"
_log = logging.getLogger(__name__)


def attempt(services: Services, delivery_id: str) -> str:
    """Send an event; return what was wrong, or nothing where it was taken."""
    with reading(services) as session:
        delivery = session.get(WebhookDelivery, delivery_id)
        if delivery is None or delivery.ended_at is not None:
            return ""
        url, body = delivery.webhook.url, body_of(delivery)
        secret = hooks.secret_of(services.settings, delivery.webhook)
    if secret is None:
        return "its secret was made under another GRADER_SECRET_KEY; add the webhook anew"
    headers = signed(delivery_id, int(time.time()), body, secret)
    try:
        status = send(services.settings, url, content=body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    except ForbiddenAddressError as error:
        return str(error)
    return "" if httpx.codes.is_success(status) else f"it answered {status}"


def note(services: Services, session: Session, delivery_id: str, wrong: str) -> str:
    """Write down how an attempt went; have it tried again, but not for ever."""
    delivery = session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.ended_at is not None:
        return ""
    delivery.tries += 1
    delivery.error = wrong
    if wrong and delivery.tries < MOST_TRIES:
        put_delivery(services, session, delivery, FIRST_WAIT_SECONDS * 2 ** (delivery.tries - 1))
        return wrong
    delivery.ended_at, delivery.outcome = now(), GIVEN_UP if wrong else SENT
    if wrong:
        _log.error("webhook %s was tried %d times; it is given up", delivery_id, delivery.tries)
    return delivery.outcome


def body_of(delivery: WebhookDelivery) -> bytes:
    """Return what is told: which run ended how, or what is published; neither who nor points."""
    run = delivery.run
    told = (
        _told(PUBLISHED, delivery.created_at, {"edition": delivery.edition})
        if run is None
        else _told(ENDED, run.finished_at, _ended(run))
    )
    return json.dumps(told, separators=(",", ":")).encode()


def _told(event: str, at: datetime | None, data: dict[str, object]) -> dict[str, object]:
    return {"type": event, "timestamp": at and at.isoformat(), "data": data}


def _ended(run: Run) -> dict[str, object]:
    return {
        "submission": run.submission_id,
        "edition": run.submission.edition,
        "attempt": run.submission.attempt,
        "run": run.number,
        "state": run.state.value,
    }


def signed(delivery_id: str, moment: int, body: bytes, secret: bytes) -> dict[str, str]:
    """Return the headers of Standard Webhooks: an HMAC-SHA256 over id, time and body."""
    content = f"{delivery_id}.{moment}.".encode() + body
    digest = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{digest}",
    }
