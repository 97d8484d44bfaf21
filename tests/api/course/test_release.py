"""Extensions and release: whose terms hold, and what of a result is seen when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.course.release import Document, released
from api.course.terms import terms_of
from api.grades.announcements import publish_planned
from api.kit.models import Assignment, AuditEntry, Extension, Submission, now
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, right, upload_of

DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTINGS = f"/api/v1/assignments/{EDITION}"
EXTENSIONS = f"{SETTINGS}/extensions"
URL = "/api/v1/submissions"
ALL = set(Document)
WHO = "108062001"


def course(**values: Any) -> Assignment:
    """Return an assignment, due at DUE, whose days are UTC's."""
    fixed = {"published": True, "late_percent_per_day": 10.0, "grace_minutes": 0, "release": {}}
    return Assignment(edition=EDITION, **({"due_at": DUE} | fixed | values))


def change(services: Services, **values: Any) -> None:
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        for name, value in values.items():
            setattr(assignment, name, value)


@pytest.mark.parametrize(
    ("values", "at", "seen"),
    [
        ({}, DUE - HOUR, ALL - {Document.REPORT}),
        ({}, DUE + HOUR, ALL),
        ({"late_days": 2}, DUE + HOUR, ALL - {Document.REPORT}),
        ({"late_days": 2}, DUE + 2 * DAY + HOUR, ALL),
        ({"grace_minutes": 90}, DUE + HOUR, ALL - {Document.REPORT}),
        ({"due_at": None}, DUE, ALL),
        ({"published": False}, DUE + HOUR, set()),
        ({"published": False, "publish_at": DUE + DAY}, DUE + HOUR, set()),
        ({"published": False, "publish_at": DUE + DAY}, DUE + DAY, ALL),
        ({"published": False, "release": {"report": "due"}}, DUE + HOUR, {Document.REPORT}),
        ({"published": False, "release": {"score": "always"}}, DUE - HOUR, {Document.SCORE}),
        ({"release": {"score": "never"}}, DUE - HOUR, {Document.FINDINGS}),
        ({"release": {"findings": "never"}}, DUE - HOUR, {Document.SCORE}),
        ({"release": {"report": "always"}}, DUE - HOUR, ALL),
    ],
)
def test_each_document_is_seen_when_its_assignment_says(
    values: dict[str, Any], at: datetime, seen: set[Document]
) -> None:
    """Feedback shows score and findings, so it waits for both; the report waits for the end."""
    assert released(course(**values), WHO, at) == seen


def test_the_report_waits_for_the_students_own_last_moment() -> None:
    """Who has until tomorrow is not shown today what derives the sheet's questions."""
    assignment = course()
    assignment.extensions[WHO] = Extension(student_id=WHO, due_at=DUE + DAY)

    assert Document.REPORT not in released(assignment, WHO, DUE + HOUR)
    assert Document.REPORT in released(assignment, "108062002", DUE + HOUR)
    assert Document.REPORT in released(assignment, WHO, DUE + DAY + HOUR)


def test_what_an_extension_leaves_out_is_the_assignments() -> None:
    """A later due date alone changes neither the late rule nor the attempts."""
    assignment = course(max_attempts=3)
    assignment.extensions[WHO] = Extension(student_id=WHO, due_at=DUE + DAY)

    terms = terms_of(assignment, WHO)

    assert (terms.due_at, terms.max_attempts, terms.late_percent_per_day) == (DUE + DAY, 3, 10.0)
    assert terms.extended
    assert not terms_of(assignment, "108062002").extended


@pytest.mark.parametrize(
    ("after", "days"), [(HOUR / 4, 0), (HOUR / 2, 0), (HOUR / 2 + HOUR / 60, 1), (DAY + HOUR, 2)]
)
def test_grace_makes_the_first_minutes_no_lateness(after: timedelta, days: int) -> None:
    """Within half an hour of grace nobody is late; after it the days count from the due date."""
    assert terms_of(course(grace_minutes=30), WHO).days_late(DUE + after) == days


def test_an_extension_takes_the_late_penalty_off(
    services: Services, people: People, ta: TestClient
) -> None:
    """What was handed in two days late costs nothing once the student has three days more."""
    due = now() - 2 * DAY + HOUR
    change(services, due_at=due, late_percent_per_day=10.0)
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    before = ta.get(f"{URL}/{submission.id}").json()["score"]

    given = ta.post(
        EXTENSIONS,
        json={"students": [WHO], "due_at": (due + 3 * DAY).isoformat(), "reason": "ill"},
    )

    assert given.status_code == 200
    after = ta.get(f"{URL}/{submission.id}").json()["score"]
    assert (before, after) == (80.0, 100.0)
    rows = ta.get(f"{SETTINGS}/grades.json").json()
    [row] = [one for one in rows if one["points"]]
    assert (row["points"], row["late_days"]) == (100.0, 0)


