"""Grading by hand, regrading, assignments and deletion over the API, each with its audit entry."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Assignment, AuditEntry, ManualScore, RunState, Submission
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, right, wrong

URL = "/api/v1/submissions"
ASSIGNMENT = f"/api/v1/assignments/{EDITION}"
CRITERION = "weights.scale"
GRADED, REFUSED = RunState.GRADED, RunState.REFUSED


@pytest.fixture
def graded(services: Services, people: People) -> Submission:
    """Return a submission of the first student's that was graded."""
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    return submission


def audit_log(services: Services) -> list[AuditEntry]:
    with services.sessions() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def criterion(grade: dict[str, list[dict[str, object]]], name: str) -> dict[str, object]:
    return next(one for one in grade["criteria"] if one["id"] == name)


def test_points_by_hand_count_and_survive_a_regrade(
    services: Services, graded: Submission, ta: TestClient
) -> None:
    """What a TA decided stays, whatever a later run finds."""
    score = {"points": 1.5, "remark": "half right"}

    decided = ta.put(f"{URL}/{graded.id}/scores/{CRITERION}", json=score).json()
    ta.post(f"{URL}/{graded.id}/regrade")
    finish(services, graded, wrong())
    told = ta.get(f"{URL}/{graded.id}").json()["grade"]

    for grade in (decided, told):
        one = criterion(grade, CRITERION)
        assert (one["manual"], one["points"], one["remark"]) == (1.5, 1.5, "half right")


def test_taking_a_decision_back_brings_the_graders_points_back(
    graded: Submission, ta: TestClient
) -> None:
    """Without a decision the automatic points count again; doing it twice is no error."""
    before = ta.get(f"{URL}/{graded.id}").json()["grade"]
    ta.put(f"{URL}/{graded.id}/scores/{CRITERION}", json={"points": 0})

    once = ta.delete(f"{URL}/{graded.id}/scores/{CRITERION}")
    twice = ta.delete(f"{URL}/{graded.id}/scores/{CRITERION}")

    assert once.json() == twice.json() == before


def test_every_change_of_a_grade_is_noted(
    services: Services, graded: Submission, ta: TestClient
) -> None:
    """The audit log holds who changed what, from what, to what, in which request."""
    address = f"{URL}/{graded.id}/scores/{CRITERION}"
    put = ta.put(address, json={"points": 2.0})
    ta.put(address, json={"points": 1.0, "remark": "no"})
    ta.delete(address)
    ta.put(f"{URL}/{graded.id}/remark", json={"remark": "See me."})

    log = audit_log(services)

    assert [(one.actor, one.action) for one in log] == [
        ("ta", "grade.manual"),
        ("ta", "grade.manual"),
        ("ta", "grade.manual"),
        ("ta", "grade.remark"),
    ]
    assert {one.target for one in log} == {f"submission:{graded.id}"}
    assert log[0].request_id == put.headers["x-request-id"]
    assert (log[0].before, log[0].after["points"]) == ({}, 2.0)
    assert (log[1].before["points"], log[1].after["points"]) == (2.0, 1.0)
    assert (log[2].before["remark"], log[2].after) == ("no", {})


def test_a_remark_is_set_and_taken_back(
    services: Services, graded: Submission, ta: TestClient, student: TestClient
) -> None:
    """The student reads the remark; an empty one removes it."""
    ta.put(f"{URL}/{graded.id}/remark", json={"remark": "See me."})
    read = student.get(f"{URL}/{graded.id}").json()["grade"]["remark"]
    ta.put(f"{URL}/{graded.id}/remark", json={"remark": " "})

    assert read == "See me."
    with services.sessions() as session:
        assert session.scalars(select(ManualScore)).all() == []


@pytest.mark.parametrize(
    "body",
    [{"points": -1}, {"points": 5.5}, {"points": "many"}, {"score": 1}, {"remark": "a\0b"}, []],
)
def test_points_that_make_no_sense_are_refused(
    services: Services, graded: Submission, ta: TestClient, body: object
) -> None:
    """Points lie between zero and the criterion's maximum, and nothing else is taken."""
    answer = ta.put(f"{URL}/{graded.id}/scores/{CRITERION}", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert audit_log(services) == []


def test_an_unknown_criterion_is_a_404(graded: Submission, ta: TestClient) -> None:
    """Only the criteria that the submission is graded by can be decided."""
    answer = ta.put(f"{URL}/{graded.id}/scores/weights.nothing", json={"points": 1})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"scores/{CRITERION}"),
        ("DELETE", f"scores/{CRITERION}"),
        ("PUT", "remark"),
        ("POST", "regrade"),
    ],
)
def test_students_do_not_grade(
    services: Services, graded: Submission, student: TestClient, method: str, path: str
) -> None:
    """A student changes nothing about a grade, their own least of all."""
    body = {"remark": "full marks please"}

    answer = student.request(method, f"{URL}/{graded.id}/{path}", json=body)

    assert answer.status_code == 403
    assert audit_log(services) == []


