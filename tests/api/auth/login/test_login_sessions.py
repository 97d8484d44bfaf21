"""Sessions: unguessable, bound to a careful cookie, listed, and ended from our side."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import links, sessions, users
from api.kit.digests import sha256_of
from api.kit.models import AuditEntry, LoginSession, User, now
from api.kit.services import Services
from api.requests import cookies
from tests.api.people import People, log_in

ME = "/api/v1/me"


def enter(client: TestClient, services: Services, user: User, **headers: str) -> str:
    """Log in through a one-time link, as browsers do; return the cookie that was set."""
    with services.sessions.begin() as session:
        link = links.one_time_link(session, services.settings, user)
    path = link.removeprefix(services.settings.public_url)
    answer = client.post(path, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["set-cookie"])


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: TestClient, services: Services, people: People
) -> None:
    cookie = enter(client, services, people.student)

    assert cookie.startswith("grader-session=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)


def test_over_https_the_cookie_is_bound_to_this_host_and_tls(
    services: Services, people: People
) -> None:
    settings = services.settings.model_copy(update={"public_url": "https://grader.example"})
    app = create_app(replace(services, settings=settings), background=False)
    with TestClient(app, base_url="https://grader.example") as client:
        with services.sessions.begin() as session:
            link = links.one_time_link(session, settings, people.student)
        answer = client.post(link.removeprefix("https://grader.example"), follow_redirects=False)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{cookies.SECURE_NAME}=")
        assert "__Host-" in cookie
        assert "; Secure" in cookie
        assert client.get(ME).status_code == 200
        client.cookies.clear()
        token = cookie.split("=", 1)[1].split(";")[0]
        plain = client.get(ME, headers={"Cookie": f"{cookies.NAME}={token}"})
        assert plain.status_code == 401  # the name that a neighbouring host could set


def test_the_database_holds_only_the_hash_of_a_token(
    client: TestClient, services: Services, people: People
) -> None:
    token = enter(client, services, people.student).split("=", 1)[1].split(";")[0]

    assert len(token) == 43  # 256 bits
    with services.sessions() as session:
        assert session.scalars(select(LoginSession.id)).all() == [sha256_of(token)]


def test_every_login_gets_a_new_token_and_ends_the_old(
    client: TestClient, services: Services, people: People
) -> None:
    """Nobody can plant a session in a browser and find its owner logged in to it later."""
    attacker = enter(TestClient(client.app), services, people.other_student)
    planted = attacker.split("=", 1)[1].split(";")[0]
    client.cookies.set("grader-session", planted)
    token = _csrf(services, planted)

    fresh = enter(client, services, people.student, **{"X-CSRF-Token": token})

    assert planted not in fresh
    stranger = TestClient(client.app, cookies={"grader-session": planted})
    assert stranger.get(ME).status_code == 401


def _csrf(services: Services, token: str) -> str:
    from api.kit.digests import keyed

    return keyed(services.settings.signing_key, "csrf", sha256_of(token))


def test_an_unknown_cookie_is_nobody(client: TestClient) -> None:
    client.cookies.set("grader-session", "x" * 43)

    assert client.get(ME).status_code == 401


def test_an_expired_session_is_nobody(student: TestClient, services: Services) -> None:
    with services.sessions.begin() as session:
        session.execute(update(LoginSession).values(expires_at=now() - timedelta(seconds=1)))

    assert student.get(ME).status_code == 401


def test_logging_out_ends_the_session_on_our_side(student: TestClient) -> None:
    kept = student.cookies["grader-session"]

    answer = student.post("/logout", follow_redirects=False)

    assert answer.status_code == 303
    again = TestClient(student.app, cookies={"grader-session": kept})
    assert again.get(ME).status_code == 401


def test_a_disabled_person_is_out_at_once(
    student: TestClient, services: Services, people: People
) -> None:
    with services.sessions.begin() as session:
        users.disable(session, session.get_one(User, people.student.id))

    assert student.get(ME).status_code == 401


def test_the_account_itself_is_asked_and_not_only_its_sessions_and_tokens(
    services: Services, instructor: TestClient, people: People
) -> None:
    """Whoever disables an account otherwise, in the database itself, shuts it out as well."""
    made = instructor.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]}).json()
    with services.sessions.begin() as session:
        session.execute(update(User).values(disabled_at=now()))

    by_token = {"Authorization": f"Bearer {made['token']}"}
    assert instructor.get(ME).status_code == 401
    assert TestClient(instructor.app).get(ME, headers=by_token).status_code == 401


def test_who_is_enabled_again_has_to_log_in_again(
    student: TestClient, services: Services, people: People
) -> None:
    with services.sessions.begin() as session:
        user = session.get_one(User, people.student.id)
        users.disable(session, user)
        users.enable(user)

    assert student.get(ME).status_code == 401


def test_one_sees_ones_own_sessions_only(
    services: Services, client: TestClient, student: TestClient, ta: TestClient, people: People
) -> None:
    log_in(services, client, people.student)

    shown = student.get("/api/v1/sessions").json()

    assert [one["current"] for one in shown].count(True) == 1
    assert len(shown) == 2


def test_all_other_browsers_can_be_logged_out(
    services: Services, client: TestClient, student: TestClient, ta: TestClient, people: People
) -> None:
    elsewhere = log_in(services, client, people.student)

    assert student.delete("/api/v1/sessions").status_code == 204

    assert elsewhere.get(ME).status_code == 401
    assert student.get(ME).status_code == 200
    assert ta.get(ME).status_code == 200


def test_one_browser_can_be_logged_out(
    services: Services, client: TestClient, student: TestClient, people: People
) -> None:
    elsewhere = log_in(services, client, people.student)
    other = next(one for one in student.get("/api/v1/sessions").json() if not one["current"])

    assert student.delete(f"/api/v1/sessions/{other['id']}").status_code == 204

    assert elsewhere.get(ME).status_code == 401


def test_nobody_ends_a_strangers_session(student: TestClient, ta: TestClient) -> None:
    theirs = ta.get("/api/v1/sessions").json()[0]["id"]

    assert student.delete(f"/api/v1/sessions/{theirs}").status_code == 404
    assert ta.get(ME).status_code == 200


@pytest.mark.parametrize("current", ["", "wrong password"])
def test_a_password_is_changed_by_who_knows_it(
    services: Services, ta: TestClient, people: People, current: str
) -> None:
    first = {"new": "the first password"}  # there is none yet
    assert ta.post("/api/v1/password", json=first).status_code == 204

    wrong = ta.post("/api/v1/password", json={"current": current, "new": "the second password"})
    right = ta.post(
        "/api/v1/password", json={"current": "the first password", "new": "the second password"}
    )

    assert (wrong.status_code, right.status_code) == (401, 204)
    assert ta.get(ME).status_code == 200  # this browser stays


def age(services: Services, user: User, minutes: float) -> None:
    """Have a person's sessions be begun so long ago."""
    with services.sessions.begin() as session:
        for one in sessions.sessions_of(session, user.id):
            one.created_at = now() - timedelta(minutes=minutes)


