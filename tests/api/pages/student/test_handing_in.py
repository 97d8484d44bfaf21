"""The upload form without a browser: what it says it is, it stays."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.kit.models import Assignment, Submission
from api.kit.services import Services
from tests.api.people import EDITION, upload_of
from tests.api.submissions.test_uploads import zipped


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


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Log out"), ("zh-TW", "登出")],
)
def test_who_sends_too_much_stays_logged_in_to_the_eye(
    services: Services, student: TestClient, language: str, words: str
) -> None:
    """The page that says so has the student's name and the way out, and speaks of files."""
    content = b"1" * (services.settings.max_upload_bytes + (2 << 20))

    answer = student.post(
        "/upload", files=upload_of(content), headers={"Accept-Language": language}
    )

    assert answer.status_code == 413
    assert words in answer.text
    assert "108062001" in answer.text
    assert "he request" not in answer.text


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "<p>photo.jpg is neither a notebook"),
        ("report.docx", zipped(**{"word/a": b""}), "<p>report.docx is neither a notebook"),
        ("hw1.ipynb", b"%PDF-1.7", "<p>hw1.ipynb holds a PDF"),
    ],
)
def test_a_files_name_is_told_as_it_is(
    student: TestClient, name: str, content: bytes, told: str
) -> None:
    """No capital is put into it; what is no kind of ours is not called an archive."""
    answer = student.post("/upload", files=upload_of(content, name))

    assert answer.status_code == 415
    assert told in answer.text


@pytest.mark.parametrize("path", ["/s/abc", "/s/abc/progress", "/r/short", "/language/fr"])
def test_an_address_that_cannot_be_is_not_found(student: TestClient, path: str) -> None:
    """A mistyped address is no form with something missing."""
    assert student.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/staff/NO%20PE", f"/staff/{EDITION}/abc"])
def test_a_class_that_cannot_be_is_not_found(ta: TestClient, path: str) -> None:
    """So it is for staff."""
    assert ta.get(path).status_code == 404
