"""API tokens: shown once, kept as a hash, with the scopes they were given and no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api.auth import tokens, users
from api.kit.digests import sha256_of
from api.kit.models import ApiToken, AuditEntry, User, now
from api.kit.services import Services
from tests.api.people import People, principal_of

ME = "/api/v1/me"


def make(client: TestClient, *scopes: str, **more: object) -> dict[str, object]:
    answer = client.post("/api/v1/tokens", json={"name": "script", "scopes": scopes, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


def script(client: TestClient, token: object) -> TestClient:
    """Return a client that is only a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return TestClient(client.app, headers=headers, raise_server_exceptions=False)


def test_a_token_works_without_cookie_and_csrf(instructor: TestClient, people: People) -> None:
    made = make(instructor, "read", "admin")

    with_token = script(instructor, made["token"])

    assert with_token.get(ME).json()["login"] == people.instructor.login
    assert with_token.delete("/api/v1/sessions").status_code == 204


def test_the_token_is_shown_once_and_kept_as_a_hash(
    instructor: TestClient, services: Services
) -> None:
    made = make(instructor, "read")

    listed = instructor.get("/api/v1/tokens").json()

    assert "token" not in listed[0]
    with services.sessions() as session:
        kept = session.scalars(select(ApiToken)).one()
        log = session.scalars(select(AuditEntry)).one()
    assert kept.sha256 == sha256_of(str(made["token"]))
    assert str(made["token"]) not in str(vars(kept)) + str(log.after)


def test_a_scope_that_was_not_given_is_refused(instructor: TestClient) -> None:
    made = make(instructor, "read")

    answer = script(instructor, made["token"]).get("/api/v1/audit")

    assert answer.status_code == 403
    assert answer.json()["code"] == "scope-missing"


def test_a_token_that_may_only_submit_reads_nothing(student: TestClient) -> None:
    made = make(student, "submit")

    assert script(student, made["token"]).get(ME).status_code == 403


def test_a_token_without_admin_makes_no_token(ta: TestClient) -> None:
    """Else the least of tokens could be turned into the greatest."""
    made = make(ta, "read", "grade")

    answer = script(ta, made["token"]).post(
        "/api/v1/tokens", json={"name": "more", "scopes": ["submit"]}
    )

    assert answer.status_code == 403


def test_a_token_gives_no_scope_that_it_lacks(instructor: TestClient) -> None:
    made = make(instructor, "admin")

    answer = script(instructor, made["token"]).post(
        "/api/v1/tokens", json={"name": "more", "scopes": ["grade"]}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("who", "scope"), [("student", "grade"), ("student", "admin"), ("ta", "admin")]
)
def test_nobody_gives_a_scope_beyond_their_role(
    request: pytest.FixtureRequest, who: str, scope: str
) -> None:
    client: TestClient = request.getfixturevalue(who)

    answer = client.post("/api/v1/tokens", json={"name": "x", "scopes": ["read", scope]})

    assert answer.status_code == 403


def test_a_revoked_token_is_refused(instructor: TestClient) -> None:
    made = make(instructor, "read")
    assert instructor.delete(f"/api/v1/tokens/{made['id']}").status_code == 204

    answer = script(instructor, made["token"]).get(ME)

    assert answer.status_code == 401
    assert answer.json()["code"] == "token-invalid"
    assert instructor.get("/api/v1/tokens").json() == []


def test_an_expired_token_is_refused(instructor: TestClient, services: Services) -> None:
    made = make(instructor, "read", days=1)
    with services.sessions.begin() as session:
        session.execute(update(ApiToken).values(expires_at=now() - timedelta(seconds=1)))

    assert script(instructor, made["token"]).get(ME).status_code == 401


def test_the_token_of_a_disabled_person_is_refused(
    instructor: TestClient, services: Services, people: People
) -> None:
    made = make(instructor, "read")
    with services.sessions.begin() as session:
        users.disable(session, session.get_one(User, people.instructor.id))

    assert script(instructor, made["token"]).get(ME).status_code == 401


def test_a_wrong_token_is_no_fallback_to_the_cookie(student: TestClient) -> None:
    """Who sends a token means the token: a mistake in it must be seen."""
    answer = student.get(ME, headers={"Authorization": "Bearer qlg_wrong"})

    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_token_does_not_borrow_the_cookies_person(
    student: TestClient, instructor: TestClient, people: People
) -> None:
    made = make(student, "read")

    answer = instructor.get(ME, headers={"Authorization": f"Bearer {made['token']}"})

    assert answer.json()["login"] == people.student.login


def test_nobody_revokes_a_strangers_token(student: TestClient, ta: TestClient) -> None:
    made = make(ta, "read")

    assert student.delete(f"/api/v1/tokens/{made['id']}").status_code == 404
    assert script(ta, made["token"]).get(ME).status_code == 200


def test_the_last_use_is_noted(instructor: TestClient, services: Services) -> None:
    made = make(instructor, "read")
    assert made["last_used_at"] is None

    script(instructor, made["token"]).get(ME)

    assert instructor.get("/api/v1/tokens").json()[0]["last_used_at"] is not None


def test_a_demoted_persons_token_does_what_they_still_may(
    instructor: TestClient, services: Services, people: People
) -> None:
    made = make(instructor, "read", "admin")
    with services.sessions.begin() as session:
        from api.kit.models import Role

        users.change_role(session.get_one(User, people.instructor.id), Role.TA)

    assert script(instructor, made["token"]).get("/api/v1/audit").status_code == 403


def test_tokens_are_limited_in_number(services: Services, people: People) -> None:
    principal = principal_of(people.student)
    with services.sessions.begin() as session:
        for number in range(tokens.MOST):
            tokens.add_token(session, principal, f"{number}", ["read"], 1)
        with pytest.raises(Exception, match="revoke one first"):
            tokens.add_token(session, principal, "one more", ["read"], 1)
