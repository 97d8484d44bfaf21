"""Taking submissions in, attempts, replacing, regrading."""

from __future__ import annotations

from api.models import Run, RunState
from api.services import Services
from tests.api.people import People, hand_in


def test_a_newer_upload_replaces_the_waiting_one(services: Services, people: People) -> None:
    """What a student hands in again while it waits is graded once, in its newest form."""
    first = hand_in(services, people.student)

    second = hand_in(services, people.student)

    with services.sessions() as session:
        states = [session.get_one(Run, one.runs[0].id).state for one in (first, second)]
    assert states == [RunState.REPLACED, RunState.WAITING]
