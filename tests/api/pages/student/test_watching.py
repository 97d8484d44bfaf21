"""Pages that watch: many open at once cost neither threads nor connections of the database."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
import pytest
from starlette.testclient import TestClient

from api.kit.models import Run, RunState
from api.kit.services import Services
from api.pages.routes import watching
from api.submissions import progress
from api.submissions.progress import Progress
from tests.api.listening import serving
from tests.api.loops import run
from tests.api.pages.site import log_in
from tests.api.people import People, finish, hand_in

WATCHERS = 200
THREADS = 45  # what answers requests, however many watch: the server's pool has 40


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a stream."""

    name: str
    data: str


def events_of(text: str) -> list[Event]:
    found = []
    for block in text.strip().split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines() if not line.startswith(":")]
        data = "\n".join(value for name, _, value in lines if name == "data")
        found += [Event(name=value, data=data) for name, _, value in lines if name == "event"]
    return found


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOOK_EVERY_SECONDS", 0.05)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> dict[int, Callable[[], None]]:
    """Return what is to happen before which look at the database, by the look's number."""
    before: dict[int, Callable[[], None]] = {}
    numbers = itertools.count(1)

    def look(services: Services, ids: Sequence[str]) -> dict[str, Progress]:
        before.get(next(numbers), lambda: None)()
        return looked(services, ids)

    looked = progress.look
    monkeypatch.setattr(progress, "look", look)
    monkeypatch.setattr(progress, "LOOK_EVERY_SECONDS", 0.05)
    return before


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Received, waiting", "Being graded")), ("zh-TW", ("已收到", "評分中"))],
)
def test_pieces_are_sent_in_the_pages_language_up_to_the_end(  # noqa: PLR0917  a table's columns
    services: Services,
    people: People,
    student: TestClient,
    looks: dict[int, Callable[[], None]],
    language: str,
    words: tuple[str, str],
) -> None:
    submission = hand_in(services, people.student)

    def begin() -> None:
        with services.sessions.begin() as session:
            session.get_one(Run, f"{submission.id}-1").state = RunState.GRADING

    looks |= {3: begin, 6: lambda: finish(services, submission)}
    answer = student.get(f"/s/{submission.id}/events", headers={"Accept-Language": language})

    found = events_of(answer.text)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert [event.name for event in found] == ["piece", "piece", "final"]
    assert words[0] in found[0].data
    assert words[1] in found[1].data
    assert f'hx-get="/s/{submission.id}/progress"' in found[1].data


def test_a_page_hears_that_it_is_not_forgotten(
    services: Services,
    people: People,
    student: TestClient,
    looks: dict[int, Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nothing changes for long the server says so: a proxy that is silent is told apart."""
    monkeypatch.setattr(watching, "BEAT_SECONDS", 0.0)
    submission = hand_in(services, people.student)
    looks |= {4: lambda: finish(services, submission)}

    found = events_of(student.get(f"/s/{submission.id}/events").text)

    assert [event.name for event in found] == ["piece", "alive", "alive", "final"]
    assert all(event.data for event in found)  # browsers pass no empty event on


async def watch(client: httpx.AsyncClient, address: str, opened: asyncio.Semaphore) -> str:
    """Return what is said there until its end; *opened* is released at its first words."""
    async with client.stream("GET", address, timeout=60.0) as answer:
        text = ""
        async for piece in answer.aiter_text():
            if not text:
                opened.release()
            text += piece
        return text


@pytest.mark.long
def test_two_hundred_pages_watch_without_threads_or_connections(
    services: Services, people: People
) -> None:
    """Whoever watches holds a socket alone; others are answered, everybody hears of the end."""
    submission = hand_in(services, people.student)
    cookies = {"grader-session": log_in(services, people.student)}
    seen: dict[str, int] = {}

    async def measure(address: str) -> list[str]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=address, cookies=cookies, limits=limits, trust_env=False
        ) as client:
            opened = asyncio.Semaphore(0)
            before = threading.active_count()
            watchers = [
                asyncio.create_task(watch(client, f"/s/{submission.id}/events", opened))
                for _ in range(WATCHERS)
            ]
            for _ in range(WATCHERS):
                await opened.acquire()
            await asyncio.sleep(1.0)
            pool = services.engine.pool
            seen["threads"] = threading.active_count() - before
            seen["connections"] = pool.checkedout()  # type: ignore[attr-defined]
            other = await client.get("/healthz", timeout=60.0)
            assert other.status_code == 200
            await asyncio.to_thread(finish, services, submission)
            return await asyncio.gather(*watchers)

    with serving(services) as address:
        texts = run(measure(address))

    assert [events_of(text)[-1].name for text in texts] == ["final"] * WATCHERS
    assert seen["threads"] <= THREADS, seen
    assert seen["connections"] <= 1, seen  # the one look for all
