"""Assignments made and removed; their titles, and criteria that people grade, changed."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from api.app import create_app
from api.kit.models import Assignment, AuditEntry, Base, Comparison, SavedComment
from api.kit.services import Services
from tests.api.pages.graded import right_results
from tests.api.people import EDITION, People, finish, hand_in, log_in, upload_of

ALL = "/api/v1/assignments"
ONE = f"{ALL}/{EDITION}"
RUBRIC = f"{ONE}/rubric"
DISCUSSION = {"title": {"en": "Discussion", "zh_TW": "討論"}, "points": 10}


@pytest.fixture
def instructor(services: Services, people: People, client: TestClient) -> TestClient:
    return log_in(services, client, people.instructor)


@pytest.fixture
def empty(services: Services) -> Services:
    """Return a service without any assignment, as a new one is."""
    with services.sessions.begin() as session:
        session.execute(delete(Assignment))
    return services


def set_rubric(client: TestClient, *criteria: Any, **title: str) -> dict[str, Any]:
    answer = client.put(RUBRIC, json={"title": title, "criteria": [*criteria]})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_new_assignment_takes_nothing_and_shows_nothing(
    empty: Services, people: People, instructor: TestClient, student: TestClient
) -> None:
    """It has the edition's late rule; a student hands in only once staff open it."""
    made = instructor.post(ALL, json={"edition": EDITION})
    refused = student.post("/api/v1/submissions", files=upload_of())
    instructor.patch(ONE, json={"open": True})
    taken = student.post("/api/v1/submissions", files=upload_of())

    assert (made.status_code, made.json()["open"], made.json()["published"]) == (201, False, False)
    assert (refused.status_code, taken.status_code) == (409, 202)
    assert [one["edition"] for one in student.get(ALL).json()] == [EDITION]


def test_there_is_one_assignment_of_an_edition_and_none_of_an_unknown_one(
    empty: Services, instructor: TestClient
) -> None:
    known = [instructor.post(ALL, json={"edition": EDITION}).status_code for _ in range(2)]

    assert known == [201, 409]
    assert instructor.post(ALL, json={"edition": "none-2000"}).status_code == 422


def test_only_an_assignment_without_submissions_is_removed(
    services: Services, people: People, instructor: TestClient
) -> None:
    """A start leaves it removed; its extensions go with it."""
    instructor.post(f"{ONE}/extensions", json={"students": ["108062001"], "max_attempts": 2})
    assert instructor.delete(ONE).status_code == 204
    assert instructor.get(ONE).status_code == 404
    instructor.post(ALL, json={"edition": EDITION})
    assert instructor.get(f"{ONE}/extensions").json() == []
    instructor.patch(ONE, json={"open": True})
    hand_in(services, people.student)

    assert instructor.delete(ONE).json()["code"] == "assignment-in-use"
    assert instructor.get(ONE).status_code == 200


@pytest.mark.parametrize("wanted", [True, False])
def test_a_start_opens_every_edition_unless_told_otherwise(empty: Services, wanted: bool) -> None:
    told = empty.settings.model_copy(update={"every_edition": wanted})
    with TestClient(create_app(replace(empty, settings=told))), empty.sessions() as session:
        found = session.scalars(select(Assignment.open)).all()

    assert found == [True] * (len(empty.editions) if wanted else 0)


def test_what_names_an_assignment_goes_with_it_or_keeps_it(
    services: Services, people: People, instructor: TestClient
) -> None:
    """Comments to be used again and comparisons go; a table that is not here is new."""
    naming = {
        key.parent.table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "assignments"
    }
    goes = {"extensions", "group_members", "saved_comments", "comparisons", "webhook_deliveries"}
    assert naming == goes | {"submissions", "lti_links"}
    with services.sessions.begin() as session:
        session.add(SavedComment(edition=EDITION, text="Well argued.", sha256="0" * 64))
        session.add(Comparison(edition=EDITION))

    assert instructor.delete(ONE).status_code == 204


