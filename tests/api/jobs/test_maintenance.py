"""What a worker does beside grading, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from api.jobs import maintenance
from api.kit.models import Run, RunState, Worker, now
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.jobs.running import new_service
from tests.api.people import People, add_people, hand_in


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Services]:
    services = new_service(Settings(store=tmp_path / "store", database_url=database_url))
    yield services
    services.engine.dispose()


@pytest.fixture
def course(service: Services) -> People:
    return add_people(service)


def jobs(services: Services) -> str:
    return (
        "workflow_status" if services.engine.dialect.name == "sqlite" else "dbos.workflow_status"
    )


def execute(services: Services, statement: str, **parameters: object) -> None:
    with services.engine.begin() as connection:
        connection.execute(text(statement), parameters)


def make_old(services: Services) -> None:
    with services.sessions.begin() as session:
        session.execute(update(Run).values(created_at=now() - timedelta(minutes=10)))


def state_of(services: Services, run_id: str) -> RunState:
    with services.sessions() as session:
        return session.get_one(Run, run_id).state


def test_a_run_whose_job_is_lost_is_shown_to_staff(service: Services, course: People) -> None:
    """Where the queue was put back to an older copy, nobody waits for ever."""
    waiting = f"{hand_in(service, course.student).id}-1"
    lost = f"{hand_in(service, course.other_student).id}-1"
    execute(service, f"DELETE FROM {jobs(service)} WHERE workflow_uuid = :id", id=lost)

    assert maintenance.end_lost(service) == 0, "what was just handed in is left alone"
    make_old(service)
    assert maintenance.end_lost(service) == 1

    assert state_of(service, lost) is RunState.UNGRADED
    assert state_of(service, waiting) is RunState.WAITING


def test_jobs_that_ended_long_ago_are_deleted(service: Services, course: People) -> None:
    """The queue's tables do not grow for years; jobs that still wait stay, however old."""
    ended = {name: f"{hand_in(service, user).id}-1" for name, user in [("old", course.student)]}
    waiting = f"{hand_in(service, course.other_student).id}-1"
    long_ago = int((now() - timedelta(days=30)).timestamp() * 1000)
    execute(service, f"UPDATE {jobs(service)} SET created_at = :at, updated_at = :at", at=long_ago)
    execute(
        service,
        f"UPDATE {jobs(service)} SET status = 'SUCCESS', completed_at = :at"
        " WHERE workflow_uuid = :id",
        id=ended["old"],
        at=long_ago,
    )

    assert maintenance.delete_old(service) == 1

    assert service.queue.live([*ended.values(), waiting]) == {waiting}
    assert maintenance.delete_old(service) == 0
    assert state_of(service, ended["old"]) is RunState.WAITING, "rows of runs are not touched"


def test_a_grading_that_never_ends_is_noticed(service: Services, course: People) -> None:
    """What has been graded for longer than anything may be is told to the operator."""
    run_id = f"{hand_in(service, course.student).id}-1"
    with service.sessions.begin() as session:
        run = session.get_one(Run, run_id)
        run.state, run.started_at = RunState.GRADING, now()
    assert maintenance.warn_of_slow(service) == 0

    with service.sessions.begin() as session:
        session.get_one(Run, run_id).started_at = now() - timedelta(hours=1)

    assert maintenance.warn_of_slow(service) == 1


def test_a_worker_says_that_it_is_there(service: Services) -> None:
    """Others see since when, that it lives, and that it left of its own accord."""
    maintenance.register_worker(service, "w-1")
    with service.sessions() as session:
        first = session.get_one(Worker, "w-1")
    maintenance.renew_worker(service, "w-1")
    maintenance.unregister_worker(service, "w-1")
    with service.sessions() as session:
        last = session.get_one(Worker, "w-1")

    assert (first.slots, first.left_at) == (service.settings.workers, None)
    assert last.seen_at > first.seen_at
    assert last.left_at is not None
