"""What is handed on of a class: the overview, and tables that course sites take back."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.grades.classes.rows import class_rows
from api.grades.effective_grades import ADJUSTMENT, standing
from api.kit.models import Assignment, ManualScore, Role, RunState, Submission, User, now
from api.kit.services import Services
from grader.batch.overview.figures import findings_of
from grader.editions.loader import load_edition
from tests.api.people import EDITION, People, finish, hand_in, pending, right, wrong

URL = f"/api/v1/assignments/{EDITION}"
MOODLE = (
    "編號,全名,ID 號碼,電子郵件信箱,狀態,成績,最高分數\n"
    "參與者2411,Chen,108062001,c@example.edu,已繳交,,100.00\n"
    "參與者2412,Lin,,lin@example.edu,已繳交,,100.00\n"
    "參與者2413,Wu,,,已繳交,33,100.00\n"
)


@pytest.fixture
def late_class(services: Services, people: People) -> Services:
    """Return a class of three: one right and a day late, one wrong, one who waits for staff."""
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.due_at = now() - timedelta(hours=1)
        assignment.late_percent_per_day = 10
        session.get_one(User, people.other_student.id).email = "lin@example.edu"
        third = User(login="108062003", student_id="108062003", name="Wu", role=Role.STUDENT)
        session.add(third)
    finish(services, hand_in(services, people.student), right())
    finish(services, hand_in(services, people.other_student), wrong())
    finish(services, hand_in(services, third), pending("weights.scale"))
    return services


def lines(text: str) -> list[list[str]]:
    return [*csv.reader(io.StringIO(text))]


@pytest.mark.usefixtures("late_class")
def test_canvas_gets_what_counts(ta: TestClient) -> None:
    """Points are those after the late rule; who waits for staff is not in the table."""
    answer = ta.get(f"{URL}/exports/canvas.csv")
    table = {line[2]: line[-1] for line in lines(answer.text)[2:]}

    assert table == {"108062001": "90.00", "108062002": "85.00"}


def test_a_row_is_worth_what_the_service_counts(late_class: Services, people: People) -> None:
    """Late rule, points by hand and an adjustment: the tables have the page's own points."""
    with late_class.sessions.begin() as session:
        for user, change in ((people.student, -2.5), (people.other_student, -500.0)):
            one = session.scalars(
                select(Submission).where(Submission.student_id == user.student_id)
            ).one()
            session.add(
                ManualScore(submission_id=one.id, criterion=ADJUSTMENT, points=change, remark="x")
            )
    with late_class.sessions() as session:
        edition = load_edition(EDITION)
        rows = class_rows(late_class, session, edition)
        counted = {one.student_id: one.grade for one in standing(session, edition)}

    assert {row.submitted.student_id: row.score for row in rows} == {
        student: None if grade is None else grade.points for student, grade in counted.items()
    }
    assert sorted(row.score for row in rows if row.score is not None) == [0.0, 87.5]


@pytest.mark.usefixtures("late_class")
def test_a_worksheet_is_filled_by_id_number_and_address(ta: TestClient) -> None:
    """Moodle's own table in Chinese: no cell but the grades changes, and one is told apart."""
    answer = ta.post(
        f"{URL}/exports/filled", files={"file": ("w.csv", MOODLE.encode("utf-8-sig"))}
    )

    assert [line[5] for line in lines(answer.text)] == ["成績", "90.00", "85.00", "33"]
    assert [line[:5] for line in lines(answer.text)] == [line[:5] for line in lines(MOODLE)]
    assert (answer.headers["X-Grades-Filled"], answer.headers["X-Grades-Unmatched"]) == ("2", "0")


def test_another_table_is_refused_with_what_to_do(ta: TestClient) -> None:
    """The page says it in the reader's language, too."""
    files = {"file": ("x.csv", b"a,b\n1,2\n")}

    answer = ta.post(f"{URL}/exports/filled", files=files)
    page = ta.post(f"/staff/{EDITION}/exports", files=files, headers={"Accept-Language": "zh-TW"})

    assert (answer.status_code, page.status_code) == (422, 422)
    assert "neither a Canvas gradebook" in answer.json()["detail"]
    assert "不是 Canvas 成績冊" in page.text


@pytest.mark.usefixtures("late_class")
def test_the_overview_is_the_batchs(ta: TestClient) -> None:
    """The page has scores, late work, criteria, findings, accuracy, and who waits for a person."""
    page = ta.get(f"/staff/{EDITION}/overview").text
    document = ta.get(f"{URL}/overview.html?language=zh_TW")

    for heading in ("Scores", "Who needs a person", "Late work", "Criteria", "Findings"):
        assert f">{heading}</h2>" in page
    assert "108062003" in page
    assert "87.5" in page  # the mean of 90 and 85
    assert "需要人工處理" in document.text
    assert "每人一點" in document.text  # under the figure of accuracy and score
    assert 'role="img"' in document.text
    assert "sandbox" in document.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("late_class")
def test_the_overview_is_a_pdf_too(ta: TestClient) -> None:
    answer = ta.get(f"{URL}/overview.pdf")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_class_without_work_has_an_overview(ta: TestClient) -> None:
    """Nobody's score is divided by nothing."""
    assert "Nobody has a score yet." in ta.get(f"/staff/{EDITION}/overview").text


def test_who_is_being_graded_needs_nobody(
    services: Services, people: People, ta: TestClient
) -> None:
    """What waits in the queue is counted apart; what is refused is listed with its reason."""
    hand_in(services, people.student)
    finish(services, hand_in(services, people.other_student), state=RunState.REFUSED)
    page = ta.get(f"/staff/{EDITION}/overview").text

    assert "Being graded" in page
    assert ">108062001</th>" not in page
    assert ">108062002</th>" in page


def test_a_finding_counts_people_and_not_layers(services: Services, people: People) -> None:
    """Who made one mistake in three layers is one person who made it."""
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    with services.sessions.begin() as session:
        run = session.get_one(Submission, submission.id).runs[-1]
        run.findings = ["bias-scale-from-own-range"] * 3
    with services.sessions() as session:
        rows = class_rows(services, session, load_edition(EDITION))

    assert findings_of(rows) == [("bias-scale-from-own-range", 1)]
