"""The filters of the class table say what its columns say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from api.kit.models import Assignment, Submission, now
from api.kit.services import Services
from tests.api.people import EDITION, People, finish, hand_in

CLASS = f"/staff/{EDITION}"


@pytest.fixture
def late(services: Services, people: People) -> list[Submission]:
    """Return what both students handed in late, of which one is graded."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = now() - timedelta(hours=1)
    made = [hand_in(services, one) for one in (people.student, people.other_student)]
    finish(services, made[0])
    return made


def test_late_is_late_before_it_is_graded(late: list[Submission], ta: TestClient) -> None:
    """Who is marked as late is among the late, and not among those in time."""
    yes, no = (ta.get(f"{CLASS}?late={which}").text for which in ("yes", "no"))

    for one in late:
        assert f'href="{CLASS}/{one.id}' in yes
        assert one.id not in no