def test_an_open_browser_sets_no_first_password_of_a_student(
    services: Services, student: TestClient, people: People
) -> None:
    """Whoever finds one could lock the student out with it; a fresh login is a proof."""
    age(services, people.student, 15.1)
    url, form = "/account/password", {"new": "the first password"}

    refused = student.post("/api/v1/password", json=form)
    page = student.post(url, data=form)

    assert (refused.status_code, refused.json()["code"]) == (403, "login-stale")
    assert page.status_code == 403
    assert "log in again with your personal link" in page.text
    age(services, people.student, 14.5)
    assert student.post(url, data=form, follow_redirects=False).status_code == 303


def test_staff_set_their_first_password_later(
    services: Services, ta: TestClient, people: People
) -> None:
    """The link that logged them in works once: a second login would take another."""
    age(services, people.ta, 60)

    assert ta.post("/api/v1/password", json={"new": "the first password"}).status_code == 204


def test_no_password_voids_a_personal_link(
    services: Services, client: TestClient, student: TestClient, people: People
) -> None:
    """Whoever set it, the student gets in again by their own link."""
    path = urlsplit(links.personal_link(services.settings, people.student)).path
    first, second = "the first password", "the second password"

    student.post("/api/v1/password", json={"new": first})
    changed = student.post("/api/v1/password", json={"current": first, "new": second})

    assert changed.status_code == 204
    again = TestClient(client.app)
    again.post(path)
    assert again.get(ME).json()["login"] == people.student.login


@pytest.mark.parametrize(("language", "title"), [("en", "no longer works"), ("zh-TW", "已失效")])
def test_a_link_that_is_over_says_so(client: TestClient, language: str, title: str) -> None:
    page = client.get("/login/link/nonsense", headers={"Accept-Language": language})

    assert page.status_code == 410
    assert re.search(rf"<h1>[^<]*{title}</h1>", page.text)


def test_a_changed_password_logs_out_the_others(
    services: Services, client: TestClient, ta: TestClient, people: People
) -> None:
    elsewhere = log_in(services, client, people.ta)

    ta.post("/api/v1/password", json={"new": "the first password"})

    assert elsewhere.get(ME).status_code == 401
    with services.sessions() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["account.password"]
