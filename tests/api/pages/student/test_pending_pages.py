# ruff: noqa: RUF001 - Chinese has marks of its own
"""What waits for a person, on the pages of its student and of staff, in both languages."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from api.kit.models import Assignment, RunState, Submission
from api.kit.services import Services
from api.kit.settings import Settings
from api.pages.frame import LANGUAGE_COOKIE
from tests.api.people import EDITION, People, finish, hand_in, pending

WAITS = ("bias.result", "bias.value")  # 8 points
CLASS = f"/staff/{EDITION}"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let a single fault of ours be free."""
    return settings.model_copy(update={"max_free_attempts": 1})


@pytest.fixture
def waiting(services: Services, people: People) -> Submission:
    """Return a submission of which two criteria could not be judged."""
    submission = hand_in(services, people.student)
    finish(services, submission, pending(*WAITS))
    return submission


def read(client: TestClient, path: str, language: str = "en") -> str:
    """Return a page's words, one space between them."""
    client.cookies.set(LANGUAGE_COOKIE, language)
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", main)))


def send(client: TestClient, path: str, **fields: str) -> int:
    answer = client.post(
        path, data=fields, headers={"Accept": "text/html"}, follow_redirects=False
    )
    return answer.status_code


def test_a_student_reads_what_was_graded_so_far(waiting: Submission, student: TestClient) -> None:
    """The page says it in the visitor's language, and that it costs no attempt."""
    english = read(student, f"/s/{waiting.id}")
    chinese = read(student, f"/s/{waiting.id}", "zh_TW")

    assert "Graded so far: 92 of 92, 8 points wait for staff." in english
    assert "A part of this waits for staff" in english
    assert "It costs you no attempt." in english
    assert "Graded so far 92 out of 92" in english
    assert "– / 4" in english
    assert "目前得分 92，已評分項目滿分 92；另有 8 分等候助教處理" in chinese
    assert "這不會用掉繳交次數。" in chinese
    assert "100" not in english.partition("Points")[0]


def test_a_student_reads_that_it_costs_an_attempt(
    services: Services, people: People, waiting: Submission, student: TestClient
) -> None:
    """Beyond what is free the page does not promise that it is."""
    second = hand_in(services, people.student)
    finish(services, second, state=RunState.UNGRADED)

    assert "It costs you no attempt." in read(student, f"/s/{waiting.id}")
    page = read(student, f"/s/{second.id}")
    assert "It counts as an attempt" in page
    assert "costs you no attempt" not in page


def test_hidden_results_stay_hidden_while_they_wait(
    services: Services, waiting: Submission, student: TestClient
) -> None:
    """The student reads that a person will look, and no points."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = False

    page = read(student, f"/s/{waiting.id}")

    assert "A part of this waits for staff" in page
    assert "92" not in page


def test_the_class_says_how_many_wait_and_lists_them(
    services: Services, people: People, waiting: Submission, ta: TestClient
) -> None:
    """Also an attempt that does not count is among them; its row leads to its own desk."""
    first = hand_in(services, people.other_student)
    finish(services, first)
    second = hand_in(services, people.other_student)
    finish(services, second, pending(*WAITS))

    page = read(ta, CLASS)
    assert "2 submissions wait for a person" in page
    assert "attempt 2 waits for staff" in page
    assert "有 2 份繳交等候人工處理" in read(ta, CLASS, "zh_TW")
    listed = ta.get(f"{CLASS}?state=pending", headers={"Accept": "text/html"}).text
    for submission in (waiting, second):
        assert f'href="{CLASS}/{submission.id}?state=pending"' in listed
    assert first.id not in listed
    assert "The attempt that counts" not in listed
    assert "OverflowError" in listed


def test_what_is_listed_as_waiting_is_graded_again(
    services: Services, people: People, ta: TestClient
) -> None:
    """All shown means the attempts that wait, not those that count."""
    first = hand_in(services, people.student)
    finish(services, first)
    second = hand_in(services, people.student)
    finish(services, second, pending(*WAITS))

    status = send(
        ta, f"{CLASS}/regrade", scope="shown", back=f"{CLASS}?state=pending", confirmed="yes"
    )

    assert status == 303
    with services.sessions() as session:
        runs = [session.get_one(Submission, one.id).runs[-1] for one in (first, second)]
        assert [run.number for run in runs] == [1, 2]


def test_the_desk_names_cause_and_criteria_until_points_are_given(
    waiting: Submission, student: TestClient, ta: TestClient
) -> None:
    """Exception and value stand there for staff; with the last points the grade is final."""
    desk = f"{CLASS}/{waiting.id}"
    page = read(ta, desk)
    assert "A part of this waits for you" in page
    assert "Accuracy · activations.scale: OverflowError: (34, 'Numerical result" in page
    assert "the student's value: float 1.7e+308" in page
    assert "Graded so far 92 / 92" in page
    assert "有一部分等候你處理" in read(ta, desk, "zh_TW")

    assert send(ta, desk, **{f"points:{WAITS[0]}": "3", "base": "{}"}) == 303
    assert "A part of this waits for you" in read(ta, desk)
    base = f'{{"{WAITS[0]}": [3.0, ""]}}'
    assert send(ta, desk, **{f"points:{WAITS[1]}": "0", "base": base}) == 303

    assert "waits for you" not in read(ta, desk)
    assert "Total 95 / 100" in read(ta, desk)
    assert "95 out of 100" in read(student, f"/s/{waiting.id}")
    assert "wait for a person" not in read(ta, CLASS)


def test_the_tables_show_no_points_of_a_part(
    waiting: Submission, student: TestClient, ta: TestClient
) -> None:
    """Neither the student's list of attempts, nor the class's figures, nor the list of runs."""
    assert "92" not in read(student, "/")
    figures = read(ta, CLASS)
    assert "92" not in figures
    assert "Nobody is graded yet." in figures
    runs = read(ta, f"{CLASS}/{waiting.id}").rpartition("Run 1")[2]
    assert "92" not in runs