def test_a_criterion_for_people_counts_for_what_is_graded_already(
    services: Services, people: People, instructor: TestClient
) -> None:
    """100 by the grader, 8 of 10 by a person: 108 of 110, in the export, too."""
    submission = hand_in(services, people.student)
    finish(services, submission, right_results())
    told = set_rubric(instructor, DISCUSSION)
    [added] = told["criteria"]
    assert (told["total"], added["points"]) == (110, 10)
    one = f"/api/v1/submissions/{submission.id}"
    instructor.put(f"{one}/scores/{added['id']}", json={"points": 8}).raise_for_status()

    grade = instructor.get(f"{one}/scores").json()
    assert (grade["points"], grade["max_points"]) == (108, 110)
    table = instructor.get(f"{ONE}/grades.csv").text.lstrip("\ufeff")
    [row] = [one for one in csv.DictReader(io.StringIO(table)) if one["attempt"]]
    assert (row["points"], row[added["id"]]) == ("108.0", "8.0")
    assert '"Discussion"' in instructor.get(f"{one}/results").text


def test_points_that_were_given_are_not_lost_by_a_change(
    services: Services, people: People, instructor: TestClient
) -> None:
    """Neither fewer points than somebody has, nor no criterion; more, and other words, are."""
    submission = hand_in(services, people.student)
    finish(services, submission, right_results())
    [added] = set_rubric(instructor, DISCUSSION)["criteria"]
    score = f"/api/v1/submissions/{submission.id}/scores/{added['id']}"
    instructor.put(score, json={"points": 8}).raise_for_status()
    fewer = instructor.put(RUBRIC, json={"criteria": [added | {"points": 7.5}]})
    none = instructor.put(RUBRIC, json={"criteria": []})
    more = set_rubric(instructor, added | {"points": 8, "title": {"en": "Ranges"}})

    assert (fewer.status_code, none.status_code) == (409, 409)
    assert "submissions with more points on it than that: 1" in fewer.json()["detail"]
    [left] = more["criteria"]
    assert (left["id"], left["title"]["en"], left["points"]) == (added["id"], "Ranges", 8)
    instructor.delete(score).raise_for_status()
    assert set_rubric(instructor)["criteria"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": -1},
        {"points": 1001},
        {"title": {"en": ""}},
        {"title": {"en": "A\u202eb"}},
        {"id": "weights.scale"},
        {"id": "written.none"},
    ],
)
def test_a_criterion_that_makes_no_sense_is_refused(
    instructor: TestClient, wrong: dict[str, Any]
) -> None:
    """Nor can one of the grader's be made one that people grade."""
    assert instructor.put(RUBRIC, json={"criteria": [DISCUSSION | wrong]}).status_code == 422
    assert instructor.get(RUBRIC).json()["total"] == 100


def test_a_removed_criterion_never_comes_back_under_another_name(instructor: TestClient) -> None:
    [first] = set_rubric(instructor, DISCUSSION)["criteria"]
    set_rubric(instructor)
    [second] = set_rubric(instructor, DISCUSSION)["criteria"]

    assert first["id"] != second["id"]


def test_an_assignments_title_is_its_own(instructor: TestClient, student: TestClient) -> None:
    """Pages and API call it so; without it the edition's holds again. The log has both."""
    before = student.get(ONE).json()["title"]
    set_rubric(instructor, en="Homework 1", zh_TW="作業一")
    assert student.get(ONE).json()["title"] == "Homework 1"
    assert "作業一" in student.get("/", headers={"Accept-Language": "zh-TW"}).text
    assert "作業一" in instructor.get("/staff", headers={"Accept-Language": "zh-TW"}).text
    set_rubric(instructor)

    assert student.get(ONE).json()["title"] == before


def test_the_log_tells_what_of_the_rubric_was_changed(
    services: Services, instructor: TestClient
) -> None:
    set_rubric(instructor, DISCUSSION)
    with services.sessions() as session:
        [entry] = session.scalars(select(AuditEntry))

    before, after = (
        [one["title"]["en"] for one in told["criteria"]] for told in (entry.before, entry.after)
    )
    assert entry.action == "assignment.rubric"
    assert "Discussion" not in before
    assert after == ["Discussion"]
