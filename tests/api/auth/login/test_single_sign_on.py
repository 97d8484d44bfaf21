"""Single sign-on against a real provider: only its verified claims let anybody in."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from api.kit.models import AuditEntry, Role, User
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.auth.login.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    Provider,
    running_provider,
)
from tests.api.people import People

PUBLIC_URL = "http://testserver"
CALLBACK = "/login/oidc/callback"
COOKIE = "grader-session"
DAYS = 864_000  # in seconds; far more than a run of the tests takes


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(PUBLIC_URL + CALLBACK) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, provider: Provider) -> Settings:
    return Settings(
        store=tmp_path / "store",
        public_url=PUBLIC_URL,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
        oidc_student_claim="student_number",
    )


def begin(client: TestClient, to: str = "/") -> str:
    """Return the address of ours to which the provider leads back."""
    there = client.get("/login/oidc", params={"next": to}, follow_redirects=False)
    assert there.status_code == 302, there.text
    back = httpx.get(there.headers["location"], follow_redirects=False, trust_env=False)
    assert back.status_code == 302
    return str(back.headers["location"]).removeprefix(PUBLIC_URL)


def sign_on(client: TestClient, to: str = "/") -> httpx.Response:
    return client.get(begin(client, to), follow_redirects=False)


def who(client: TestClient) -> str | None:
    answer = client.get("/api/v1/me")
    return str(answer.json()["login"]) if answer.status_code == 200 else None


def change(services: Services, login: str, **values: object) -> None:
    with services.sessions.begin() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        for name, value in values.items():
            setattr(user, name, value)


def test_a_student_of_the_roster_is_let_in(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}

    answer = sign_on(client, to="/s/abc?x=1")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/s/abc?x=1"
    assert who(client) == people.student.login


def test_the_second_time_the_subject_alone_decides(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    sign_on(client)
    client.cookies.clear()
    provider.person = {"sub": "u-1", "student_number": people.other_student.login}

    sign_on(client)

    assert who(client) == people.student.login


def test_another_subject_does_not_take_over_a_linked_account(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    sign_on(client)
    client.cookies.clear()
    provider.person = {"sub": "thief", "student_number": people.student.login}

    answer = sign_on(client)

    assert answer.status_code == 403
    assert who(client) is None


def test_staff_are_found_by_a_verified_address(
    client: TestClient, people: People, services: Services, provider: Provider
) -> None:
    change(services, people.ta.login, email="TA@example.edu")
    provider.person = {"sub": "u-2", "email": "ta@example.edu", "email_verified": True}

    sign_on(client)

    assert who(client) == people.ta.login


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_was_not_verified_is_nobodys(
    client: TestClient,
    people: People,
    services: Services,
    provider: Provider,
    verified: object,
) -> None:
    change(services, people.instructor.login, email="prof@example.edu")
    provider.person = {"sub": "u-3", "email": "prof@example.edu", "email_verified": verified}

    answer = sign_on(client)

    assert answer.status_code == 403
    assert who(client) is None


def test_a_claimed_login_makes_nobody_staff(
    client: TestClient, people: People, provider: Provider
) -> None:
    """Who may choose their user name at the university may not choose the instructor's."""
    login = people.instructor.login
    provider.person = {"sub": "u-4", "preferred_username": login, "student_number": login}

    assert sign_on(client).status_code == 403
    assert who(client) is None


def test_an_address_that_two_share_links_neither(
    client: TestClient, people: People, services: Services, provider: Provider
) -> None:
    for login in (people.ta.login, people.instructor.login):
        change(services, login, email="office@example.edu")
    provider.person = {"sub": "u-5", "email": "office@example.edu", "email_verified": True}

    assert sign_on(client).status_code == 403


def test_somebody_who_is_not_on_the_roster_stays_outside(
    client: TestClient, people: People, services: Services, provider: Provider
) -> None:
    provider.person = {"sub": "u-6", "student_number": "999", "email": "x@example.edu"}

    answer = sign_on(client)

    assert answer.status_code == 403
    assert "roster" in answer.text
    with services.sessions() as session:
        assert len(session.scalars(select(User)).all()) == 4


def test_a_disabled_account_stays_outside(
    client: TestClient, people: People, services: Services, provider: Provider
) -> None:
    change(services, people.student.login, disabled_at=people.student.created_at)
    provider.person = {"sub": "u-1", "student_number": people.student.login}

    assert sign_on(client).status_code == 403


def test_claims_that_only_userinfo_tells_are_asked_for(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1"}
    provider.userinfo = {"sub": "u-1", "student_number": people.student.login}

    sign_on(client)

    assert who(client) == people.student.login


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


def test_after_logging_in_nobody_is_led_to_another_site(
    client: TestClient, people: People, provider: Provider
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}

    assert sign_on(client, to="//evil.example/").headers["location"] == "/"


def test_over_https_both_cookies_are_bound_to_this_host_and_tls(
    services: Services, people: People, provider: Provider
) -> None:
    """And the first is taken back in a way that browsers obey."""
    public_url = PUBLIC_URL.replace("http:", "https:")
    provider.redirect_uri = public_url + CALLBACK
    provider.person = {"sub": "u-1", "student_number": people.student.login}
    settings = services.settings.model_copy(update={"public_url": public_url})
    app = create_app(replace(services, settings=settings), background=False)
    with TestClient(app, base_url=public_url) as client:
        there = client.get("/login/oidc", follow_redirects=False)
        back = httpx.get(there.headers["location"], follow_redirects=False, trust_env=False)
        done = client.get(back.headers["location"], follow_redirects=False)

    cookies = [there.headers["set-cookie"], *done.headers.get_list("set-cookie")]
    assert len(cookies) == 3
    for cookie in cookies:
        assert cookie.startswith("__Host-grader-s")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


def test_a_login_stands_in_the_audit_log(
    client: TestClient, people: People, services: Services, provider: Provider
) -> None:
    provider.person = {"sub": "u-1", "student_number": people.student.login}

    sign_on(client)

    with services.sessions() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor) == ("login.oidc", people.student.login)


def test_a_provider_that_is_down_is_told_as_such(services: Services, provider: Provider) -> None:
    settings = services.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})
    app = create_app(replace(services, settings=settings), background=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/login/oidc", follow_redirects=False)

    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_without_a_provider_there_is_no_such_address(services: Services) -> None:
    settings = services.settings.model_copy(update={"oidc_issuer": ""})
    app = create_app(replace(services, settings=settings), background=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/login/oidc", follow_redirects=False).status_code == 404


def test_a_claim_chosen_for_staff_finds_them_by_login(
    services: Services, people: People, provider: Provider
) -> None:
    settings = services.settings.model_copy(update={"oidc_staff_claim": "employee"})
    app = create_app(replace(services, settings=settings), background=False)
    provider.person = {"sub": "u-7", "employee": people.instructor.login}
    with TestClient(app, raise_server_exceptions=False) as client:
        sign_on(client)
        assert client.get("/api/v1/me").json()["role"] == Role.INSTRUCTOR
