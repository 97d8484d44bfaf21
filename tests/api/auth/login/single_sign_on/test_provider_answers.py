"""What a provider answers lets nobody in unless it signed it, for this login and this browser."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from tests.api.auth.login.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    Provider,
)
from tests.api.auth.login.single_sign_on.conftest import (
    CALLBACK,
    COOKIE,
    begin,
    sign_on,
    who,
)
from tests.api.people import People

DAYS = 864_000  # in seconds; far more than a run of the tests takes


def test_userinfo_about_somebody_else_is_refused(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1"}
    provider.userinfo = {"sub": "u-2", "student_number": people.student.login}

    assert sign_on(client).status_code == 403


def _unsigned(claims: Claims) -> str:
    def part(value: Claims) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def _signed_by_another(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048))


def _signed_by_our_secret(claims: Claims) -> str:
    key = OctKey.import_key(CLIENT_SECRET)
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, key)


@pytest.mark.parametrize("sign", [_unsigned, _signed_by_another, _signed_by_our_secret])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    client: TestClient,
    people: People,
    provider: Provider,
    sign: Callable[[Claims], str],
) -> None:
    provider.metadata = {
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
    }
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    provider.sign = sign

    assert sign_on(client).status_code == 403
    assert who(client) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"aud": "another-client"},
        {"aud": ["another-client"], "azp": CLIENT_ID},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - DAYS},
        {"exp": None},
        {"iat": int(time.time()) + DAYS},
    ],
    ids=[
        "nonce",
        "audience",
        "audience of several",
        "issuer",
        "old",
        "without end",
        "of tomorrow",
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(
    client: TestClient, people: People, provider: Provider, wrong: Claims
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    provider.corrupt = lambda claims: {
        name: value for name, value in (claims | wrong).items() if value is not None
    }

    assert sign_on(client).status_code == 403
    assert who(client) is None


def test_a_token_without_nonce_is_refused(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    provider.corrupt = lambda claims: {k: v for k, v in claims.items() if k != "nonce"}

    assert sign_on(client).status_code == 403


def test_a_provider_that_names_another_issuer_is_refused(
    client: TestClient, provider: Provider
) -> None:
    provider.metadata = {"issuer": "https://evil.example"}

    assert client.get("/login/oidc", follow_redirects=False).status_code == 403


def test_a_callback_of_another_browser_logs_nobody_in(
    client: TestClient, people: People, provider: Provider
) -> None:
    """An attacker who has a victim open their own callback does not log the victim in as them."""
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    address = begin(client)
    victim = TestClient(client.app, raise_server_exceptions=False)

    answer = victim.get(address, follow_redirects=False)

    assert answer.status_code == 403
    assert COOKIE not in victim.cookies


def test_a_callback_with_another_state_is_refused(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    code = parse_qs(urlsplit(begin(client)).query)["code"][0]

    answer = client.get(
        CALLBACK, params={"code": code, "state": "guessed"}, follow_redirects=False
    )

    assert answer.status_code == 403


def test_a_callback_works_once(client: TestClient, people: People, provider: Provider) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    address = begin(client)
    assert client.get(address, follow_redirects=False).status_code == 303

    assert client.get(address, follow_redirects=False).status_code == 403


def test_a_refusal_at_the_provider_is_told(client: TestClient, people: People) -> None:
    begin(client)

    answer = client.get(CALLBACK, params={"error": "access_denied"}, follow_redirects=False)

    assert answer.status_code == 403
