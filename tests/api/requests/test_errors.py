"""Every error is one kind of document, with the request's id and nothing of the machine."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.grades.visibility import SubmissionPresenter
from api.kit.services import Services
from api.requests.errors import explain
from tests.api.loops import run
from tests.api.people import People, hand_in

URL = "/api/v1/submissions"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("PATCH", URL, 405, "method-not-allowed"),
        ("GET", URL, 401, "not-logged-in"),
        ("GET", f"{URL}/x", 422, "invalid-request"),
    ],
)
def test_errors_from_around_the_routes(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    """Unknown addresses, methods and values are told like any other error."""
    answer = client.request(method, path)

    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
    assert told["type"].endswith(code)
    assert told["title"]
    assert told["request_id"] == answer.headers["x-request-id"]


def test_a_method_that_is_not_taken_names_those_that_are(client: TestClient) -> None:
    """A 405 carries Allow."""
    assert "GET" in client.patch(URL).headers["allow"]


def test_what_is_unexpected_is_noted_and_not_told(
    services: Services,
    people: People,
    student: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A 500 says nothing but its request id, under which the log has the whole story."""
    submission = hand_in(services, people.student)

    def broken(*_: object, **__: object) -> None:
        msg = "secret /srv/grader/key"
        raise RuntimeError(msg)

    monkeypatch.setattr(SubmissionPresenter, "tell", broken)
    with caplog.at_level(logging.ERROR):
        answer = student.get(f"{URL}/{submission.id}")

    told = answer.json()
    assert (answer.status_code, told["code"]) == (500, "our-fault")
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    [record] = [one for one in caplog.records if one.name == "api.requests.errors"]
    assert record.exc_info is not None
    assert record.__dict__["request_id"] == told["request_id"]


def test_a_request_keeps_the_id_that_a_proxy_gave_it(client: TestClient) -> None:
    """A sensible X-Request-ID is kept; anything else, and none, gets a new one."""
    given = [
        client.get(URL, headers={"X-Request-ID": one}).headers["x-request-id"]
        for one in ("req-12345678", "x", "a" * 65, "line\tbreak")
    ]

    assert given[0] == "req-12345678"
    assert all(len(one) == 32 for one in given[1:])


def test_a_body_that_is_no_json_is_a_422(ta: TestClient) -> None:
    """Broken JSON is told in words, with where it breaks."""
    answer = ta.post(
        "/api/v1/regrades", content=b'{"edition": ', headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert "JSON" in answer.json()["detail"]


def test_a_json_body_has_a_limit_too(ta: TestClient) -> None:
    """No route reads more than a megabyte unless it takes files."""
    answer = ta.post("/api/v1/regrades", json={"edition": "x" * (2 << 20)})

    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_wrong_is_told_without_the_value() -> None:
    """A message names the place and the rule; what was sent may be a secret."""
    errors = [{"loc": ("body", "points"), "msg": "must be a number", "input": "hunter2"}] * 4

    assert explain(errors) == ("; ".join(["body.points: must be a number"] * 3) + "; 1 more")


def test_a_connection_that_ends_early_is_no_fault_of_ours(
    services: Services, people: People, student: TestClient
) -> None:
    """An upload that breaks off halfway is a 400 in the log, not a 500, and leaves nothing."""
    sent: list[MutableMapping[str, object]] = []
    pieces = iter(
        [
            {"type": "http.request", "body": b"--b\r\n", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> MutableMapping[str, object]:
        return next(pieces)

    async def send(message: MutableMapping[str, object]) -> None:
        sent.append(message)

    token = student.cookies["grader-session"]
    headers = [
        (b"content-type", b"multipart/form-data; boundary=b"),
        (b"cookie", f"grader-session={token}".encode()),
        (b"x-csrf-token", student.headers["X-CSRF-Token"].encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": URL, "headers": headers}
    scope |= {"query_string": b"", "root_path": "", "client": ("127.0.0.1", 1)}

    run(create_app(services, background=False)(scope, receive, send))

    assert sent[0]["status"] == 400
    assert list(services.blobs.all()) == []


def test_a_script_is_told_in_json_whatever_it_accepts(client: TestClient) -> None:
    """Programs that take HTML, too, are not led to the login page with a token that has ended."""
    headers = {"Authorization": "Bearer ended", "Accept": "text/html, image/gif, */*; q=.2"}

    answer = client.get(URL, headers=headers, follow_redirects=False)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
