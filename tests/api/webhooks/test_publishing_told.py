"""Webhooks are told once when results are published, by whatever way they are."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.auth import audit
from api.course.assignments import ensure_assignments
from api.grades.announcements import publish_and_announce, publish_planned
from api.kit.models import Assignment, now
from api.kit.models.webhooks import WebhookDelivery
from api.kit.services import Services
from api.kit.settings import Settings
from api.serve import prepare
from api.webhooks import hooks
from tests.api.people import EDITION, People, finish, hand_in, log_in
from tests.api.webhooks.receiving import Receiver, deliver, signature_of

ONE = f"/api/v1/assignments/{EDITION}"


def waiting(services: Services) -> list[str]:
    """Return the ids of what is to be told."""
    with services.sessions() as session:
        return [*session.scalars(select(WebhookDelivery.id).order_by(WebhookDelivery.created_at))]


def hide(services: Services, **planned: Any) -> None:
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.published = False
        for name, value in planned.items():
            setattr(assignment, name, value)


def test_publishing_is_told_with_a_signature(
    services: Services, receiver: Receiver, secret: str, people: People, ta: TestClient
) -> None:
    """Which edition and when, whoever has results: nobody's name and no points."""
    finish(services, hand_in(services, people.student))
    hide(services)
    before = now()
    ta.post(f"{ONE}/publish").raise_for_status()
    [posted] = waiting(services)

    assert deliver(services, posted) == "sent"

    [(headers, body)] = receiver.got
    assert headers["webhook-signature"] == signature_of(headers, body, secret)
    told = json.loads(body)
    assert (told["type"], told["data"]) == ("assignment.published", {"edition": EDITION})
    assert before.isoformat() <= told["timestamp"] <= now().isoformat()


def test_it_is_told_once_for_each_time_that_results_appear(
    services: Services, secret: str, ta: TestClient
) -> None:
    """Publishing what is published says nothing; after it was hidden it does."""
    hide(services)
    told = []
    for done in ("publish", "publish", "hide", "publish"):
        ta.post(f"{ONE}/{done}").raise_for_status()
        told.append(len(waiting(services)))

    assert told == [1, 1, 1, 2]


def test_the_page_tells_it_as_the_api_does(
    services: Services, secret: str, people: People, client: TestClient
) -> None:
    """The button of the class table publishes the same way."""
    hide(services)
    ta = log_in(services, client, people.ta)
    form = {"csrf_token": ta.headers["X-CSRF-Token"], "publish": "yes", "confirmed": "yes"}

    answer = ta.post(f"/staff/{EDITION}/publish", data=form, follow_redirects=False)

    assert (answer.status_code, len(waiting(services))) == (303, 1)


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_planned_moment_that_has_come_is_told_once(
    services: Services, secret: str, ta: TestClient, by_hand: bool
) -> None:
    """By maintenance, or by whoever publishes before it looked."""
    hide(services, publish_at=now() - timedelta(seconds=1))
    if by_hand:
        ta.post(f"{ONE}/publish").raise_for_status()

    planned = [publish_planned(services), publish_planned(services)]

    assert (planned, len(waiting(services))) == ([0 if by_hand else 1, 0], 1)


def test_a_removed_assignment_takes_its_events_with_it(
    services: Services, receiver: Receiver, secret: str, instructor: TestClient
) -> None:
    """What was not told yet is told no more."""
    hide(services)
    instructor.post(f"{ONE}/publish").raise_for_status()
    [posted] = waiting(services)
    instructor.delete(ONE).raise_for_status()

    assert (waiting(services), deliver(services, posted), receiver.got) == ([], "", [])


def test_two_who_publish_at_once_tell_it_once(database_url: str, tmp_path: Path) -> None:
    """On both databases the second one waits, and finds it published."""
    services = prepare(Settings(store=tmp_path / "store", database_url=database_url))
    ensure_assignments(services)
    with services.sessions.begin() as session:
        hooks.add(session, services.settings, audit.OPERATOR, "https://tools.example.edu/hook")
    hide(services)

    def publish() -> None:
        with services.sessions.begin() as session:
            assignment = session.get_one(Assignment, EDITION)
            publish_and_announce(services, session, audit.OPERATOR, assignment, request_id="")

    both = [threading.Thread(target=publish) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert len(waiting(services)) == 1
    services.engine.dispose()
