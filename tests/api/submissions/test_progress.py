"""Live progress: server-sent events of one submission, and one look for all who watch."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.kit.models import Run, RunState, Submission
from api.kit.services import Services
from api.submissions import progress
from api.submissions.progress import Progress, ProgressWatchers
from tests.api.loops import run
from tests.api.people import People, finish, hand_in

URL = "/api/v1/submissions"


@pytest.fixture
def graded_while_watched(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> Submission:
    """Return a submission whose run goes a stage further before every third look at it."""
    submission = hand_in(services, people.student)
    look, looks = progress.look, itertools.count(1)

    def begin(stage: str) -> None:
        with services.sessions.begin() as session:
            run = session.get_one(Run, f"{submission.id}-1")
            run.state, run.stage = RunState.GRADING, stage

    steps: dict[int, Callable[[], None]] = {
        3: lambda: begin("Data"),
        6: lambda: begin("Accuracy"),
        9: lambda: finish(services, submission),
    }

    def stepping(services: Services, ids: list[str]) -> dict[str, Progress]:
        steps.get(next(looks), lambda: None)()
        return look(services, ids)

    monkeypatch.setattr(progress, "look", stepping)
    return submission


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOOK_EVERY_SECONDS", 0.05)


def events(client: TestClient, submission: Submission, **headers: str) -> list[dict[str, str]]:
    """Return the events of a submission up to the end of the stream."""
    answer = client.get(f"{URL}/{submission.id}/events", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.strip().split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines()]
        found.append({name: value for name, _, value in lines if name})
    return [one for one in found if "data" in one]


def test_every_stage_is_told_once_and_then_it_ends(
    student: TestClient, graded_while_watched: Submission
) -> None:
    """The stream says waiting, each stage and the end, each with an id of its own."""
    found = events(student, graded_while_watched)

    told = [json.loads(one["data"]) for one in found]
    assert [(one["state"], one["stage"]) for one in told] == [
        ("waiting", ""),
        ("grading", "Data"),
        ("grading", "Accuracy"),
        ("graded", ""),
    ]
    assert [one["final"] for one in told] == [False, False, False, True]
    assert told[0]["place_in_queue"] == 1
    assert {one["event"] for one in found} == {"progress"}
    assert len({one["id"] for one in found}) == 4


def test_a_stream_goes_on_where_it_broke(
    student: TestClient, graded_while_watched: Submission
) -> None:
    """What the browser had last is not sent again."""
    found = events(student, graded_while_watched, **{"Last-Event-ID": "1.waiting..1"})

    assert json.loads(found[0]["data"])["state"] == "grading"


def test_what_is_over_is_told_at_once(
    services: Services, people: People, student: TestClient
) -> None:
    """The stream of a finished submission is its end alone."""
    submission = hand_in(services, people.student)
    finish(services, submission)

    [last] = events(student, submission, **{"Last-Event-ID": "1.graded..0"})

    assert json.loads(last["data"])["final"] is True


def test_nobody_watches_anothers(
    services: Services, people: People, other_student: TestClient, client: TestClient
) -> None:
    """A stranger's stream does not begin."""
    submission = hand_in(services, people.student)

    assert other_student.get(f"{URL}/{submission.id}/events").status_code == 404
    assert client.get(f"{URL}/{submission.id}/events").status_code == 401


def test_one_look_serves_all_watchers(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty watchers cost no more looks than one, and all hear of the end."""
    submission = hand_in(services, people.student)
    looks = 0

    def counted(services: Services, ids: list[str]) -> dict[str, Progress]:
        nonlocal looks
        looks += 1
        if looks == 5:
            finish(services, submission)
        return look(services, ids)

    look = progress.look
    monkeypatch.setattr(progress, "look", counted)

    async def watch() -> list[list[RunState]]:
        shared = ProgressWatchers(services)

        async def one() -> list[RunState]:
            return [told.state async for told in shared.follow(submission.id)]

        return await asyncio.gather(*(one() for _ in range(50)))

    heard = run(watch())

    assert heard == [[RunState.WAITING, RunState.GRADED]] * 50
    assert looks == 5


def test_a_database_that_is_away_is_waited_for(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that fails ends no stream; the next that succeeds goes on with it."""
    submission = hand_in(services, people.student)
    finish(services, submission)
    look, failed = progress.look, []

    def failing(services: Services, ids: list[str]) -> dict[str, Progress]:
        if len(failed) < 3:
            failed.append(1)
            msg = "the database is away"
            raise RuntimeError(msg)
        return look(services, ids)

    monkeypatch.setattr(progress, "look", failing)

    async def watch() -> list[RunState]:
        return [told.state async for told in ProgressWatchers(services).follow(submission.id)]

    assert run(watch()) == [RunState.GRADED]
    assert len(failed) == 3


def test_who_comes_while_another_is_looked_at_is_told_by_the_next_look(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A submission that a look has not asked for is not taken for one that was deleted."""
    first, second = (hand_in(services, one) for one in (people.student, people.other_student))
    look, looking, may_go_on = progress.look, threading.Event(), threading.Event()

    def slow(services: Services, ids: list[str]) -> dict[str, Progress]:
        looking.set()
        assert may_go_on.wait(60)
        return look(services, ids)

    monkeypatch.setattr(progress, "look", slow)

    async def watch() -> RunState:
        shared = ProgressWatchers(services)
        early, late = shared.follow(first.id), shared.follow(second.id)
        told = asyncio.create_task(anext(early))
        await asyncio.to_thread(looking.wait, 60)
        came = asyncio.create_task(anext(late))
        await asyncio.sleep(0)  # it watches now
        may_go_on.set()
        await told
        return (await came).state

    assert run(watch()) is RunState.WAITING


def test_a_submission_that_is_deleted_ends_its_stream(services: Services, people: People) -> None:
    """Where there is nothing left to tell the stream ends."""
    submission = hand_in(services, people.student)

    async def watch() -> list[RunState]:
        found = []
        async for told in ProgressWatchers(services).follow(submission.id):
            found.append(told.state)
            with services.sessions.begin() as session:
                session.delete(session.get_one(Submission, submission.id))
        return found

    assert run(watch()) == [RunState.WAITING]
