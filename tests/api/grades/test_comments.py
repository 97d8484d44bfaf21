"""Comments on lines, and words that staff use again."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.kit.models import Assignment, AuditEntry, Comment, SavedComment, Submission
from api.kit.services import Services
from tests.api.notebooks.hostile import cell, notebook
from tests.api.people import EDITION, People, finish, hand_in

HOSTILE = "why <img src=x onerror=alert(1)>?"
SAFE = "why &lt;img src=x onerror=alert(1)&gt;?"
CODE = notebook(cell("markdown", "# Title"), cell("code", "a = 1\nb = 2"))


@pytest.fixture
def submission(services: Services, people: People) -> Submission:
    """Return a graded submission with a markdown and a code cell."""
    made = hand_in(services, people.student, content=CODE)
    finish(services, made)
    return made


def comment(ta: TestClient, submission: Submission, **fields: str) -> int:
    form = {"position": "0", "cell": "2", "line": "1", "text": HOSTILE} | fields
    address = f"/staff/{EDITION}/{submission.id}/comments"
    return ta.post(address, data=form, follow_redirects=False).status_code


def view(client: TestClient, submission: Submission) -> str:
    return client.get(f"/api/v1/submissions/{submission.id}/files/0/view?language=en").text


def test_student_and_staff_read_it_below_its_line(
    ta: TestClient, student: TestClient, submission: Submission
) -> None:
    """In the notebook and in the list; the student is not told who wrote it."""
    assert comment(ta, submission) == 303

    for_staff, for_student = view(ta, submission), view(student, submission)
    assert "ta on line 1" in for_staff
    assert "Course staff on line 1" in for_student
    page = student.get(f"/s/{submission.id}").text
    assert "cell 2, line 1" in page
    for document in (for_staff, for_student, page):
        assert SAFE in document
        assert "<img src=x" not in document


def test_students_see_none_before_the_findings(
    services: Services, ta: TestClient, student: TestClient, submission: Submission
) -> None:
    """What is hidden is hidden in the notebook, on the page and from scripts."""
    comment(ta, submission)
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = False

    assert SAFE not in view(student, submission)
    assert SAFE not in student.get(f"/s/{submission.id}").text
    assert student.get(f"/api/v1/submissions/{submission.id}/comments").status_code == 403


def test_words_kept_are_used_again(
    services: Services, ta: TestClient, submission: Submission
) -> None:
    """Kept once however often, offered as text, put down in place of an empty field."""
    for _ in range(2):
        comment(ta, submission, keep="yes")
    with services.sessions() as session:
        saved = session.scalars(select(SavedComment)).one()
    desk = ta.get(f"/staff/{EDITION}/{submission.id}?show=file-0").text
    assert f'<option value="{saved.id}"' in desk
    assert "<img src=x" not in desk
    assert comment(ta, submission, text="", line="", saved=saved.id) == 303

    told = ta.get(f"/api/v1/submissions/{submission.id}/comments").json()
    assert [one["line"] for one in told] == [1, 1, 0]
    assert {one["text"] for one in told} == {HOSTILE}
    ta.post(f"/staff/{EDITION}/comments/{saved.id}/forget")
    assert ta.get(f"/api/v1/assignments/{EDITION}/comments").json() == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": " "}, 422),
        ({"line": "x"}, 422),
        ({"line": "9999999"}, 422),
        ({"position": "7"}, 404),
        ({"saved": "0" * 32, "text": ""}, 422),
    ],
)
def test_one_that_makes_no_sense_is_refused(
    ta: TestClient, submission: Submission, fields: dict[str, str], status: int
) -> None:
    """No words, no line, no file, no such kept words."""
    assert comment(ta, submission, **fields) == status


def test_a_comment_is_removed_and_the_log_knows(
    services: Services, ta: TestClient, submission: Submission
) -> None:
    """Both that it was written and that it was taken away."""
    comment(ta, submission)
    with services.sessions() as session:
        one = session.scalars(select(Comment)).one()
    ta.post(f"/staff/{EDITION}/{submission.id}/comments/{one.id}/remove")

    with services.sessions() as session:
        assert session.scalar(select(func.count(Comment.id))) == 0
        log = session.scalars(select(AuditEntry).where(AuditEntry.action == "grade.comment")).all()
    assert [bool(entry.after) for entry in log] == [True, False]


def test_comments_go_with_their_student(
    services: Services, ta: TestClient, instructor: TestClient, submission: Submission
) -> None:
    """Nothing that was written about deleted work stays; what staff keep for all does."""
    comment(ta, submission, keep="yes")
    instructor.delete("/api/v1/students/108062001").raise_for_status()

    with services.sessions() as session:
        assert session.scalar(select(func.count(Comment.id))) == 0
        assert session.scalar(select(func.count(SavedComment.id))) == 1
