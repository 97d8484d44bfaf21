# ruff: noqa: RUF001 - Chinese has marks of its own
"""A session that ends while a form is open costs nobody what they typed."""

from __future__ import annotations

import html
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api.kit.digests import random_token
from api.kit.models import LoginSession, ManualScore, Submission, now
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, wrong

REMARK = "Read <script>alert(1)</script> again.\nTwice."


@pytest.fixture
def graded(services: Services, people: People) -> Submission:
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    return submission


def end_sessions(services: Services) -> None:
    with services.sessions.begin() as session:
        for one in session.query(LoginSession):
            one.revoked_at = now()


@pytest.mark.parametrize("cookie", [True, False])
def test_what_was_typed_is_given_back(
    services: Services, graded: Submission, ta: TestClient, cookie: bool
) -> None:
    """The page is for people, shows the remark escaped, and leads back to the desk."""
    desk = f"/staff/{EDITION}/{graded.id}?q=x"
    end_sessions(services)
    if not cookie:
        ta.cookies.clear()
    typed = {"remark:": REMARK, "points:bias.factors": "3", "base": "{}", "password": "secret"}

    answer = ta.post(desk, data=typed, headers={"Referer": f"http://testserver{desk}"})

    assert answer.status_code == 401
    assert html.escape(REMARK, quote=False) in answer.text
    assert "<script>alert" not in answer.text
    assert "Points for Every preceding factor taken into account once" in answer.text
    assert "secret" not in answer.text
    assert "Bearer" not in answer.text
    assert f'href="/login?next={quote(desk, safe="")}"' in answer.text
    with services.sessions() as session:
        assert session.query(ManualScore).count() == 0


def test_a_form_of_another_session_gives_back_what_was_typed(
    graded: Submission, ta: TestClient
) -> None:
    """Whoever logged in anew in another tab has a form with an old token."""
    del ta.headers["X-CSRF-Token"]
    typed = {"csrf_token": random_token(), "remark:": REMARK}

    answer = ta.post(f"/staff/{EDITION}/{graded.id}", data=typed)

    assert answer.status_code == 403
    assert html.escape(REMARK, quote=False) in answer.text
    assert typed["csrf_token"] not in answer.text


def test_it_is_said_in_chinese(services: Services, graded: Submission, ta: TestClient) -> None:
    """The page speaks the browser's language."""
    end_sessions(services)

    answer = ta.post(
        f"/staff/{EDITION}/{graded.id}",
        data={"remark:": "再看一次"},
        headers={"Accept-Language": "zh-TW"},
    )

    assert "你已不在登入狀態，因此沒有儲存任何內容。" in answer.text
    assert "再看一次" in answer.text
    assert "再送出一次表單。" in answer.text
    assert "整體評語" in answer.text
