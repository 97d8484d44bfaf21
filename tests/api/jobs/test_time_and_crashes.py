"""What takes a slot's time, or ends it: how often the service grades it, and what it costs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from api.kit.models import Assignment, Run, RunState
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.jobs.running import (
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
from tests.api.people import EDITION
from tests.api.ports import free_port

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
# It never ends, however often it is called.
SLEEPER = b"""\
import time
def quantized_weights(weights):
    while True:
        time.sleep(1)
"""


@contextmanager
def service(store: Path, **given: object) -> Iterator[tuple[Services, Program, httpx.Client]]:
    """Run a service of one slot in which every student has one attempt."""
    settings = Settings(store=store, workers=1, **given)  # type: ignore[arg-type]
    services = new_service(settings)
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).max_attempts = 1
    port = free_port()
    api = Program(settings, "api", "--port", str(port), log=store / "api.log")
    worker = Program(settings, "worker", log=store / "worker.log")
    with (
        running(api, worker),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client,
    ):
        until(lambda: answers(port), START_SECONDS, "the API answers", api)
        yield services, worker, client
    services.engine.dispose()


def test_a_sleeper_is_graded_once_and_costs_its_attempt(tmp_path: Path) -> None:
    """Its own time ends before the grading's: a result without points, and no second try."""
    with service(tmp_path, student_seconds=3.0) as (services, worker, client):
        [token] = add_students(services, ["108062001"]).values()
        assert upload(client, token, SLEEPER, name="hw1.py").status_code == 202

        until(lambda: all_final(services), START_SECONDS, "it has ended", worker)
        again = upload(client, token, SLEEPER + b"# again", name="hw1.py")

    [run] = runs(services)
    assert (run.state, run.attempts) == (RunState.GRADED, 1)
    assert run.findings == ["time-used-up"]
    assert again.status_code == 409
    assert again.json()["type"].endswith("no-attempts-left")


def test_what_ends_its_slot_is_tried_once_more_and_then_left_to_people(tmp_path: Path) -> None:
    """Nothing is earned or lost by it, and the student may hand in again."""
    with service(tmp_path) as (services, worker, client):
        [token] = add_students(services, ["108062001"]).values()
        with slots_killed(services, worker):
            assert upload(client, token, SLEEPER, name="hw1.py").status_code == 202
            until(lambda: all_final(services), START_SECONDS, "it has ended", worker)
        again = upload(client, token, SLEEPER + b"# again", name="hw1.py")

        [run, *_] = runs(services)
        assert (run.state, run.attempts, run.score) == (RunState.UNGRADED, 2, None)
        assert run.reason is not None
        assert run.reason["values"]["why"] == "ended"
        assert again.status_code == 202, again.text


@contextmanager
def slots_killed(services: Services, worker: Program) -> Iterator[None]:
    """Kill the worker's slot in every grading that begins within the block."""
    ended = threading.Event()

    def kill() -> None:
        killed = 0
        while not ended.wait(0.1):
            found: list[Run] = [r for r in runs(services) if r.state is RunState.GRADING]
            if found and found[0].stage and found[0].attempts > killed:
                killed = found[0].attempts
                for slot in _slots_of(worker):
                    slot.send_signal(signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _slots_of(worker: Program) -> list[psutil.Process]:
    assert worker.process is not None
    children = psutil.Process(worker.process.pid).children()
    return [child for child in children if "api.jobs.slot_process" in child.cmdline()]
