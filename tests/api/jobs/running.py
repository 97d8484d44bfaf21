"""The service's own processes, started for real, killed for real, and talked to over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from sqlalchemy import select

from api.auth.tokens import add_token
from api.course.assignments import ensure_assignments
from api.kit.models import FINAL_STATES, Role, Run, User
from api.kit.queue import create_tables
from api.kit.services import Services
from api.kit.settings import Settings
from api.migrations import upgrade
from api.requests.principal import Principal
from api.serve import as_environment, prepare

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "hw1_108062999.ipynb"
NO_NOTEBOOK = b'{"this is": "JSON, and no notebook"}'
START_SECONDS = 240.0  # for whatever takes as long as the machine is busy


class Program:
    """One ``grader ...`` command as a child process."""

    def __init__(self, settings: Settings, *arguments: str, log: Path) -> None:
        self.arguments = arguments
        self._environment = os.environ | as_environment(settings)
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "grader.cli", *self.arguments],
                env=self._environment,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def keep(self) -> None:
        """Start the command again where it has ended, as ``grader serve`` and Docker do."""
        if self.process is not None and self.process.poll() is not None:
            self.start()

    def kill(self) -> None:
        """End the process between two instructions, and only this one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """End the process as an operator does; return its exit status."""
        self.tell_to_stop()
        return self.ended()

    def tell_to_stop(self) -> None:
        """Send what ends the process once it has finished what it has begun."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Wait until the process has ended; return its exit status."""
        assert self.process is not None
        return self.process.wait(START_SECONDS)

    def said(self) -> str:
        """Return what it has written."""
        return self._log.read_text(errors="replace")


@contextmanager
def running(*programs: Program) -> Iterator[None]:
    """Run programs within the block; nothing of them is left after it."""
    try:
        for program in programs:
            program.start()
        yield
    finally:
        for program in programs:
            program.kill()


@contextmanager
def suspended_slot(worker: Program) -> Iterator[None]:
    """Have what a worker of one slot has begun go on only after the block."""
    assert worker.process is not None
    [slot] = psutil.Process(worker.process.pid).children()
    slot.suspend()
    try:
        yield
    finally:
        slot.resume()


def until(met: Callable[[], bool], seconds: float, what: str, *programs: Program) -> float:
    """Wait until something is so; return how long it took, and fail where it never is."""
    begun = time.monotonic()
    while not met():
        if time.monotonic() - begun > seconds:
            said = "\n".join(program.said()[-3000:] for program in programs)
            msg = f"not within {seconds:g} s: {what}\n{said}"
            raise AssertionError(msg)
        time.sleep(0.05)
    return time.monotonic() - begun


def new_service(settings: Settings) -> Services:
    """Return a service on an empty database."""
    services = prepare(settings)
    upgrade(services.engine)
    create_tables(services.engine)
    ensure_assignments(services)
    return services


def add_students(services: Services, student_ids: list[str]) -> dict[str, str]:
    """Add students and return an API token of each."""
    tokens = {}
    with services.sessions.begin() as session:
        for student_id in student_ids:
            user = User(login=student_id, student_id=student_id, role=Role.STUDENT)
            session.add(user)
            session.flush()
            principal = Principal(
                user_id=user.id, login=user.login, role=user.role, student_id=student_id
            )
            tokens[student_id] = add_token(session, principal, "test", ["submit", "read"], 1)[1]
    return tokens


def upload(
    client: httpx.Client, token: str, content: bytes, *, name: str = "hw1.ipynb", key: str = ""
) -> httpx.Response:
    """Return the answer to an upload."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    return client.post("/api/v1/submissions", files=[("file", (name, content))], headers=headers)


def answers(port: int) -> bool:
    """Return whether the API there is ready."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=10.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def runs(services: Services) -> list[Run]:
    """Return all runs as they are now."""
    with services.sessions() as session:
        return list(session.scalars(select(Run).order_by(Run.created_at)))


def all_final(services: Services) -> bool:
    """Return whether every run has ended."""
    return all(run.state in FINAL_STATES for run in runs(services))
