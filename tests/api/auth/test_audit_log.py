"""The audit log: every change of a grade, of what students see and of who gets in stands in it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.auth import audit
from api.kit.models import AuditEntry, Submission
from api.kit.services import Services
from api.requests.principal import Principal
from tests.api.people import EDITION, NOTEBOOK, People, finish, hand_in

V1 = "/api/v1"
CHANGES = [
    ("PUT", "/submissions/{id}/scores/weights.scale", {"json": {"points": 0.5}}, "ta"),
    ("PUT", "/submissions/{id}/remark", {"json": {"remark": "good"}}, "ta"),
    ("POST", "/submissions/{id}/regrade", {}, "ta"),
    ("POST", "/regrades", {"json": {"edition": EDITION}}, "ta"),
    ("PATCH", f"/assignments/{EDITION}", {"json": {"max_attempts": 3}}, "ta"),
    ("POST", f"/assignments/{EDITION}/hide", {}, "ta"),
    ("DELETE", "/students/108062001", {}, "instructor"),
    (
        "POST",
        "/roster",
        {"content": "student_id\ns9\n", "headers": {"Content-Type": "text/csv"}},
        "instructor",
    ),
    ("POST", "/roster/108062001/link", {}, "instructor"),
    ("DELETE", "/roster/108062001/link", {}, "instructor"),
    ("POST", "/roster/links", {}, "instructor"),
    ("POST", "/tokens", {"json": {"name": "x", "scopes": ["read"]}}, "ta"),
    ("POST", "/password", {"json": {"new": "a long password"}}, "ta"),
]


@pytest.fixture
def graded(services: Services, people: People) -> Submission:
    submission = hand_in(services, people.student)
    finish(services, submission)
    return submission


def entries(services: Services) -> list[AuditEntry]:
    with services.sessions() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.mark.parametrize(
    ("method", "path", "send", "who"), CHANGES, ids=[f"{c[0]} {c[1]}" for c in CHANGES]
)
def test_a_change_is_noted_with_who_and_which_request(  # noqa: PLR0917  a table's columns
    request: pytest.FixtureRequest,
    services: Services,
    graded: Submission,
    method: str,
    path: str,
    send: dict[str, object],
    who: str,
) -> None:
    client: TestClient = request.getfixturevalue(who)

    answer = client.request(method, V1 + path.format(id=graded.id), **send)  # type: ignore[arg-type]

    assert answer.status_code < 300, answer.text
    noted = entries(services)
    assert noted
    assert {entry.actor for entry in noted} == {"ta" if who == "ta" else "staff"}
    assert {entry.request_id for entry in noted} == {answer.headers["X-Request-ID"]}


def test_a_grade_by_hand_is_noted_before_and_after(
    ta: TestClient, services: Services, graded: Submission
) -> None:
    for points in (0.5, 0.25):
        ta.put(f"{V1}/submissions/{graded.id}/scores/weights.scale", json={"points": points})

    first, second = entries(services)
    assert second.target.endswith(graded.id) or graded.id in second.target
    assert first.after["points"] == 0.5
    assert (second.before["points"], second.after["points"]) == (0.5, 0.25)


def test_what_was_refused_is_not_noted(
    student: TestClient, services: Services, graded: Submission
) -> None:
    student.put(f"{V1}/submissions/{graded.id}/scores/weights.scale", json={"points": 1})

    assert entries(services) == []


def test_a_change_that_fails_leaves_no_entry(services: Services) -> None:
    """The entry is of the change's own transaction: both, or neither."""
    with services.sessions() as session:
        audit.record(session, Principal(login="ta"), "grade.manual", "submission:1")
        session.flush()
        session.rollback()

    assert entries(services) == []


def test_no_route_changes_the_log(instructor: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert instructor.request(method, f"{V1}/audit").status_code == 405
        assert instructor.request(method, f"{V1}/audit/1").status_code == 404


def test_the_log_is_read_page_by_page(instructor: TestClient, services: Services) -> None:
    with services.sessions.begin() as session:
        for number in range(5):
            audit.record(session, Principal(login="ta"), "grade.manual", f"submission:{number}")

    seen, before = [], None
    while True:
        params = {"limit": 2, "action": "grade"} | ({"before": before} if before else {})
        page = instructor.get(f"{V1}/audit", params=params).json()
        seen += [entry["target"] for entry in page["entries"]]
        before = page["next"]
        if before is None:
            break

    assert seen == [f"submission:{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    "params", [{"actor": "ta"}, {"target": "submission:1"}, {"action": "grade.m"}]
)
def test_the_log_is_filtered(
    instructor: TestClient, services: Services, params: dict[str, str]
) -> None:
    with services.sessions.begin() as session:
        audit.record(session, Principal(login="ta"), "grade.manual", "submission:1")
        audit.record(session, Principal(login="b"), "roster.import", "roster")

    page = instructor.get(f"{V1}/audit", params=params).json()

    assert [entry["actor"] for entry in page["entries"]] == ["ta"]


def test_an_upload_is_nobodys_change(student: TestClient, services: Services) -> None:
    """What students hand in stands in the submissions; the log is for what people decide."""
    answer = student.post(f"{V1}/submissions", files={"file": ("hw1.ipynb", NOTEBOOK)})

    assert answer.status_code == 202
    assert entries(services) == []


def test_the_log_is_searched_by_student_id(
    instructor: TestClient, ta: TestClient, graded: Submission
) -> None:
    """A student's id, or part of it, finds what was done to their submissions."""
    ta.put(f"{V1}/submissions/{graded.id}/remark", json={"remark": "good"})

    for words, found in (("108062001", 1), ("62001", 1), ("108062002", 0), ("%", 0)):
        page = instructor.get(f"{V1}/audit", params={"target": words}).json()
        assert len(page["entries"]) == found, words
        assert (
            "108062001, Attempt 1" in instructor.get("/staff/audit", params={"target": words}).text
        ) == bool(found)


def test_a_ta_reads_who_changed_grades_and_nothing_else(
    ta: TestClient, instructor: TestClient, graded: Submission
) -> None:
    """The desk leads a TA to the log of its student; accounts and settings are not in it."""
    instructor.put(f"{V1}/submissions/{graded.id}/remark", json={"remark": "good"})
    instructor.post(f"{V1}/roster/108062001/link")
    desk = ta.get(f"/staff/{EDITION}/{graded.id}").text

    assert 'href="/staff/audit?target=108062001"' in desk
    seen = ta.get("/staff/audit?target=108062001").text
    assert "grade.remark" in seen
    assert "roster.link" not in seen
    assert "roster.link" in instructor.get("/staff/audit?target=108062001").text
    assert ta.get(f"{V1}/audit").status_code == 403