def test_regrading_one(graded: Submission, ta: TestClient) -> None:
    """A regrade is queued as the next run; while it is active there is no other."""
    first = ta.post(f"{URL}/{graded.id}/regrade")
    second = ta.post(f"{URL}/{graded.id}/regrade")

    assert (first.status_code, first.json()["number"]) == (202, 2)
    assert (second.status_code, second.json()["code"]) == (409, "already-running")


def regrade(client: TestClient, **body: object) -> tuple[list[str], list[str]]:
    answer = client.post("/api/v1/regrades", json={"edition": EDITION, **body})
    assert answer.status_code == 202, answer.text
    return answer.json()["queued"], answer.json()["already_running"]


def test_regrading_all_means_the_attempts_that_count(
    services: Services, people: People, ta: TestClient
) -> None:
    """All means the latest graded attempt of each student, unless all are asked for."""
    old, new = (hand_in(services, people.student) for _ in range(2))
    other = hand_in(services, people.other_student)
    for one in (old, new):
        finish(services, one)

    assert regrade(ta) == ([new.id], [other.id])
    assert regrade(ta, attempts="all") == ([old.id], [other.id, new.id])


def test_regrading_all_reaches_a_grade_behind_a_refused_attempt(
    services: Services, people: People, ta: TestClient
) -> None:
    """A newer attempt that was refused does not keep the grade that counts from a regrade."""
    counts, refused = (_attempt(services, people, state) for state in (GRADED, REFUSED))

    assert regrade(ta) == ([refused.id, counts.id], [])


def test_a_filter_leads_to_no_attempt_that_does_not_count(
    services: Services, people: People, ta: TestClient
) -> None:
    """An older attempt with the finding is history; a newer one that is our fault is not."""
    _attempt(services, people, GRADED, wrong())
    _attempt(services, people, RunState.UNGRADED)
    _attempt(services, people, GRADED, right())
    ours = _attempt(services, people, RunState.UNGRADED)
    finding = wrong()["extra_data"]["findings"][0]["id"]

    assert regrade(ta, finding=finding) == ([], [])
    assert regrade(ta, state="ungraded") == ([ours.id], [])


def _attempt(
    services: Services,
    people: People,
    state: RunState,
    results: dict[str, Any] | None = None,
) -> Submission:
    submission = hand_in(services, people.student)
    finish(services, submission, results, state=state)
    return submission


def test_regrading_those_with_a_finding(
    services: Services, people: People, ta: TestClient
) -> None:
    """A finding that was mended in the grader names whom to grade again."""
    hit, clean = hand_in(services, people.student), hand_in(services, people.other_student)
    finish(services, hit, wrong())
    finish(services, clean, right())
    finding = wrong()["extra_data"]["findings"][0]["id"]

    assert regrade(ta, finding=finding, state="graded") == ([hit.id], [])


def test_regrading_chosen_ones(services: Services, people: People, ta: TestClient) -> None:
    """Chosen submissions are regraded, and none of them where one does not exist."""
    one, other = hand_in(services, people.student), hand_in(services, people.other_student)
    finish(services, one)
    finish(services, other)

    missing = ta.post(
        "/api/v1/regrades", json={"edition": EDITION, "submissions": [one.id, "0" * 32]}
    )

    assert missing.status_code == 404
    assert regrade(ta, submissions=[one.id]) == ([one.id], [])


def test_a_due_date_changes_grades_at_once(
    services: Services, graded: Submission, ta: TestClient
) -> None:
    """A due date in the past makes a submission late, and its points fewer, without a regrade."""
    before = ta.get(f"{URL}/{graded.id}").json()["score"]
    body = {"due_at": "2020-01-01T00:00:00+08:00", "late_percent_per_day": 0.01}

    answer = ta.patch(ASSIGNMENT, json=body)

    assert answer.json()["due_at"] == "2019-12-31T16:00:00Z"
    assert ta.get(f"{URL}/{graded.id}").json()["score"] < before
    [entry] = audit_log(services)
    assert (entry.action, entry.target) == ("assignment.change", f"assignment:{EDITION}")
    assert entry.after == {
        "due_at": "2019-12-31T16:00:00+00:00",
        "late_percent_per_day": 0.01,
    }


