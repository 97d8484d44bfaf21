"""Headers that every answer carries, whichever part of the service gave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.kit.services import Services

ANSWERS = {
    "page": "/login",
    "API": "/api/v1/openapi.json",
    "no such page": "/no/such/page",
    "no such route": "/api/v1/none",
    "not logged in": "/api/v1/me",
    "static file": "/static/style.css",
    "health": "/healthz",
}


def policy(client: TestClient, path: str) -> dict[str, list[str]]:
    value = client.get(path).headers["Content-Security-Policy"]
    parts = [directive.split() for directive in value.split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_is_safe_to_show(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Server" not in headers


@pytest.mark.parametrize("path", ANSWERS.values(), ids=ANSWERS)
def test_nothing_may_run_or_load_unless_it_is_allowed(client: TestClient, path: str) -> None:
    told = policy(client, path)

    assert told["default-src"] == ["'none'"]
    assert told["frame-ancestors"] == ["'none'"]
    allowed = {source for name, sources in told.items() for source in sources}
    assert not allowed & {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"}


def test_a_page_runs_scripts_of_our_own_files_alone(client: TestClient) -> None:
    told = policy(client, "/login")

    assert told["script-src"] == ["'self'"]
    assert told["form-action"] == ["'self'"]
    assert told["base-uri"] == ["'none'"]


@pytest.mark.parametrize("path", ["/", "/login"])
def test_a_page_has_no_inline_script_or_style(client: TestClient, path: str) -> None:
    page = client.get(path).text.lower()

    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert "javascript:" not in page


def test_what_is_personal_is_kept_by_no_cache(student: TestClient) -> None:
    for path in ("/", "/api/v1/me", "/account"):
        assert "no-store" in student.get(path).headers["Cache-Control"]


@pytest.fixture
def over_https(services: Services) -> Iterator[TestClient]:
    settings = services.settings.model_copy(update={"public_url": "https://grader.example"})
    app = create_app(replace(services, settings=settings), background=False)
    with TestClient(app, base_url="https://grader.example") as client:
        yield client


def test_over_https_browsers_are_told_to_stay_there(over_https: TestClient) -> None:
    assert over_https.get("/login").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_without_https_they_are_not(client: TestClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/login").headers


def test_an_unexpected_error_carries_them_and_tells_nothing(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_args: object) -> None:
        msg = "secret path /srv/grader"
        raise RuntimeError(msg)

    monkeypatch.setattr("api.requests.dependencies.identify", break_down)

    answer = client.get("/api/v1/me")

    assert answer.status_code == 500
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "/srv" not in answer.text


def test_other_sites_are_given_nothing_by_cors(client: TestClient) -> None:
    answer = client.get("/api/v1/me", headers={"Origin": "https://evil.example"})

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
