"""What an administrator of a learning platform has to type there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from api.kit.settings import Settings
from api.lti.claims import DEEP_LINK, MEMBERS_SCOPE, RESOURCE_LINK, SCORE_SCOPE
from api.lti.launch import logins

TITLE = "Quantization lab grader"
DESCRIPTION = "Hand in the quantization lab, read the feedback, have the grade in the gradebook."
KEYS = "/lti/jwks.json"
CANVAS = "/lti/canvas.json"
PICKED_IN = ("assignment_selection", "link_selection")


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The addresses of ours that platforms ask for."""

    login: str
    launch: str
    pick: str
    keys: str
    canvas: str


def addresses_of(settings: Settings) -> Addresses:
    """Return our addresses as platforms reach them."""
    site = settings.public_url.rstrip("/")
    return Addresses(
        login=site + logins.LOGIN,
        launch=site + logins.LAUNCH,
        pick=site + logins.PICK,
        keys=site + KEYS,
        canvas=site + CANVAS,
    )


def canvas_configuration(settings: Settings) -> dict[str, Any]:
    """Return the JSON that Canvas takes for an LTI key."""
    ours = addresses_of(settings)
    picking = [
        {"placement": name, "message_type": DEEP_LINK, "target_link_uri": ours.pick}
        for name in PICKED_IN
    ]
    from_course = {
        "placement": "course_navigation",
        "message_type": RESOURCE_LINK,
        "target_link_uri": ours.launch,
        "windowTarget": "_blank",
    }
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "oidc_initiation_url": ours.login,
        "target_link_uri": ours.launch,
        "public_jwk_url": ours.keys,
        "scopes": [SCORE_SCOPE, MEMBERS_SCOPE],
        "custom_fields": {"student_id": "$Canvas.user.loginId"},
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": urlsplit(settings.public_url).hostname,
                "tool_id": "quantization-lab-grader",
                "privacy_level": "public",
                "settings": {"text": TITLE, "placements": [*picking, from_course]},
            }
        ],
    }
