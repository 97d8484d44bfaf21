"""A launch counts only if the platform signed it, for us, for this login, by the specification."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from api.kit.models.lti import LtiUser
from api.kit.services import Services
from api.lti.launch import signatures
from tests.api.lti.conftest import Browser
from tests.api.lti.platform import (
    CLIENT_ID,
    LTI,
    Claims,
    Platform,
    made_key,
)


def corrupting(**changed: object) -> Callable[[Claims], Claims]:
    """Return what changes claims; None takes one away."""

    def corrupt(claims: Claims) -> Claims:
        return {k: v for k, v in (claims | changed).items() if v is not None}

    return corrupt


@pytest.mark.few(4)
@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 86_400},
        {"exp": None},
        {"iat": int(time.time()) + 86_400},
        {"iat": int(time.time()) - 86_400},
        {"iat": None},
    ],
    ids=lambda wrong: " ".join(f"{k}={v}" for k, v in wrong.items())[:40],
)
def test_a_token_with_a_wrong_claim_is_refused(
    visitor: Browser, platform: Platform, services: Services, wrong: Claims
) -> None:
    """Audience, issuer, times and nonce all have to hold; nobody is linked."""
    platform.corrupt = corrupting(**wrong)

    answer = visitor.send(visitor.authenticated("hw", "s"))

    assert answer.status_code == 403
    with services.sessions() as session:
        assert session.scalars(select(LtiUser)).all() == []


@pytest.mark.few(4)
@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({f"{LTI}deployment_id": "another"}, 403),
        ({f"{LTI}deployment_id": None}, 422),
        ({f"{LTI}version": "1.1"}, 422),
        ({f"{LTI}message_type": "LtiSubmissionReviewRequest"}, 422),
        ({f"{LTI}target_link_uri": "https://evil.example/lti/launch"}, 403),
        ({f"{LTI}target_link_uri": "javascript:alert(1)"}, 422),
        ({f"{LTI}target_link_uri": None}, 422),
        ({f"{LTI}resource_link": None}, 422),
        ({f"{LTI}context": None}, 422),
        ({f"{LTI}roles": None}, 422),
        ({"sub": None}, 422),
        ({"sub": "nul \0"}, 422),
        ({"sub": "x" * 300}, 422),
    ],
    ids=lambda wrong: str(wrong).removeprefix("{'" + LTI)[:40],
)
def test_a_launch_that_is_not_by_the_specification_is_refused(
    visitor: Browser, platform: Platform, wrong: Claims, status: int
) -> None:
    """Deployment, version, kind, target, link, course, roles and subject are demanded."""
    platform.corrupt = corrupting(**wrong)

    assert visitor.send(visitor.authenticated("hw", "s")).status_code == status


def _unsigned(claims: Claims) -> str:
    def part(value: Claims) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'kid': 'p-1'})}.{part(claims)}."


def _by_another_key(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "p-1"}, claims, made_key("other"))


def _by_an_unknown_key(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "p-9"}, claims, made_key("other"))


@pytest.mark.parametrize("sign", [_unsigned, _by_another_key, _by_an_unknown_key, lambda _: "x.y"])
def test_a_token_that_the_platform_did_not_sign_is_refused(
    visitor: Browser, platform: Platform, sign: Callable[[Claims], str]
) -> None:
    """No signature, another's, of a key that is not published, and no token at all."""
    platform.sign = sign

    assert visitor.send(visitor.authenticated("hw", "s")).status_code == 403


def test_the_public_key_is_no_shared_secret(visitor: Browser, platform: Platform) -> None:
    """A token by HMAC, with the platform's published key as its secret, is refused."""
    published = platform.key.as_pem(private=False)
    platform.sign = lambda claims: jwt.encode(
        {"alg": "HS256", "kid": "p-1"}, claims, OctKey.import_key(published.hex())
    )

    assert visitor.send(visitor.authenticated("hw", "s")).status_code == 403


def test_a_new_key_of_the_platform_is_read_when_it_is_met(
    visitor: Browser, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform may change its keys at any time."""
    visitor.launch("hw", "s")
    monkeypatch.setattr(signatures, "AGAIN_SECONDS", 0.0)
    platform.key = made_key("p-2")

    assert visitor.launch("hw", "s").status_code == 303
