"""What a person adds to the total, or takes off: with a reason, told wherever the total is."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Assignment, AuditEntry, Submission, now
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, right

HOSTILE = "see <script>alert(1)</script>"


@pytest.fixture
def submission(services: Services, people: People) -> Submission:
    """Return a graded submission with all 100 points."""
    made = hand_in(services, people.student)
    finish(services, made, right())
    return made


def adjust(ta: TestClient, submission: Submission, points: float, reason: str) -> int:
    url = f"/api/v1/submissions/{submission.id}/adjustment"
    return ta.put(url, json={"points": points, "reason": reason}).status_code


def results(client: TestClient, submission: Submission) -> dict[str, object]:
    found: dict[str, object] = client.get(f"/api/v1/submissions/{submission.id}/results").json()
    return found


def test_it_comes_after_the_late_rule(
    services: Services, ta: TestClient, submission: Submission
) -> None:
    """100 points, a day late at 10 percent, minus 5: 85."""
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.due_at = now() - timedelta(hours=1)
        assignment.late_percent_per_day = 10.0
    assert adjust(ta, submission, -5, "copied a plot") == 200

    grade = ta.get(f"/api/v1/submissions/{submission.id}/scores").json()
    assert (grade["raw_points"], grade["late_points"], grade["adjustment"]) == (100, 10, -5)
    assert grade["points"] == 85


def test_a_total_never_falls_below_nothing(ta: TestClient, submission: Submission) -> None:
    """Minus 100 of 100 is 0; taken back, all points are there again."""
    assert adjust(ta, submission, -100, "not own work") == 200
    assert results(ta, submission)["score"] == 0

    ta.delete(f"/api/v1/submissions/{submission.id}/adjustment")
    assert results(ta, submission)["score"] == 100


@pytest.mark.parametrize(
    ("points", "reason", "code"),
    [
        (0, "why", "points-out-of-range"),
        (100.5, "why", "points-out-of-range"),
        (-3, " ", "reason-missing"),
    ],
)
def test_one_that_makes_no_sense_is_refused(
    ta: TestClient, submission: Submission, points: float, reason: str, code: str
) -> None:
    """Nothing to add, more than there is, and no reason."""
    url = f"/api/v1/submissions/{submission.id}/adjustment"
    answer = ta.put(url, json={"points": points, "reason": reason})

    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(("language", "label"), [("en", "Adjusted by"), ("zh-TW", "人工調整總分")])
def test_the_student_reads_points_and_reason(
    ta: TestClient, student: TestClient, submission: Submission, language: str, label: str
) -> None:
    """On the page, and in the file and document that are made of it; as text, whatever it says."""
    assert adjust(ta, submission, -7.5, HOSTILE) == 200
    headers = {"Accept-Language": language}
    page = student.get(f"/s/{submission.id}", headers=headers).text
    report = student.get(
        f"/api/v1/submissions/{submission.id}/report.html?language={language.replace('-', '_')}"
    ).text

    for document in (page, report):
        assert label in document
        assert "\N{MINUS SIGN}7.5" in document
        assert "see &lt;script&gt;" in document
        assert "<script>alert" not in document
    told = results(student, submission)
    assert told["score"] == 92.5
    assert '"adjustment": -7.5' in json.dumps(told)


def test_it_is_in_the_audit_log_and_the_export(
    services: Services, ta: TestClient, submission: Submission
) -> None:
    """Who gave it, what, why, and what stood there before."""
    adjust(ta, submission, 2, "good question")
    adjust(ta, submission, 3, "two good questions")

    with services.sessions() as session:
        query = select(AuditEntry).where(AuditEntry.action == "grade.adjust")
        first, second = session.scalars(query.order_by(AuditEntry.id)).all()
    assert (first.actor, first.before, first.after["points"]) == ("ta", {}, 2)
    assert (second.before["points"], second.after["remark"]) == (2, "two good questions")
    [row] = [
        one
        for one in ta.get(f"/api/v1/assignments/{EDITION}/grades.json").json()
        if one["submission"] == submission.id
    ]
    assert (row["points"], row["adjustment"]) == (103, 3)


@pytest.mark.parametrize(
    ("points", "reason", "status"),
    [("-5", "late talk", 303), ("-5", "", 422), ("", "why", 422), ("many", "why", 422)],
)
def test_the_desks_form_takes_both_or_neither(
    ta: TestClient, submission: Submission, points: str, reason: str, status: int
) -> None:
    """What cannot be used is said, and stays in its fields."""
    form = {"points:+": points, "remark:+": reason}
    answer = ta.post(f"/staff/{EDITION}/{submission.id}", data=form, follow_redirects=False)

    assert answer.status_code == status
    expected = 95 if status == 303 else 100
    assert results(ta, submission)["score"] == expected
    if status == 422:
        assert f'name="points:+" value="{points}"' in answer.text


def test_nothing_graded_is_made_a_grade_by_it(
    services: Services, people: People, ta: TestClient
) -> None:
    """A submission that waits stays without a score."""
    waiting = hand_in(services, people.other_student)
    assert adjust(ta, waiting, 5, "early") == 200

    assert ta.get(f"/api/v1/submissions/{waiting.id}").json()["score"] is None
