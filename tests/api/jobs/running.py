"""The service's own processes, started for real, killed for real, and talked to over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import select

from api.assignments import ensure_assignments
from api.auth.principal import Principal
from api.auth.tokens import add_token
from api.jobs.queue import create_tables
from api.migrations import upgrade
from api.models import FINAL_STATES, Role, Run, User
from api.serve import as_environment, prepare
from api.services import Services
from api.settings import Settings

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "hw1_108062999.ipynb"
NO_NOTEBOOK = b'{"this is": "JSON, and no notebook"}'
START_SECONDS = 90.0


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

    def stop(self, seconds: float = 60.0) -> int:
        """End the process as an operator does; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

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
    return services


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


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
    ensure_assignments(services)
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
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1.0).status_code == 200
    except httpx.HTTPError:
        return False


def runs(services: Services) -> list[Run]:
    """Return all runs as they are now."""
    with services.sessions() as session:
        return list(session.scalars(select(Run).order_by(Run.created_at)))


def all_final(services: Services) -> bool:
    """Return whether every run has ended."""
    return all(run.state in FINAL_STATES for run in runs(services))
