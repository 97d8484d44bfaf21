"""Points by hand that a newer attempt leaves behind: staff see that there are some."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.kit.models import Submission
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in

CLASS = f"/staff/{EDITION}"
CRITERION = "weights.scale"


@pytest.fixture
def attempts(services: Services, people: People, ta: TestClient) -> list[Submission]:
    """Return two graded attempts of one student, the first with points by hand."""
    made = []
    for _ in range(2):
        made.append(hand_in(services, people.student))
        finish(services, made[-1])
    decide(ta, made[0])
    return made


def decide(ta: TestClient, submission: Submission) -> None:
    url = f"/api/v1/submissions/{submission.id}/scores/{CRITERION}"
    assert ta.put(url, json={"points": 0}).status_code == 200


@pytest.mark.parametrize(
    ("language", "badge"), [("en", "by hand in attempt 1"), ("zh-TW", "第 1 次有人工評分")]
)
def test_the_class_table_marks_what_was_left_behind(
    ta: TestClient, attempts: list[Submission], language: str, badge: str
) -> None:
    """Whose counting attempt lacks points that an older one holds carries a mark, until it has."""
    headers = {"Accept-Language": language}
    assert badge in ta.get(CLASS, headers=headers).text

    decide(ta, attempts[1])

    assert badge not in ta.get(CLASS, headers=headers).text


def test_the_desk_says_that_another_attempt_holds_points(
    ta: TestClient, student: TestClient, attempts: list[Submission]
) -> None:
    """The attempt that lacks them says so; each attempt that has some is marked, for staff."""
    first, second = (ta.get(f"{CLASS}/{one.id}").text for one in attempts)

    told = "Another attempt (number 1) holds points by hand"
    assert told in second
    assert told not in first
    assert second.count(">by hand<") == 1
    assert ">by hand<" not in student.get("/").text


def test_who_was_graded_by_hand_can_be_chosen(
    services: Services, people: People, ta: TestClient, attempts: list[Submission]
) -> None:
    """One choice is for points that count, the other for points that do not."""
    other = hand_in(services, people.other_student)
    finish(services, other)
    decide(ta, other)

    by_hand = ta.get(f"{CLASS}?hand=yes").text
    left = ta.get(f"{CLASS}?hand=left").text

    assert other.id in by_hand
    assert attempts[1].id not in by_hand
    assert attempts[1].id in left
    assert other.id not in left


def test_no_filter_is_offered_where_nobody_was_graded_by_hand(
    services: Services, people: People, ta: TestClient
) -> None:
    """A choice that nobody fits is not there."""
    finish(services, hand_in(services, people.student))

    assert 'name="hand"' not in ta.get(CLASS).text
