"""The upload form without a browser: what it says it is, it stays."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.models import Assignment, Submission
from api.services import Services
from tests.api.people import EDITION, upload_of


def submissions(services: Services) -> int:
    with services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


@pytest.mark.parametrize("self_checks", [True, False])
@pytest.mark.parametrize(
    ("language", "words"), [("en", "open your personal link"), ("zh-TW", "開啟你的個人連結")]
)
def test_a_hand_in_whose_login_has_ended_is_no_self_check(
    services: Services, client: TestClient, self_checks: bool, language: str, words: str
) -> None:
    """A student whose session ends while the page is open is told so; nothing is kept."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).anonymous = self_checks

    answer = client.post(
        "/upload",
        files=upload_of(),
        data={"kind": "hand-in", "edition": EDITION},
        headers={"Accept-Language": language},
    )

    assert answer.status_code == 401
    assert words in answer.text
    assert submissions(services) == 0
    assert list(services.blobs.all()) == []


def test_a_form_drawn_as_self_check_makes_one(services: Services, client: TestClient) -> None:
    """A visitor's form says what it is, and leads to the result's address."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).anonymous = True
    assert 'name="kind" value="self-check"' in client.get("/").text

    answer = client.post(
        "/upload",
        files=upload_of(),
        data={"kind": "self-check", "edition": EDITION},
        follow_redirects=False,
    )

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/r/")


def test_a_students_form_is_a_hand_in(student: TestClient) -> None:
    """The form that a student sees says so."""
    assert 'name="kind" value="hand-in"' in student.get("/").text
