"""Single sign-on against a real provider: only its verified claims let anybody in."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from api.kit.models import AuditEntry, Role, User
from api.kit.services import Services
from tests.api.auth.login.provider import (
    Provider,
)
from tests.api.auth.login.single_sign_on.conftest import (
    CALLBACK,
    PUBLIC_URL,
    change,
    sign_on,
    who,
)
from tests.api.people import People


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
