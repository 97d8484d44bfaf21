"""Groups: who hands in together sees the same, gets the same, and nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Assignment, GroupMember, Role, Submission, User, now
from api.kit.services import Services
from api.lti.services.scores import _shown_of
from tests.api.pages.graded import right_results
from tests.api.people import EDITION, People, finish, hand_in, log_in, upload_of

ONE, OTHER, THIRD = "108062001", "108062002", "108062003"
ASSIGNMENT = f"/api/v1/assignments/{EDITION}"
GROUPS = f"{ASSIGNMENT}/groups"
SUBMISSIONS = "/api/v1/submissions"


@pytest.fixture
def third(services: Services, people: People, client: TestClient) -> TestClient:
    """Return the browser of a student who is in no group."""
    user = User(login=THIRD, student_id=THIRD, role=Role.STUDENT)
    with services.sessions.begin() as session:
        session.add(user)
    return log_in(services, client, user)


def group(ta: TestClient, *students: str) -> int:
    return ta.post(GROUPS, json={"students": [*students]}).status_code


def grade(services: Services, submission_id: str) -> None:
    """Have a submission earn all 100 points."""
    with services.sessions() as session:
        submission = session.get_one(Submission, submission_id)
    finish(services, submission, right_results())


def points(ta: TestClient) -> dict[str, float | None]:
    rows = ta.get(f"{ASSIGNMENT}/grades.json").json()
    return {one["student_id"]: one["points"] for one in rows}


def test_one_hands_in_and_all_get_the_points(
    services: Services,
    ta: TestClient,
    student: TestClient,
    other_student: TestClient,
    third: TestClient,
) -> None:
    """100 points for both members, nothing for the third, who does not even see that it exists."""
    assert group(ta, ONE, OTHER) == 201
    made = other_student.post(SUBMISSIONS, files=upload_of()).json()
    grade(services, made["id"])

    assert points(ta) == {ONE: 100.0, OTHER: 100.0, THIRD: None}
    for member in (student, other_student):
        assert member.get(f"{SUBMISSIONS}/{made['id']}").json()["score"] == 100
        assert [one["id"] for one in member.get(SUBMISSIONS).json()["items"]] == [made["id"]]
        assert f"/s/{made['id']}" in member.get("/").text
    for one in (ONE, OTHER):
        found = ta.get(SUBMISSIONS, params={"student_id": one}).json()["items"]
        assert [each["id"] for each in found] == [made["id"]]
    assert third.get(f"{SUBMISSIONS}/{made['id']}").status_code == 404
    assert third.get(SUBMISSIONS).json()["items"] == []


def test_attempts_and_extensions_are_the_groups(
    services: Services, ta: TestClient, student: TestClient, other_student: TestClient
) -> None:
    """Two attempts for both together; more time for one is more time for both."""
    ta.patch(ASSIGNMENT, json={"max_attempts": 2})
    group(ta, ONE, OTHER)
    for member in (student, other_student):
        made = member.post(SUBMISSIONS, files=upload_of()).json()
        grade(services, made["id"])
    third_time = student.post(SUBMISSIONS, files=upload_of())
    due = (now() + timedelta(days=9)).isoformat()
    ta.post(f"{ASSIGNMENT}/extensions", json={"students": [OTHER], "due_at": due})

    assert third_time.json()["code"] == "no-attempts-left"
    assert [one.get(ASSIGNMENT).json()["attempts_left"] for one in (student, other_student)] == [
        0,
        0,
    ]
    assert (
        student.get(ASSIGNMENT).json()["due_at"] == other_student.get(ASSIGNMENT).json()["due_at"]
    )
    assert student.get(ASSIGNMENT).json()["extended"] is True


def test_whoever_handed_in_leads_and_a_second_one_is_refused(
    services: Services, people: People, ta: TestClient
) -> None:
    """Otherwise one's work would no longer count."""
    hand_in(services, people.other_student)
    assert group(ta, ONE, OTHER) == 201
    assert ta.get(GROUPS).json() == [{"students": [OTHER, ONE], "lead": OTHER}]
    ta.delete(f"{GROUPS}/{ONE}")
    assert ta.get(GROUPS).json() == []
    hand_in(services, people.student)

    assert group(ta, ONE, OTHER) == 409


@pytest.mark.parametrize(
    ("students", "status"),
    [
        ([], 422),
        ([ONE], 422),
        ([ONE, ONE.lower()], 422),
        ([ONE, OTHER, THIRD, "108062004"], 422),
        ([ONE, "nobody"], 422),
        ([ONE, "ta"], 422),
    ],
)
def test_what_is_no_group_is_refused(
    ta: TestClient, third: TestClient, students: list[str], status: int
) -> None:
    assert group(ta, *students) == status
    assert ta.get(GROUPS).json() == []


