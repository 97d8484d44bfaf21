"""The sending end of the queue, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.kit.models import Submission
from api.kit.queue import AFTER_STUDENTS
from api.kit.services import Services
from api.kit.settings import Settings
from api.submissions.runs import regrade
from tests.api.jobs.running import new_service
from tests.api.people import add_people, finish, hand_in, principal_of


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Services]:
    services = new_service(Settings(store=tmp_path / "store", database_url=database_url))
    yield services
    services.engine.dispose()


def queued(services: Services) -> list[tuple[str, str, int]]:
    schema = "" if services.engine.dialect.name == "sqlite" else "dbos."
    columns = "workflow_uuid, queue_name, priority"
    with services.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM {schema}workflow_status"))
        return [tuple(row) for row in rows]


def test_a_job_is_there_once_its_transaction_is(service: Services) -> None:
    """What students hand in and what staff ask for have ranks of their own, students' first."""
    with service.sessions.begin() as session:
        service.queue.enqueue(session, "a-1", partition="108062001", staff=False)
        service.queue.enqueue(session, "a-2", partition="108062001", staff=True)

    assert sorted(queued(service)) == [
        ("a-1", "uploads", 1),
        ("a-2", "uploads", 1 + AFTER_STUDENTS),
    ]


def test_a_transaction_that_fails_leaves_no_job(service: Services) -> None:
    """Either row and job are there, or neither is."""
    with service.sessions() as session:
        service.queue.enqueue(session, "a-1", partition="108062001", staff=False)
        with pytest.raises(DBAPIError):
            session.execute(text("SELECT nothing FROM nowhere"))

    assert queued(service) == []


def test_a_run_is_queued_once(service: Services) -> None:
    """A second job of the same run is refused, and the first one stays."""
    with service.sessions.begin() as session:
        service.queue.enqueue(session, "a-1", partition="108062001", staff=False)

    with (
        pytest.raises(Exception, match="a-1"),
        service.sessions.begin() as session,
    ):
        service.queue.enqueue(session, "a-1", partition="108062001", staff=False)

    assert queued(service) == [("a-1", "uploads", 1)]


def test_a_regrade_puts_no_upload_back(service: Services) -> None:
    """Whose work staff have graded again hands in as if nothing waited, and may do so as often."""
    people = add_people(service)
    first = hand_in(service, people.student)
    finish(service, first)
    with service.sessions.begin() as session:
        again = session.get_one(Submission, first.id)
        regrade(service, session, again, principal_of(people.ta))

    new = hand_in(service, people.student)

    ranks = {run_id: rank for run_id, _, rank in queued(service)}
    assert (ranks[f"{first.id}-2"], ranks[f"{new.id}-1"]) == (1 + AFTER_STUDENTS, 1)


def test_everybodys_first_comes_before_anybodys_second(service: Services) -> None:
    """Each run of a student that is not over puts their next one a rank lower."""
    people = add_people(service)
    own = [hand_in(service, people.student, edition=name) for name in service.editions]
    other = hand_in(service, people.other_student)
    finish(service, other)
    again = hand_in(service, people.other_student)

    ranks = {run_id: rank for run_id, _, rank in queued(service)}
    assert len(own) >= 2
    assert [ranks[f"{one.id}-1"] for one in own] == [1 + place for place in range(len(own))]
    assert (ranks[f"{other.id}-1"], ranks[f"{again.id}-1"]) == (1, 1)
