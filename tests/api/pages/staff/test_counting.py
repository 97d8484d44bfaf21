"""Which of several attempts counts is told wherever they are listed."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from api.kit.models import Assignment, RunState
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in, right, wrong

COUNTS = '<span class="badge counts">counts</span>'


def rules(services: Services, **values: object) -> None:
    with services.sessions.begin() as session:
        for name, value in values.items():
            setattr(session.get_one(Assignment, EDITION), name, value)


def marked(page: str) -> list[str]:
    """Return the titles of the attempts that are marked."""
    rows = re.findall(r'<th scope="row".*?</th>', page)
    return [re.sub("<.*?>", "", row.replace(COUNTS, "")).strip() for row in rows if COUNTS in row]


@pytest.mark.parametrize(("counts", "title"), [("best", "Attempt 1"), ("latest", "Attempt 2")])
def test_the_attempt_that_counts_is_marked(  # noqa: PLR0917  fixtures
    services: Services,
    people: People,
    student: TestClient,
    ta: TestClient,
    counts: str,
    title: str,
) -> None:
    """Home, history and desk agree; a replaced attempt says what that is."""
    first, second = hand_in(services, people.student), None
    finish(services, first, right())
    second = hand_in(services, people.student)
    finish(services, second, wrong())
    rules(services, counts=counts)
    pages = ("/", f"/s/{first.id}", f"/s/{second.id}")

    assert [marked(student.get(page).text) for page in pages] == [[title]] * 3
    assert marked(ta.get(f"/staff/{EDITION}/{first.id}").text) == [title]
    assert "costs no attempt" not in student.get("/").text
    finish(services, second, state=RunState.REPLACED)
    assert "costs no attempt" in student.get("/").text
    assert marked(student.get("/").text) == ["Attempt 1"]


def test_the_mark_tells_nothing_of_hidden_scores(
    services: Services, people: People, student: TestClient
) -> None:
    """Which attempt is the best is part of the results."""
    for results in (right(), wrong()):
        finish(services, hand_in(services, people.student), results)
    rules(services, counts="best", published=False)

    assert marked(student.get("/").text) == []
