"""The class's grades as CSV and JSON."""

from __future__ import annotations

import csv
import io

import pytest
from starlette.testclient import TestClient

from api.kit.models import Role, Submission, User
from api.kit.services import Services
from grader.results.exports.spreadsheets import harmless
from tests.api.people import EDITION, People, finish, hand_in, right, wrong

URL = f"/api/v1/assignments/{EDITION}"


def table(client: TestClient, **query: object) -> list[dict[str, str]]:
    answer = client.get(f"{URL}/grades.csv", params=query)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_everybody_has_a_row(services: Services, people: People, ta: TestClient) -> None:
    """The export holds the attempt that counts, and an empty row for who handed in nothing."""
    submission = hand_in(services, people.student)
    finish(services, submission, right())

    chen, lin = table(ta)

    assert (chen["student_id"], chen["name"], chen["submission"]) == (
        "108062001",
        "Chen",
        submission.id,
    )
    assert float(chen["points"]) == right()["score"]
    assert float(chen["weights.scale"]) > 0
    assert (lin["student_id"], lin["points"], lin["state"], lin["counts"]) == (
        "108062002",
        "",
        "",
        "False",
    )


def test_history_has_every_attempt(services: Services, people: People, ta: TestClient) -> None:
    """With history there is a row per attempt, and one of a student's counts."""
    for results in (right(), wrong()):
        finish(services, hand_in(services, people.student), results)

    rows = table(ta, history=True)

    assert [(row["attempt"], row["counts"]) for row in rows] == [("1", "False"), ("2", "True")]


def test_work_named_for_another_is_told(
    services: Services, people: People, ta: TestClient
) -> None:
    """A late column names the student whose id a file's name carries, as the table does."""
    submission = hand_in(services, people.student)
    with services.sessions.begin() as session:
        session.get_one(Submission, submission.id).named_for = "108062002"

    chen, lin = table(ta)

    assert [*chen][-4:] == ["named_for", "pending_attempts", "adjustment", "section"]
    assert (chen["named_for"], lin["named_for"]) == ("108062002", "")
    assert [one["named_for"] for one in ta.get(f"{URL}/grades.json").json()] == ["108062002", ""]


def test_a_section_is_told(services: Services, people: People, ta: TestClient) -> None:
    """Who teaches a section finds its rows in either export."""
    with services.sessions.begin() as session:
        session.get_one(User, people.student.id).section = "A"

    assert [row["section"] for row in table(ta)] == ["A", ""]
    assert [row["section"] for row in ta.get(f"{URL}/grades.json").json()] == ["A", ""]


def test_json_says_the_same(services: Services, people: People, ta: TestClient) -> None:
    """Both exports hold the same points."""
    finish(services, hand_in(services, people.student), wrong())

    [row, _] = ta.get(f"{URL}/grades.json").json()
    [same, _] = table(ta)

    assert row["points"] == float(same["points"]) == wrong()["score"]
    assert row["criteria"]["weights.scale"] == float(same["weights.scale"])


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1"]
)
def test_no_cell_is_a_formula(cell: str) -> None:
    """Text that a spreadsheet would run gets a quote in front."""
    assert harmless(cell) == f"'{cell}"


def test_numbers_and_names_stay_as_they_are() -> None:
    """Negative numbers, ids and names are not touched."""
    assert [harmless(one) for one in (-1.5, "108062001", "王小明", None)] == [
        -1.5,
        "108062001",
        "王小明",
        "",
    ]


def test_a_name_from_the_roster_cannot_run(services: Services, ta: TestClient) -> None:
    """A student who calls themselves a formula is a quoted string in the export."""
    with services.sessions.begin() as session:
        session.add(User(login="9", student_id="9", role=Role.STUDENT, name='=HYPERLINK("x")'))

    assert table(ta)[-1]["name"] == '\'=HYPERLINK("x")'


def test_exports_are_staffs(student: TestClient, client: TestClient) -> None:
    """Students and strangers export nothing."""
    for name in ("grades.csv", "grades.json"):
        assert student.get(f"{URL}/{name}").status_code == 403
        assert client.get(f"{URL}/{name}").status_code == 401
