"""Starts after an assignment was removed, on both databases."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import audit
from api.course.assignments import create, ensure_assignments, remove
from api.kit.models import Assignment
from api.kit.services import Services
from api.kit.settings import Settings
from api.serve import prepare
from tests.api.people import EDITION


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store", database_url=database_url)


def start(settings: Settings) -> set[str]:
    """Start the service, stop it again, and return the editions that it has assignments of."""
    services = prepare(settings)
    with TestClient(create_app(services)), services.sessions() as session:
        found = set(session.scalars(select(Assignment.edition)))
    services.engine.dispose()
    return found


def take_away(services: Services) -> None:
    with services.sessions.begin() as session:
        remove(session, audit.OPERATOR, session.get_one(Assignment, EDITION), request_id="")


def test_a_removed_assignment_does_not_come_back_at_the_next_start(settings: Settings) -> None:
    """The others stay, and each start after it leaves it removed as well."""
    first = start(settings)
    take_away(prepare(settings))

    assert EDITION in first
    assert [start(settings), start(settings)] == [first - {EDITION}] * 2


def test_an_assignment_made_again_stays_and_may_be_removed_again(settings: Settings) -> None:
    """What staff made after a removal is there after a start, closed as they left it."""
    start(settings)
    services = prepare(settings)
    take_away(services)
    with services.sessions.begin() as session:
        create(services, session, audit.OPERATOR, EDITION, request_id="")
    made = start(settings)
    with services.sessions() as session:
        closed = not session.get_one(Assignment, EDITION).open
    take_away(services)

    assert (EDITION in made, closed, EDITION in start(settings)) == (True, True, False)


def test_a_start_beside_a_removal_waits_for_its_end(settings: Settings) -> None:
    """A process that starts while somebody removes an assignment does not make it again."""
    services = prepare(settings)
    ensure_assignments(services)
    starting = threading.Thread(target=ensure_assignments, args=[services])
    with services.sessions.begin() as session:
        remove(session, audit.OPERATOR, session.get_one(Assignment, EDITION), request_id="")
        session.flush()
        starting.start()
        starting.join(0.5)
    starting.join()

    with services.sessions() as session:
        assert session.get(Assignment, EDITION) is None
