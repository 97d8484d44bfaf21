"""A student asks for a second look, staff answer: by page without JavaScript, and by the API."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.grades.regrade_requests import MOST
from api.kit.models import Assignment, AuditEntry, RegradeRequest, Submission
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, pending

HOSTILE = "<script>alert(1)</script> look at question 4"


@pytest.fixture
def submission(services: Services, people: People) -> Submission:
    """Return a graded submission."""
    made = hand_in(services, people.student)
    finish(services, made)
    return made


def ask(student: TestClient, submission: Submission, text: str = HOSTILE) -> int:
    address = f"/s/{submission.id}/request"
    return student.post(address, data={"text": text}, follow_redirects=False).status_code


def waiting(services: Services) -> RegradeRequest:
    with services.sessions() as session:
        return session.scalars(
            select(RegradeRequest).where(RegradeRequest.answered_at.is_(None))
        ).one()


def reply(ta: TestClient, services: Services, text: str = "Looked: <b>2 more</b> points.") -> int:
    one = waiting(services)
    address = f"/staff/{EDITION}/{one.submission_id}/requests/{one.id}/answer"
    return ta.post(address, data={"text": text}, follow_redirects=False).status_code


@pytest.mark.parametrize(
    ("language", "asked", "answered"), [("en", "Asked", "Answered"), ("zh-TW", "申請", "回覆時間")]
)
def test_a_request_is_answered(  # noqa: PLR0917  fixtures
    services: Services,
    student: TestClient,
    ta: TestClient,
    submission: Submission,
    language: str,
    asked: str,
    answered: str,
) -> None:
    """Both read both, as text; the answer ends the waiting."""
    headers = {"Accept-Language": language}
    assert ask(student, submission) == 303
    desk = ta.get(f"/staff/{EDITION}/{submission.id}", headers=headers).text
    assert asked in desk
    assert "&lt;script&gt;alert(1)&lt;/script&gt; look at question 4" in desk
    assert reply(ta, services) == 303

    page = student.get(f"/s/{submission.id}", headers=headers).text
    assert answered in page
    assert "Looked: &lt;b&gt;2 more&lt;/b&gt; points." in page
    assert "<script>alert" not in desk + page


def test_requests_stand_first_in_the_class(
    services: Services, people: People, student: TestClient, ta: TestClient, submission: Submission
) -> None:
    """They come before what the grader could not judge, and go once they are answered."""
    other = hand_in(services, people.other_student)
    finish(services, other, pending("weights.scale"))
    ask(student, submission)
    page = ta.get(f"/staff/{EDITION}").text

    assert "1 request for a second look waits" in page
    assert page.index("request for a second look") < page.index("state=pending")
    assert "look at question 4" in page
    go = f"/staff/{EDITION}/next"
    first = ta.get(go, follow_redirects=False).headers["location"]
    second = ta.get(f"{go}?after={submission.id}", follow_redirects=False).headers["location"]
    assert first.endswith(submission.id)
    assert second.endswith(other.id)
    reply(ta, services)
    assert "request for a second look" not in ta.get(f"/staff/{EDITION}").text


def test_where_nothing_waits_the_way_leads_to_the_class(
    ta: TestClient, submission: Submission
) -> None:
    """And says so."""
    page = ta.get(f"/staff/{EDITION}/next")

    assert page.url.path == f"/staff/{EDITION}"
    assert "Nothing waits for you here" in page.text


def test_one_request_at_a_time_and_only_so_many(
    services: Services, student: TestClient, ta: TestClient, submission: Submission
) -> None:
    """A second one is refused until the first is answered, and the fourth for good."""
    for _ in range(MOST):
        assert ask(student, submission) == 303
        assert ask(student, submission) == 409
        assert reply(ta, services) == 303
    assert ask(student, submission) == 409
    assert 'action="/s/' not in student.get(f"/s/{submission.id}").text


def test_no_request_before_there_is_a_score(
    services: Services, people: People, student: TestClient, submission: Submission
) -> None:
    """Neither of work that waits, nor of results that are hidden."""
    assert ask(student, hand_in(services, people.student)) == 409
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = False

    assert ask(student, submission) == 403
    assert "/request" not in student.get(f"/s/{submission.id}").text


@pytest.mark.parametrize("text", ["", "   "])
def test_a_request_has_words(student: TestClient, submission: Submission, text: str) -> None:
    """An empty one is refused."""
    assert ask(student, submission, text) == 422


def test_an_answer_is_given_once(
    services: Services, student: TestClient, ta: TestClient, submission: Submission
) -> None:
    """Of two who answer at once the second is told so."""
    ask(student, submission)
    one = waiting(services)
    url = f"/api/v1/submissions/{submission.id}/regrade-requests/{one.id}/answer"

    assert ta.post(url, json={"text": "seen"}).status_code == 200
    assert ta.post(url, json={"text": "no"}).json()["code"] == "answered-already"


def test_a_deleted_students_requests_go_and_are_in_no_log(
    services: Services, student: TestClient, instructor: TestClient, submission: Submission
) -> None:
    """The audit log keeps that there was one, never the student's words."""
    ask(student, submission, "my grandmother was ill")
    instructor.delete("/api/v1/students/108062001").raise_for_status()

    with services.sessions() as session:
        assert session.scalar(select(func.count(RegradeRequest.id))) == 0
        told = [str((one.before, one.after)) for one in session.scalars(select(AuditEntry))]
    assert told
    assert "grandmother" not in "".join(told)
