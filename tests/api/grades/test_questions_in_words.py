"""Written questions without points: a remark is all there is, and nothing else changes."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.kit.models import Submission
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in

QUESTION = "written.weight_ranges"


@pytest.fixture
def submission(services: Services, people: People) -> Submission:
    made = hand_in(services, people.student)
    finish(services, made)
    return made


def test_students_see_a_question_once_it_has_a_remark(
    ta: TestClient, student: TestClient, submission: Submission
) -> None:
    """Before that neither page nor file says a word of them."""
    address = f"/api/v1/submissions/{submission.id}/results"
    before = student.get(address).json()
    assert QUESTION not in str(before)
    assert "which to quantize" not in student.get(f"/s/{submission.id}").text

    form = {f"remark:{QUESTION}": "Which one do you prefer?"}
    ta.post(f"/staff/{EDITION}/{submission.id}", data=form).raise_for_status()
    page = student.get(f"/s/{submission.id}").text
    assert "which to quantize" in page
    assert "Which one do you prefer?" in page
    after = student.get(address).json()
    assert QUESTION in str(after)
    assert after["score"] == before["score"]


@pytest.mark.parametrize(("language", "title"), [("en", "Written questions"), ("zh-TW", "問答題")])
def test_the_desk_asks_for_remarks_on_all_of_them(
    ta: TestClient, submission: Submission, language: str, title: str
) -> None:
    """A field for words, none for points that cannot be given."""
    headers = {"Accept-Language": language}
    page = ta.get(f"/staff/{EDITION}/{submission.id}", headers=headers).text

    assert title in page
    assert f'name="remark:{QUESTION}"' in page
    assert f'name="points:{QUESTION}"' not in page


def test_they_are_no_columns_and_wait_for_nobody(ta: TestClient, submission: Submission) -> None:
    """An export is as it was, and the next to grade is none of them."""
    table = ta.get(f"/api/v1/assignments/{EDITION}/grades.csv").text
    onward = ta.get(f"/staff/{EDITION}/next", follow_redirects=False).headers["location"]

    assert "written" not in table
    assert onward.startswith(f"/staff/{EDITION}?")