def test_an_extension_lets_its_student_hand_in(
    services: Services, people: People, student: TestClient, other_student: TestClient
) -> None:
    """After the end one student is still taken, and nobody else."""
    change(services, due_at=now() - 2 * DAY, late_days=1)
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.extensions[WHO] = Extension(student_id=WHO, due_at=now() + DAY)

    mine = student.post(URL, files=upload_of())
    others = other_student.post(URL, files=upload_of())

    assert mine.status_code == 202
    assert (others.status_code, others.json()["code"]) == (409, "too-late")


def test_before_it_opens_nothing_is_taken(
    services: Services, people: People, student: TestClient
) -> None:
    """An assignment that opens tomorrow says so."""
    change(services, opens_at=now() + DAY)

    refused = student.post(URL, files=upload_of())

    assert (refused.status_code, refused.json()["code"]) == (409, "too-early")


def test_giving_and_taking_back_are_on_the_record(
    services: Services, people: People, ta: TestClient
) -> None:
    """The log tells who gave whom what, and why; afterwards the assignment's terms hold."""
    ta.post(EXTENSIONS, json={"students": [WHO, " 108062001 "], "max_attempts": 9, "reason": "x"})
    assert [one["max_attempts"] for one in ta.get(EXTENSIONS).json()] == [9]

    assert ta.delete(f"{EXTENSIONS}/{WHO}").status_code == 204

    assert ta.get(EXTENSIONS).json() == []
    with services.sessions() as session:
        noted = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.action, one.actor, one.target) for one in noted[-2:]] == [
        ("extension.give", people.ta.login, f"student:{WHO}"),
        ("extension.take_back", people.ta.login, f"student:{WHO}"),
    ]
    assert noted[-2].after["max_attempts"] == 9


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"students": ["nobody-here"], "max_attempts": 2}, "nobody-here"),
        ({"students": [" "], "max_attempts": 2}, "at least one student"),
        ({"students": [WHO]}, "what is different"),
    ],
)
def test_an_extension_for_nobody_or_of_nothing_is_refused(
    people: People, ta: TestClient, body: dict[str, Any], words: str
) -> None:
    """The answer names who is unknown, or what is missing, and nothing is given."""
    refused = ta.post(EXTENSIONS, json=body)

    assert refused.status_code == 422
    assert words in refused.json()["detail"]
    assert ta.get(EXTENSIONS).json() == []


@pytest.fixture
def graded(services: Services, people: People) -> Submission:
    """Return a graded submission of an assignment that is due tomorrow."""
    change(services, due_at=now() + DAY)
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    return submission


def test_the_generated_report_is_kept_until_the_end(
    services: Services, graded: Submission, student: TestClient, ta: TestClient
) -> None:
    """Before the due moment a student has score and feedback, and is told when the rest comes."""
    url = f"{URL}/{graded.id}/report.html?kind=report"

    refused = student.get(url)

    assert (refused.status_code, refused.json()["code"]) == (403, "not-published")
    assert "shown from 20" in refused.json()["detail"]
    assert student.get(f"{URL}/{graded.id}/report.html").status_code == 200
    assert student.get(f"{URL}/{graded.id}").json()["shown"] == ["feedback", "findings", "score"]
    assert ta.get(url).status_code == 200
    change(services, due_at=now() - HOUR)
    assert student.get(url).status_code == 200


@pytest.mark.parametrize("hidden", ["score", "findings"])
def test_what_is_never_shown_is_in_no_answer(
    services: Services, graded: Submission, student: TestClient, hidden: str
) -> None:
    """Score or findings alone can be kept back; the files that hold them are, too."""
    change(services, release={hidden: "never"})

    told = student.get(f"{URL}/{graded.id}").json()
    [run] = student.get(f"{URL}/{graded.id}/runs").json()

    assert (told["score"] is None) == (run["score"] is None) == (hidden == "score")
    assert (told["grade"] is None) == (hidden == "score")
    assert student.get(f"{URL}/{graded.id}/results").status_code == 403
    assert student.get(f"{URL}/{graded.id}/report.pdf").status_code == 403


def test_a_moment_of_publishing_hides_until_then(
    services: Services, graded: Submission, student: TestClient, ta: TestClient
) -> None:
    """Planning it hides at once; the moment itself shows, without anybody's doing."""
    answer = ta.patch(SETTINGS, json={"publish_at": (now() + HOUR).isoformat()})
    assert answer.json()["published"] is False
    assert student.get(f"{URL}/{graded.id}").json()["score"] is None

    change(services, publish_at=now() - HOUR)

    assert student.get(f"{URL}/{graded.id}").json()["score"] == 100.0
    assert ta.post(f"{SETTINGS}/hide").json()["published"] is False
    assert student.get(f"{URL}/{graded.id}").json()["score"] is None


def test_maintenance_makes_a_planned_publication_lasting(
    services: Services, graded: Submission, student: TestClient
) -> None:
    """What was planned is published once, by the system, and not what is yet to come."""
    change(services, published=False, publish_at=now() + HOUR)
    assert publish_planned(services) == 0
    change(services, publish_at=now() - HOUR)

    assert [publish_planned(services), publish_planned(services)] == [1, 0]

    assert student.get(f"{URL}/{graded.id}").json()["score"] == 100.0
    with services.sessions() as session:
        [noted] = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "assignment.publish")
        )
    assert noted.actor == "system"
