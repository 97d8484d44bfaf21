"""An edition that was taken away leaves its assignment and submissions: no answer is a 500."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.kit.models import Submission
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, log_in

API = "/api/v1"
ASSIGNMENT = f"{API}/assignments/{EDITION}"


@pytest.fixture
def left(services: Services, people: People) -> Submission:
    """Return a graded submission to the edition that is taken away."""
    submission = hand_in(services, people.student)
    finish(services, submission)
    return submission


@pytest.fixture
def ta(services: Services, people: People, left: Submission) -> Iterator[TestClient]:
    """Return a TA's client of the service as it starts without the edition."""
    others = {name: one for name, one in services.editions.items() if name != EDITION}
    app = create_app(replace(services, editions=others), background=False)
    with TestClient(app, raise_server_exceptions=False) as nobody:
        yield log_in(services, nobody, people.ta)


def test_what_was_handed_in_is_listed_without_a_grade(ta: TestClient, left: Submission) -> None:
    """The rest of the list is not lost with it."""
    listed = ta.get(f"{API}/submissions")
    shown = ta.get(f"{API}/submissions/{left.id}")

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert [one["id"] for one in listed.json()["items"]] == [left.id]
    assert (shown.json()["state"], shown.json()["score"], shown.json()["grade"]) == (
        "graded",
        None,
        None,
    )
    assert ta.get(f"{API}/submissions/{left.id}/files/0").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/publish"),
        ("GET", "/grades.csv"),
        ("GET", "/grades.json"),
    ],
)
def test_its_assignment_is_not_there(ta: TestClient, method: str, path: str) -> None:
    """As on the pages."""
    body = {"open": False} if method == "PATCH" else None
    answer = ta.request(method, ASSIGNMENT + path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-edition")
    assert ta.get(f"/staff/{EDITION}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/scores"), ("GET", "/results"), ("PUT", "/remark"), ("POST", "/regrade")],
)
def test_nobody_grades_it(ta: TestClient, left: Submission, method: str, path: str) -> None:
    """Its rubric is gone: there is no grade to read, to change or to make."""
    body = {"remark": "See me."} if method == "PUT" else None
    answer = ta.request(method, f"{API}/submissions/{left.id}{path}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-edition")
