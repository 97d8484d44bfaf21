"""Each worker claims as many jobs as it has slots, whatever number other machines have."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dbos import DBOS
from sqlalchemy import select, text

from api.jobs.job_and_outcome import Job, Outcome, refused
from api.jobs.slots import Slots
from api.jobs.worker import launch
from api.kit.models import Role, Run, RunState, Submission, User
from api.kit.queue import QUEUE, places
from api.kit.services import Services
from api.kit.settings import Settings
from api.submissions.runs import regrade
from grader.words.message import message
from tests.api.jobs.running import new_service, until
from tests.api.people import add_people, finish, hand_in, principal_of

OWN, OTHERS = 1, 5
SECONDS = 120.0


class Waiting(Slots):
    """Slots that note in which order they are asked, and grade when they are told to."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = threading.Semaphore(0)

    def grade(self, job: Job, _notify: object) -> Outcome:
        """Wait, and refuse."""
        self.begun.append(job.run_id)
        self.may_end.acquire()
        return refused(message("file.empty", file="hw1.ipynb"), seconds=0.0)


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Services]:
    settings = Settings(store=tmp_path / "store", database_url=database_url, workers=OWN)
    services = new_service(settings)
    yield services
    services.engine.dispose()


@pytest.fixture
def slots() -> Iterator[Waiting]:
    waiting = Waiting()
    yield waiting
    waiting.may_end.release(100)
    DBOS.destroy(workflow_completion_timeout_sec=10)


def start(services: Services, slots: Waiting) -> None:
    """Begin to take runs off the queue; Playwright's loop may still be in the main thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(launch, services, slots, "worker-1", {}).result()


def begun(services: Services) -> int:
    with services.sessions() as session:
        query = select(Run.id).where(Run.state == RunState.GRADING)
        return len(session.scalars(query).all())


def let_another_worker_start(services: Services) -> None:
    """Write down what a worker with more slots writes when it starts."""
    schema = "" if services.engine.dialect.name == "sqlite" else "dbos."
    with services.engine.begin() as connection:
        changed = connection.execute(
            text(f"UPDATE {schema}queues SET worker_concurrency = {OTHERS} WHERE name = :name"),
            {"name": QUEUE},
        )
    assert changed.rowcount == 1


def add_student(services: Services, student_id: str) -> User:
    user = User(login=student_id, student_id=student_id, role=Role.STUDENT)
    with services.sessions.begin() as session:
        session.add(user)
    return user


@pytest.mark.few(1)
def test_announced_places_are_the_order_in_which_runs_are_begun(
    service: Services, slots: Waiting
) -> None:
    """
    One student's many uploads push nobody's first back, and the place that is shown says so.

    The worker has one slot, though a machine with five was started after it.
    """
    people = add_people(service)
    many, *others = [people.student, *(add_student(service, f"10806300{n}") for n in range(3))]
    start(service, slots)
    head = hand_in(service, many)
    until(lambda: len(slots.begun) == 1, SECONDS, "the first is begun")
    let_another_worker_start(service)

    for edition in service.editions:
        hand_in(service, many, edition=edition)
    for other in others:
        for edition in service.editions:
            hand_in(service, other, edition=edition)
    with service.sessions() as session:
        announced = places(session)
        firsts = {run.id: run.submission.student_id for run in session.scalars(select(Run))}
    threading.Event().wait(1.5)  # several looks of the queue
    assert slots.begun == [f"{head.id}-1"]
    assert begun(service) == 1

    until(lambda: _end_one(slots, 1 + len(announced)), SECONDS, "all are begun")

    in_order = sorted(announced, key=lambda run_id: announced[run_id])
    assert [*announced.values()] == list(range(1, len(announced) + 1))
    assert slots.begun[1:] == in_order
    assert [firsts[run_id] for run_id in in_order[:3]] == [one.login for one in others]
    assert firsts[in_order[-1]] == many.login


@pytest.mark.few(1)
def test_a_class_that_is_regraded_delays_no_student(service: Services, slots: Waiting) -> None:
    """
    Uploads that come later go before all regrades that still wait, and the places say so.

    A run counts as being graded when it is, not while it waits for a slot.
    """
    people = add_people(service)
    graded = [hand_in(service, people.student, edition=name) for name in service.editions]
    for one in graded:
        finish(service, one)
    start(service, slots)
    with service.sessions.begin() as session:
        for one in graded:
            again = session.get_one(Submission, one.id)
            regrade(service, session, again, principal_of(people.ta))
    until(lambda: len(slots.begun) == 1, SECONDS, "the first regrade is begun")
    own = [hand_in(service, people.other_student, edition=name) for name in service.editions]
    with service.sessions() as session:
        announced = places(session)

    until(lambda: begun(service) == 1, SECONDS, "one is being graded")
    until(lambda: _end_one(slots, 2 * len(graded)), SECONDS, "all are begun")

    uploads, regrades = [f"{one.id}-1" for one in own], [f"{one.id}-2" for one in graded]
    assert slots.begun == [regrades[0], *uploads, *regrades[1:]]
    assert [announced[run] for run in slots.begun[1:]] == list(range(1, len(announced) + 1))


def _end_one(slots: Waiting, wanted: int) -> bool:
    """Let what is being graded end, and the next be begun."""
    before = len(slots.begun)
    slots.may_end.release()
    until(lambda: len(slots.begun) in {before + 1, wanted}, SECONDS, "the next is begun")
    return len(slots.begun) == wanted
