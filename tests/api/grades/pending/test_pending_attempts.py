"""A run that we failed at costs no attempt, three times."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.kit.models import RunState, Submission
from api.kit.services import Services
from tests.api.grades.pending.pending_points import TASK, URL, give, hand_in_unjudged, set_up
from tests.api.people import (
    EDITION,
    People,
    finish,
    hand_in,
    pending,
)


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.UNGRADED])
def test_the_first_faults_of_ours_cost_no_attempt(
    services: Services, people: People, student: TestClient, state: RunState
) -> None:
    """Three submissions that we failed at are free; each one after costs its attempt."""
    set_up(services, max_attempts=2)
    left = []
    for _ in range(5):
        submission = hand_in(services, people.student)
        fail(services, submission, state)
        left.append(student.get(f"/api/v1/assignments/{EDITION}").json()["attempts_left"])

    assert left == [2, 2, 2, 1, 0]
    answer = student.post(URL, files={"file": ("hw1.ipynb", b'{"cells": []}')})
    assert (answer.status_code, answer.json()["code"]) == (409, "no-attempts-left")


def test_faults_of_both_kinds_share_the_limit(
    services: Services, people: People, student: TestClient
) -> None:
    """Crashing and pending runs together are free three times; refused files always are."""
    set_up(services, max_attempts=5)
    for state in (
        RunState.UNGRADED,
        RunState.REFUSED,
        RunState.PENDING,
        RunState.UNGRADED,
        RunState.PENDING,
    ):
        fail(services, hand_in(services, people.student), state)

    assert student.get(f"/api/v1/assignments/{EDITION}").json()["attempts_left"] == 4


def test_a_pending_submission_costs_its_attempt_once_it_is_final(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """What people have graded is graded; another student's attempts are their own."""
    waiting = hand_in_unjudged(services, people)
    set_up(services, max_attempts=2)
    assert student.get(f"/api/v1/assignments/{EDITION}").json()["attempts_left"] == 2

    for criterion in TASK:
        give(ta, waiting, criterion, 2.0)

    assert student.get(f"/api/v1/assignments/{EDITION}").json()["attempts_left"] == 1


def fail(services: Services, submission: Submission, state: RunState) -> None:
    """Have a submission's run end in a state that is not graded."""
    if state is RunState.PENDING:
        finish(services, submission, pending("bias.value"))
    else:
        finish(services, submission, state=state)
