"""
Nothing is lost and nothing is recorded twice, whatever is killed.

500 uploads come in over HTTP while the API and two workers are killed at random, 34 times, and
the PostgreSQL restarts twice, once by kill -9. The mix: 484 uploads are no notebooks, which intake
refuses as it would any day, and 16 are the example, graded for real with its PDF; 10 of the
students hand in three times in a row, so that waiting runs get replaced.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import func, select

from api.kit.models import Run, RunState, Submission
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.chaos import recorded
from tests.api.jobs.running import (
    EXAMPLE,
    NO_NOTEBOOK,
    START_SECONDS,
    Program,
    add_students,
    all_final,
    answers,
    new_service,
    running,
    runs,
    until,
    upload,
)
from tests.api.ports import free_port
from tests.api.servers import PostgreSQL, programs

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

UPLOADS = 500
EAGER, TIMES = 10, 3  # students who hand in again at once
REAL = 16
KILLS = 34
SECONDS_BETWEEN_KILLS = 2.5
SENDERS = 6
PATIENCE_SECONDS = 400.0


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[PostgreSQL | None]:
    """Return a PostgreSQL whose commits survive its death; None: SQLite."""
    if request.param == "sqlite":
        yield None
        return
    programs()
    with PostgreSQL(durable=True) as server:
        yield server


def test_no_kill_loses_or_repeats_a_result(database: PostgreSQL | None, tmp_path: Path) -> None:
    """Every answered upload ends in one result, recorded once."""
    dice = random.Random(20211101)
    settings = Settings(
        store=tmp_path / "store",
        database_url=database.new_database() if database else "",
        workers=1,
        max_grading_attempts=20,  # one run may be killed again and again, and is not given up
        uploads_per_minute=1000,
        uploads_per_minute_and_address=100_000,
    )
    services = new_service(settings)
    recorded.watch(services.engine)
    port = free_port()
    api = Program(settings, "api", "--port", str(port), log=tmp_path / "api.log")
    workers = [Program(settings, "worker", log=tmp_path / f"worker{i}.log") for i in range(2)]
    uploads = _uploads(services, dice)

    with ExitStack() as stack:
        stack.enter_context(running(api, *workers))
        until(lambda: answers(port), START_SECONDS, "the API answers", api)
        sent = stack.enter_context(_sending(port, uploads))
        _kill_at_random(api, workers, dice, database)
        accepted = sent()
        until(
            lambda: _kept(api, *workers) and all_final(services),
            PATIENCE_SECONDS,
            "every run has ended",
            *(api, *workers),
        )

    _require_nothing_lost(services, accepted)
    _require_nothing_twice(services)
    services.engine.dispose()


def _uploads(services: Services, dice: random.Random) -> list[tuple[str, bytes]]:
    """Return tokens and contents of all uploads, in the order in which they are sent."""
    singles = UPLOADS - EAGER * TIMES
    student_ids = [f"1080{number:05}" for number in range(singles + EAGER)]
    tokens = [*add_students(services, student_ids).values()]
    senders = tokens[:singles] + tokens[singles:] * TIMES
    contents = [EXAMPLE.read_bytes()] * REAL + [NO_NOTEBOOK] * (UPLOADS - REAL)
    dice.shuffle(contents)
    dice.shuffle(senders)
    return list(zip(senders, contents, strict=True))


class _sending:  # noqa: N801  used as a context manager
    """Sends uploads from a few threads until each is answered with a submission's id."""

    def __init__(self, port: int, uploads: list[tuple[str, bytes]]) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=60.0, trust_env=False
        )
        self._uploads = uploads
        self._stopped = threading.Event()
        self._threads = ThreadPoolExecutor(SENDERS)

    def __enter__(self):
        answered = [self._threads.submit(self._send, *one) for one in self._uploads]
        return lambda: [answer.result() for answer in answered]

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self._threads.shutdown(cancel_futures=True)
        self._client.close()

    def _send(self, token: str, content: bytes) -> str:
        """Return the id of the accepted submission; what is not answered is sent again."""
        key = str(uuid.uuid4())
        pause = SENDERS * KILLS * SECONDS_BETWEEN_KILLS / (1.3 * UPLOADS)
        while not self._stopped.wait(pause):
            try:
                answer = upload(self._client, token, content, key=key)
            except httpx.HTTPError:
                continue
            if answer.status_code == 202:
                return str(answer.json()["id"])
            assert answer.status_code in {429, 503}, answer.text
        msg = "stopped before it was answered"
        raise AssertionError(msg)


def _kill_at_random(
    api: Program, workers: list[Program], dice: random.Random, database: PostgreSQL | None
) -> None:
    """Kill the API, a worker, or the process that grades for one; start what is gone again."""
    restarts = iter([KILLS // 3, 2 * KILLS // 3])
    restart_at = next(restarts)
    for number in range(KILLS):
        time.sleep(dice.uniform(0.5, 1.5) * SECONDS_BETWEEN_KILLS)
        _kept(api, *workers)
        victim = dice.choice([api, *workers])
        if victim is api or not (dice.random() < 0.25 and _kill_slot(victim, dice)):
            victim.kill()
            victim.start()
        if database is not None and number == restart_at:
            first = restart_at == KILLS // 3
            database.restart(kill=first, seconds_down=1.0)
            restart_at = next(restarts, KILLS)


def _kept(*programs: Program) -> bool:
    for program in programs:
        program.keep()
    return True


def _kill_slot(worker: Program, dice: random.Random) -> bool:
    """Kill the process that grades for a worker; return whether there was one to kill."""
    assert worker.process is not None
    try:
        slots = psutil.Process(worker.process.pid).children()
        dice.choice(slots).kill()
    except (IndexError, psutil.NoSuchProcess):  # none has been started, or it ended just now
        return False
    return True


def _ended(services: Services) -> dict[str, Run]:
    """
    Return the last run of every submission.

    Those before it were replaced, each by a newer upload that then was refused; nothing that had
    a result was ever run again.
    """
    last: dict[str, Run] = {}
    for run in sorted(runs(services), key=lambda run: run.number):
        before = last.get(run.submission_id)
        assert before is None or before.state is RunState.REPLACED
        last[run.submission_id] = run
    return last


def _require_nothing_lost(services: Services, accepted: list[str]) -> None:
    with services.sessions() as session:
        stored = set(session.scalars(select(Submission.id)))
        assert session.scalar(select(func.count()).select_from(Submission)) == UPLOADS
    assert set(accepted) == stored
    assert len(set(accepted)) == UPLOADS
    ended = _ended(services)
    assert set(ended) == stored
    states = Counter(run.state for run in ended.values())
    assert states[RunState.UNGRADED] == 0, states
    assert states[RunState.REFUSED] > UPLOADS / 2, states
    assert states[RunState.GRADED] > REAL / 2, states
    for run in runs(services):
        if run.state is RunState.GRADED:
            assert run.score == 90.0
            assert services.blobs.read(run.pdf_sha256 or "").startswith(b"%PDF")
            assert services.blobs.read(run.results_sha256 or "").startswith(b"{")


def _require_nothing_twice(services: Services) -> None:
    ends = recorded.ends(services.engine)
    assert set(ends) == {run.id for run in runs(services)}
    assert set(ends.values()) == {1}
