"""Lists: filters, pages, and what students never see of others'."""

from __future__ import annotations

import base64

import pytest
from starlette.testclient import TestClient

from api.kit.models import Assignment, RunState
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, wrong

URL = "/api/v1/submissions"
FINDING = wrong()["extra_data"]["findings"][0]["id"]


def ids(client: TestClient, **query: object) -> list[str]:
    answer = client.get(URL, params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_a_student_sees_their_own(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """A list holds a student's own submissions, newest first, and for staff those of all."""
    mine = [hand_in(services, people.student).id for _ in range(2)]
    other = hand_in(services, people.other_student).id

    assert ids(student) == mine[::-1]
    assert ids(student, student_id="108062002") == []
    assert ids(ta) == [other, *mine[::-1]]


def test_nobody_sees_nothing(client: TestClient) -> None:
    """Without a login there is no list."""
    assert client.get(URL).status_code == 401


def test_filters_hold_together(services: Services, people: People, ta: TestClient) -> None:
    """State is of the newest run, a finding of the run that counts, text of id or name."""
    first = hand_in(services, people.student)
    finish(services, first, wrong())
    second = hand_in(services, people.other_student)

    assert ids(ta, state="graded") == [first.id]
    assert ids(ta, state="waiting") == [second.id]
    assert ids(ta, finding=FINDING) == [first.id]
    assert ids(ta, finding=FINDING[:-1]) == []
    assert ids(ta, q="lin") == [second.id]
    assert ids(ta, q="062001") == [first.id]
    assert ids(ta, q="%") == []
    assert ids(ta, edition=EDITION, state="graded", q="lin") == []


def test_a_filter_tells_nothing_that_is_hidden(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """While results are hidden, filtering by a finding does not tell a student who has it."""
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    assert ids(student, finding=FINDING) == [submission.id]
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = False

    assert ids(student, finding=FINDING) == []
    assert ids(ta, finding=FINDING) == [submission.id]


def test_pages_skip_and_repeat_nothing(services: Services, people: People, ta: TestClient) -> None:
    """Following `next` gives every submission once, also where new ones come meanwhile."""
    expected = [hand_in(services, people.student).id for _ in range(7)][::-1]
    found: list[str] = []
    cursor = None
    while True:
        page = ta.get(URL, params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        hand_in(services, people.other_student)
        if cursor is None:
            break

    assert found == expected


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!!", base64.urlsafe_b64encode(b"2026-01-01T00:00:00/" + b"0" * 32).decode(), "é"],
)
def test_a_cursor_of_nobodys_is_refused(ta: TestClient, cursor: str) -> None:
    """A cursor that is none of ours is a 422."""
    answer = ta.get(URL, params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor")


def test_a_page_has_its_limits(ta: TestClient) -> None:
    """A page has between 1 and 200 items."""
    assert [ta.get(URL, params={"limit": n}).status_code for n in (0, 1, 200, 201)] == [
        422,
        200,
        200,
        422,
    ]


def test_what_waits_is_told_its_place(services: Services, people: People, ta: TestClient) -> None:
    """Every waiting submission of a list carries its place in the queue."""
    hand_in(services, people.student)
    hand_in(services, people.other_student)

    items = ta.get(URL).json()["items"]

    assert [(item["state"], item["place_in_queue"]) for item in items] == [
        (RunState.WAITING, 2),
        (RunState.WAITING, 1),
    ]
