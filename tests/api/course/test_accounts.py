"""Accounts from the page and the API: one more student, staff, roles, sections, shutting out."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.auth import links
from api.kit.models import AuditEntry, Role, User
from api.kit.services import Services
from tests.api.people import EDITION, People, log_in

USERS = "/api/v1/users"
STUDENTS = "/api/v1/students"


@pytest.fixture
def instructor(services: Services, people: People, client: TestClient) -> TestClient:
    return log_in(services, client, people.instructor)


def role_of(services: Services, login: str) -> Role:
    with services.sessions() as session:
        return session.scalars(select(User.role).where(User.login == login)).one()


def test_one_more_student_is_on_the_roster(instructor: TestClient) -> None:
    answer = instructor.post(
        STUDENTS, json={"student_id": " 108062010 ", "name": "Wu", "section": "B"}
    )

    assert answer.status_code == 201
    listed = {one["student_id"]: one for one in instructor.get("/api/v1/roster").json()}
    assert (listed["108062010"]["name"], listed["108062010"]["section"]) == ("Wu", "B")


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        ({"student_id": "108062001"}, 409, "is on the roster already"),
        ({"student_id": "TA"}, 409, "ta is the login of a member of staff"),
        ({"student_id": "108-062001"}, 422, "is 108-062001 the same as 108062001?"),
        ({"student_id": "../etc"}, 422, "in the form: student_id '../etc' has to be"),
        ({"student_id": "1.08E+08"}, 422, "was rounded by a spreadsheet"),
        ({"student_id": "s9", "email": "nowhere"}, 422, "email"),
        ({"student_id": "s9", "name": "A\u202en"}, 422, "name"),
    ],
)
def test_a_student_who_cannot_be_added_is_told_why(
    instructor: TestClient, given: dict[str, str], status: int, told: str
) -> None:
    answer = instructor.post(STUDENTS, json=given)

    assert answer.status_code == status
    assert told in answer.text
    assert "imported" not in answer.text


def test_an_id_that_looks_like_anothers_is_taken_once_that_is_said(instructor: TestClient) -> None:
    given = {"student_id": "108-062001", "alike": True}

    assert instructor.post(STUDENTS, json=given).status_code == 201


def test_new_staff_log_in_by_a_link_that_works_once(
    services: Services, instructor: TestClient, client: TestClient
) -> None:
    added = instructor.post(USERS, json={"login": "ann", "role": "ta"}).json()
    path = added["link"].removeprefix(services.settings.public_url)

    assert path.startswith(links.PATH)
    assert client.post(path, follow_redirects=False).status_code == 303
    assert TestClient(client.app).post(path).status_code == 410
    assert client.get("/api/v1/me").json()["role"] == "ta"


def test_a_role_holds_from_the_next_request_on(
    services: Services, people: People, instructor: TestClient, client: TestClient
) -> None:
    ta = log_in(services, client, people.ta)
    assert ta.get(USERS).status_code == 403
    instructor.patch(f"{USERS}/{people.ta.id}", json={"role": "instructor"})
    assert ta.get(USERS).status_code == 200
    instructor.patch(f"{USERS}/{people.ta.id}", json={"role": "ta"})

    assert ta.get(USERS).status_code == 403


@pytest.mark.parametrize("wanted", [{"role": "ta"}, {"enabled": False}])
def test_the_last_instructor_stays_one(
    services: Services, people: People, instructor: TestClient, wanted: dict[str, object]
) -> None:
    """Somebody shut out is no instructor who could run the course."""
    out = instructor.post(USERS, json={"login": "out", "role": "instructor"}).json()
    instructor.patch(f"{USERS}/{out['id']}", json={"enabled": False})
    answer = instructor.patch(f"{USERS}/{people.instructor.id}", json=wanted)

    assert (answer.status_code, answer.json()["code"]) == (409, "last-instructor")
    assert role_of(services, "staff") is Role.INSTRUCTOR
    assert instructor.get(USERS).status_code == 200


def test_no_student_becomes_staff_and_no_staff_get_a_section(
    services: Services, people: People, instructor: TestClient
) -> None:
    student = instructor.patch(f"{USERS}/{people.student.id}", json={"role": "instructor"})
    staff = instructor.patch(f"{USERS}/{people.ta.id}", json={"section": "A"})
    new = instructor.post(USERS, json={"login": "s9", "role": "student"})

    assert (student.status_code, staff.status_code, new.status_code) == (422, 422, 422)
    assert role_of(services, people.student.login) is Role.STUDENT


def test_whoever_is_shut_out_loses_the_session_and_is_let_in_anew(
    services: Services, people: People, instructor: TestClient, client: TestClient
) -> None:
    student = log_in(services, client, people.student)
    one = f"{USERS}/{people.student.id}"
    assert instructor.patch(one, json={"enabled": False}).json()["enabled"] is False
    assert student.get("/api/v1/me").status_code == 401
    assert instructor.patch(one, json={"enabled": True}).json()["enabled"] is True

    assert student.get("/api/v1/me").status_code == 401
    assert log_in(services, client, people.student).get("/api/v1/me").status_code == 200


def test_the_log_says_what_was_changed_and_holds_no_link(
    services: Services, people: People, instructor: TestClient
) -> None:
    link = instructor.post(USERS, json={"login": "ann", "role": "ta"}).json()["link"]
    instructor.patch(f"{USERS}/{people.student.id}", json={"section": "B", "name": "Chen"})
    with services.sessions() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()

    assert [one.action for one in entries] == ["user.add", "user.link", "user.change"]
    assert (entries[2].before, entries[2].after) == ({"section": ""}, {"section": "B"})
    secret = link.rpartition("/")[2]
    assert not any(secret in f"{one.before}{one.after}{one.target}" for one in entries)


def test_sections_come_with_the_roster(instructor: TestClient) -> None:
    """As Canvas writes them; a later file without the column takes nobody out of theirs."""
    csv = {"Content-Type": "text/csv"}
    first = "Student,SIS User ID,Section\nChen,108062001,HW (2)\n"
    instructor.post("/api/v1/roster", content=first, headers=csv)
    instructor.post("/api/v1/roster", content="student_id\n108062001\n", headers=csv)

    listed = {one["student_id"]: one for one in instructor.get("/api/v1/roster").json()}
    assert listed["108062001"]["section"] == "HW (2)"


def test_a_class_is_searched_by_section(people: People, instructor: TestClient) -> None:
    instructor.patch(f"{USERS}/{people.student.id}", json={"section": "Thursday"})
    page = instructor.get(f"/staff/{EDITION}?q=thursday").text

    assert people.student.login in page
    assert people.other_student.login not in page
