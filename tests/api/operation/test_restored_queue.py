"""What waited when a backup was made waits again after it was put back, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dbos import DBOSClient
from sqlalchemy import select

from api.kit.models import Run, RunState, Submission, now
from api.kit.queue import AFTER_STUDENTS, places
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.operation.backup import back_up
from api.operation.restore import restore
from api.submissions.runs import accept, regrade
from tests.api.jobs.running import new_service
from tests.api.people import EDITION, People, finish, hand_in, principal_of, received_notebook


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Return a service with a schema that a backup can name."""
    opened = new_service(Settings(store=tmp_path / "old"))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Services]:
    """Return another service, of which there is nothing yet."""
    services = open_services(Settings(store=tmp_path / "new"))
    yield services
    services.engine.dispose()


def priorities(services: Services) -> dict[str, int | None]:
    """Return the priority of every run that is on the queue, by its id."""
    url = services.engine.url.render_as_string(hide_password=False)
    client = DBOSClient(system_database_url=url)
    try:
        jobs = client.list_workflows(status=["ENQUEUED"])
        return {job.workflow_id: job.priority for job in jobs}
    finally:
        client.destroy()


def test_what_waited_keeps_its_place(
    services: Services, people: People, new: Services, tmp_path: Path
) -> None:
    """An upload of staff's is theirs afterwards as well, and a student's second stays one."""
    taken = hand_in(services, people.other_student)
    first, *seconds = [
        hand_in(services, people.student, edition=name) for name in services.editions
    ]
    with services.sessions.begin() as session:
        theirs = accept(
            services,
            session,
            edition=EDITION,
            student_id=str(people.other_student.student_id),
            principal=principal_of(people.ta),
            files=[received_notebook(services)],
            now=now(),
        )
        session.get_one(Run, f"{taken.id}-1").state = RunState.GRADING
    back_up(services, tmp_path / "saved")
    restore(new, tmp_path / "saved")

    waits = [taken, first, *seconds, theirs]
    ranks = [1, 1, *range(2, 2 + len(seconds)), 1 + AFTER_STUDENTS]
    assert priorities(new) == {f"{one.id}-1": rank for one, rank in zip(waits, ranks, strict=True)}
    with new.sessions() as session:
        assert places(session) == {f"{one.id}-1": at for at, one in enumerate(waits, start=1)}


def test_a_refused_uploads_forerunner_is_still_the_students(
    services: Services, people: People, new: Services, tmp_path: Path
) -> None:
    """A run has another number than 1 for many reasons; whose it is stands beside it."""
    submission = hand_in(services, people.student)
    finish(services, submission)
    with services.sessions.begin() as session:
        again = session.get_one(Submission, submission.id)
        regrade(services, session, again, principal_of(people.ta), staff=False)
    back_up(services, tmp_path / "saved")
    restore(new, tmp_path / "saved")

    with new.sessions() as session:
        staff = {run.id: run.staff for run in session.scalars(select(Run))}
    assert staff == {f"{submission.id}-1": False, f"{submission.id}-2": False}
    assert priorities(new) == {f"{submission.id}-2": 1}