def test_nobody_is_in_two_groups_of_an_assignment(ta: TestClient, third: TestClient) -> None:
    assert (group(ta, ONE, OTHER), group(ta, OTHER, THIRD)) == (201, 409)


def test_a_group_is_one_of_its_assignment_alone(
    services: Services, people: People, ta: TestClient, other_student: TestClient
) -> None:
    """What a mate hands in to another assignment stays unseen."""
    [elsewhere] = [name for name in services.editions if name != EDITION][:1]
    group(ta, ONE, OTHER)
    own = hand_in(services, people.student, edition=elsewhere)

    assert other_student.get(f"{SUBMISSIONS}/{own.id}").status_code == 404


def test_after_it_is_dissolved_only_the_lead_sees_and_has_the_work(
    services: Services, ta: TestClient, student: TestClient, other_student: TestClient
) -> None:
    group(ta, ONE, OTHER)
    made = other_student.post(SUBMISSIONS, files=upload_of()).json()
    grade(services, made["id"])
    assert ta.delete(f"{GROUPS}/{OTHER}").status_code == 204

    assert student.get(f"{SUBMISSIONS}/{made['id']}").status_code == 200
    assert other_student.get(f"{SUBMISSIONS}/{made['id']}").status_code == 404
    assert points(ta) == {ONE: 100.0, OTHER: None}


def test_a_deleted_lead_leaves_the_work_and_the_terms_to_the_others(
    services: Services, people: People, client: TestClient, ta: TestClient, third: TestClient
) -> None:
    """Two are left and go on as a group; of two, the one who is left goes on alone."""
    instructor = log_in(services, client, people.instructor)
    group(ta, ONE, OTHER, THIRD)
    made = third.post(SUBMISSIONS, files=upload_of()).json()
    grade(services, made["id"])
    ta.post(f"{ASSIGNMENT}/extensions", json={"students": [ONE], "max_attempts": 7})
    instructor.delete(f"/api/v1/students/{ONE}").raise_for_status()
    assert points(ta) == {OTHER: 100.0, THIRD: 100.0}
    assert ta.get(GROUPS).json() == [{"students": [OTHER, THIRD], "lead": OTHER}]
    assert third.get(ASSIGNMENT).json()["max_attempts"] == 7
    instructor.delete(f"/api/v1/students/{OTHER}").raise_for_status()

    assert points(ta) == {THIRD: 100.0}
    with services.sessions() as session:
        assert session.scalars(select(GroupMember)).all() == []
        assert session.get_one(Assignment, EDITION).extensions.keys() == {THIRD}


def test_a_course_site_is_told_each_members_points(
    services: Services, ta: TestClient, student: TestClient
) -> None:
    """Those of the group's work, for whoever did not hand it in as well."""
    group(ta, ONE, OTHER)
    made = student.post(SUBMISSIONS, files=upload_of()).json()
    grade(services, made["id"])
    with services.sessions() as session:
        told = [_shown_of(services, session, EDITION, one) for one in (ONE, OTHER)]

    assert told == [[100.0, 100.0]] * 2


def test_a_file_named_for_a_mate_is_no_ones_elses(
    ta: TestClient, student: TestClient, third: TestClient
) -> None:
    """What carries the id of somebody outside of the group is still told to staff."""
    group(ta, ONE, OTHER)
    mate, stranger = (
        student.post(SUBMISSIONS, files=upload_of(name=f"hw1_{one}.ipynb")).json()["named_for"]
        for one in (OTHER, THIRD)
    )

    assert (mate, stranger) == ("", THIRD)


def test_a_group_is_one_submission_to_be_graded_again(
    services: Services, ta: TestClient, student: TestClient
) -> None:
    """The class's table has a row for each member, the queue one run."""
    group(ta, ONE, OTHER)
    made = student.post(SUBMISSIONS, files=upload_of()).json()
    grade(services, made["id"])
    page = ta.get(f"/staff/{EDITION}").text
    form = {"scope": "shown", "confirmed": "yes", "back": f"/staff/{EDITION}"}
    done = ta.post(f"/staff/{EDITION}/regrade", data=form, follow_redirects=False)

    assert page.count(f"/staff/{EDITION}/{made['id']}") >= 2
    assert "count=1&busy=0" in done.headers["location"]
