"""The answer to a platform that asks which assignment a link leads to."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.kit.digests import random_token
from api.kit.services import Services
from api.lti import keys
from api.lti.claims import ASSIGNMENT, DEEP_LINK_RESPONSE, DEEP_LINKING, LTI, VERSION
from api.lti.launch.launches import Launch
from api.lti.launch.logins import LAUNCH
from grader.editions.loader import Edition

SECONDS = 3600  # that a page with choices may stay open
CONTENT = "ltiResourceLink"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An assignment that can be picked, and what the platform is sent for it."""

    edition: Edition
    token: str


def choices(services: Services, session: Session, launch: Launch) -> list[Choice]:
    """Return a signed answer for each assignment."""
    return [
        Choice(
            edition=edition,
            token=keys.sign(session, services.settings, _response(services, launch, edition)),
        )
        for _, edition in sorted(services.editions.items())
    ]


def _response(services: Services, launch: Launch, edition: Edition) -> dict[str, Any]:
    asked, moment = launch.claims.deep_linking, int(time.time())
    assert asked is not None
    answer: dict[str, Any] = {
        "iss": launch.platform.client_id,
        "aud": [launch.platform.issuer],
        "iat": moment,
        "exp": moment + SECONDS,
        "nonce": random_token(),
        f"{LTI}message_type": DEEP_LINK_RESPONSE,
        f"{LTI}version": VERSION,
        f"{LTI}deployment_id": launch.claims.deployment,
        f"{DEEP_LINKING}content_items": [_item(services, edition)],
    }
    if asked.data is not None:
        answer[f"{DEEP_LINKING}data"] = asked.data
    return answer


def _item(services: Services, edition: Edition) -> dict[str, Any]:
    title = edition.file.title.en
    most = sum(one.points for one in edition.rubric.criteria)
    return {
        "type": CONTENT,
        "title": title,
        "url": services.settings.public_url.rstrip("/") + LAUNCH,
        "custom": {ASSIGNMENT: edition.id},
        "lineItem": {"label": title, "scoreMaximum": most, "resourceId": edition.id},
        "window": {"targetName": "_blank"},
    }
