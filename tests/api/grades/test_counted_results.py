# ruff: noqa: RUF001 - Chinese has marks of its own
"""The grade that counts is the same in the documents, in the results file, on page and export."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from api.kit.models import Assignment, ManualScore, Submission
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, wrong

URL = "/api/v1/submissions"
GIVEN, REMARK, WHOLE = 2.5, "Count the levels again.", "Come and see me."


@pytest.fixture
def plain(services: Services, people: People) -> Submission:
    """Return a graded submission about which nobody decided anything."""
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    return submission


@pytest.fixture
def decided(services: Services, plain: Submission) -> Submission:
    """Return it one begun day late, with points by hand and remarks."""
    with services.sessions.begin() as session:
        submission = session.get_one(Submission, plain.id)
        assignment = session.get_one(Assignment, EDITION)
        assignment.due_at = submission.received_at - timedelta(hours=1)
        assignment.late_percent_per_day = 10.0
        for criterion, points, remark in (("bias.factors", GIVEN, REMARK), ("", None, WHOLE)):
            submission.manual_scores.append(
                ManualScore(criterion=criterion, points=points, remark=remark)
            )
    return plain


def pdf_text(client: TestClient, submission: Submission, **query: str) -> str:
    """Return the words of a PDF, each line break a space."""
    answer = client.get(f"{URL}/{submission.id}/report.pdf", params=query)
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def grade_of(client: TestClient, submission: Submission) -> dict[str, float]:
    grade: dict[str, float] = client.get(f"{URL}/{submission.id}").json()["grade"]
    return grade


def test_the_pdf_tells_the_grade_that_counts(decided: Submission, student: TestClient) -> None:
    """Points by hand, both remarks, the late rule and the total are those of the page."""
    grade = grade_of(student, decided)
    text = pdf_text(student, decided)
    page = student.get(f"/s/{decided.id}").text

    assert grade["points"] < grade["raw_points"] < wrong()["score"]
    for number in (grade["points"], grade["raw_points"]):
        assert f"{number:g} / 100" in text
        assert (
            f"{number:g}\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}100" in page
            or f"{number:g} / 100" in page
        )
    assert f"{wrong()['score']:g} / 100" not in text
    for words in (
        REMARK,
        WHOLE,
        "1 day late: 10 % of the maximum",
        f"The automatic score is {wrong()['score']:g}.",
        "By hand 2.5 of 6; automatic 6.",
    ):
        assert words in text


def test_the_html_page_and_the_chinese_pdf_agree(decided: Submission, student: TestClient) -> None:
    """The same grade in the HTML and in Chinese."""
    html = student.get(f"{URL}/{decided.id}/report.html", params={"language": "zh_TW"}).text
    text = pdf_text(student, decided, language="zh_TW")

    for words in (
        "遲交 1 天：扣滿分的 10 %",
        "人工評分 2.5 分，滿分 6 分；自動評分 6 分。",
        REMARK,
    ):
        assert words in html
        assert words.replace(" ", "") in text.replace(" ", "")


def test_the_results_file_carries_the_decisions(
    decided: Submission, student: TestClient, ta: TestClient
) -> None:
    """Score and tests are those that count, as in the export; the automatic ones stand beside."""
    results = student.get(f"{URL}/{decided.id}/results").json()
    [row] = [
        row
        for row in ta.get(f"/api/v1/assignments/{EDITION}/grades.json").json()
        if row["submission"] == decided.id
    ]
    told = results["extra_data"]["decisions"]
    points = {one["extra_data"]["criterion"]: one["score"] for one in results["tests"]}

    assert (
        results["score"] == told["score"] == row["points"] == grade_of(student, decided)["points"]
    )
    assert points == row["criteria"]
    assert (told["automatic_score"], told["raw_score"]) == (wrong()["score"], row["raw_points"])
    assert (told["late_days"], told["late_percent"], told["late_points"]) == (1, 10.0, 10.0)
    assert told["remark"] == WHOLE
    assert told["criteria"] == {
        "bias.factors": {"points": GIVEN, "automatic": 6.0, "remark": REMARK}
    }
    assert student.get(f"{URL}/{decided.id}/runs/1/results").json() == wrong()


@pytest.mark.parametrize("what", ["results", "report.pdf", "report.html"])
def test_a_new_decision_makes_a_new_document(
    services: Services, decided: Submission, student: TestClient, what: str
) -> None:
    """What a browser kept is not taken for the present grade."""
    url = f"{URL}/{decided.id}/{what}"
    before = student.get(url)
    with services.sessions.begin() as session:
        session.get_one(ManualScore, (decided.id, "bias.factors")).points = 3.5

    after = student.get(url, headers={"If-None-Match": before.headers["etag"]})

    assert after.status_code == 200
    assert after.content != before.content


def test_the_lab_report_bears_no_decisions(decided: Submission, student: TestClient) -> None:
    """The report a student would hand in says nothing of points, by hand or otherwise."""
    text = pdf_text(student, decided, kind="report")

    assert REMARK not in text
    assert WHOLE not in text
    assert "By hand" not in text


def test_the_stored_pdf_gives_way_to_a_decision(
    services: Services, decided: Submission, student: TestClient
) -> None:
    """The worker's PDF knows no decisions, and is not sent once there are some."""
    with services.sessions.begin() as session:
        run = session.get_one(Submission, decided.id).runs[0]
        run.pdf_sha256 = services.blobs.put(io.BytesIO(b"%PDF-stored")).sha256

    assert student.get(f"{URL}/{decided.id}/report.pdf").content != b"%PDF-stored"


def test_the_page_does_not_contradict_points_by_hand(
    decided: Submission, student: TestClient
) -> None:
    """A task that lost points by hand is no longer passed, and says both points."""
    page = student.get(f"/s/{decided.id}").text

    assert "By hand 2.5 of 6; automatic 6." in page
    badges = dict(
        re.findall(
            r'task-title">([^<]+?)(?: <span[^>]*>[^<]*</span>)?</span><span class="badge (\w+)',
            page,
        )
    )
    assert badges["Quantized bias"] == "partial"