@pytest.mark.parametrize(
    "body",
    [
        {"due_at": "2026-01-01T00:00:00"},
        {"due_at": "0001-01-01T00:00:00+14:00"},
        {"late_percent_per_day": 101},
        {"max_attempts": 0},
        {"counts": "worst"},
        {"published": True},
    ],
)
def test_settings_that_make_no_sense_are_refused(ta: TestClient, body: object) -> None:
    """A due date has a zone, percents end at a hundred, and publishing is a request of its own."""
    assert ta.patch(ASSIGNMENT, json=body).status_code == 422
    whole = ta.get(ASSIGNMENT).json()
    assert ta.put(ASSIGNMENT, json={**whole, "published": True}).status_code == 200
    wrong_one = {"published": False} if body == {"published": True} else body
    assert ta.put(ASSIGNMENT, json={**whole, **wrong_one}).status_code == 422


def test_naming_one_setting_changes_no_other(services: Services, ta: TestClient) -> None:
    """PATCH changes what it names; PUT wants every setting, and takes what GET gives."""
    rule = {"due_at": "2026-12-01T15:59:59Z", "late_percent_per_day": 12.5, "max_attempts": 4}
    ta.patch(ASSIGNMENT, json=rule)
    before = ta.get(ASSIGNMENT).json()

    closed = ta.patch(ASSIGNMENT, json={"open": False}).json()
    short = ta.put(ASSIGNMENT, json={"open": True})
    put_back = ta.put(ASSIGNMENT, json=before)

    assert closed == {**before, "open": False}
    assert short.status_code == 422
    assert (put_back.status_code, put_back.json()) == (200, before)
    assert [one.after for one in audit_log(services)][1:] == [{"open": False}, {"open": True}]
    assert "published" in ta.put(ASSIGNMENT, json={**before, "published": False}).json()["detail"]


def test_publishing_and_hiding(services: Services, ta: TestClient, student: TestClient) -> None:
    """Both are staff's, told at once, and noted."""
    assert student.post(f"{ASSIGNMENT}/hide").status_code == 403

    hidden = ta.post(f"{ASSIGNMENT}/hide").json()["published"]
    shown = ta.post(f"{ASSIGNMENT}/publish").json()["published"]

    assert (hidden, shown) == (False, True)
    assert [one.action for one in audit_log(services)] == ["assignment.hide", "assignment.publish"]


def test_a_student_is_told_their_attempts(
    services: Services, people: People, student: TestClient, other_student: TestClient
) -> None:
    """What is left counts the student's own attempts alone."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).max_attempts = 3
    hand_in(services, people.student)

    left = [one.get(ASSIGNMENT).json()["attempts_left"] for one in (student, other_student)]

    assert left == [2, 3]
    assert student.get("/api/v1/assignments/none-2000").status_code == 404


def test_a_student_can_be_forgotten(
    services: Services,
    people: People,
    instructor: TestClient,
    ta: TestClient,
    other_student: TestClient,
) -> None:
    """An instructor deletes a student's work and account; others keep theirs; the log stays."""
    mine = hand_in(services, people.student)
    other = hand_in(services, people.other_student)
    assert ta.delete("/api/v1/students/108062001").status_code == 403

    deleted = instructor.delete("/api/v1/students/108062001")

    assert deleted.json() == {"student_id": "108062001", "submissions": 1, "account": True}
    assert ta.get(f"{URL}/{mine.id}").status_code == 404
    assert other_student.get(f"{URL}/{other.id}").status_code == 200
    assert instructor.delete("/api/v1/students/108062001").status_code == 404
    assert audit_log(services)[-1].target == "student:108062001"
    with services.sessions() as session:
        for table in ("runs", "submission_files", "submissions"):
            count = session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}")
            assert count.scalar_one() == 1


def test_a_graded_submission_has_final_state(graded: Submission, ta: TestClient) -> None:
    """The newest run's state is told, also while it is graded again."""
    ta.post(f"{URL}/{graded.id}/regrade")

    told = ta.get(f"{URL}/{graded.id}").json()

    assert (told["state"], told["run"]) == (RunState.WAITING, 2)
    assert told["score"] is not None


def test_a_grade_is_changed_only_as_it_was_read(
    services: Services, people: People, ta: TestClient
) -> None:
    """If-Match names the grade that is meant; one that is another by now is refused with 412."""
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    url = f"/api/v1/submissions/{submission.id}/scores"
    read = ta.get(url)
    old = {"If-Match": read.headers["etag"]}

    first = ta.put(f"{url}/bias.factors", json={"points": 1}, headers=old)
    second = ta.put(f"{url}/bias.factors", json={"points": 2}, headers=old)
    again = ta.put(
        f"{url}/bias.factors", json={"points": 2}, headers={"If-Match": first.headers["etag"]}
    )

    assert (first.status_code, second.status_code, again.status_code) == (200, 412, 200)
    assert second.json()["code"] == "changed-meanwhile"
    assert ta.delete(f"{url}/bias.factors", headers=old).status_code == 412
    assert ta.get(url).json() == again.json()
