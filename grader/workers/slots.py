"""
Slots: processes that grade, each kept, killed and replaced by a thread of the one that owns them.

The thread that starts a process lives as long as its owner, because the kernel ends a process
with the thread that it was to die with.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from grader.words.message import Message, message
from grader.workers.json_lines import ChannelClosedError, Lines

START_SECONDS = 900.0  # the first start on a machine decodes the data set
STARTS = 3  # how often a process that says nothing is started before the worker gives up
END_SECONDS = 2.0  # between the end of a process's channel and its own
CLOSED_SECONDS = 1.0  # how soon those who wait are told that it was closed
RESTART_SECONDS = 5.0  # between attempts after that
JOBS_OF_A_PROCESS = 500  # then it is replaced, whatever libraries have not given back
NO_MEMORY = (
    "as the kernel does where memory runs out (give the machine or container more, or grade fewer"
    " submissions at once with --workers)"
)
Notify = Callable[[str], None]
Starting = Callable[[Message], None]
Answer = dict[str, Any]
_log = logging.getLogger(__name__)


class SlotError(Exception):
    """A grading ended without an outcome, through our fault."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


class RefusedToStartError(Exception):
    """A process that grades says that nothing can be graded here, and what to do."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class _StartError(Exception):
    """A process ended while it started; the text says how."""


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What the first process found out about this machine."""

    layers: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)  # layer -> what it would take
    unusable: Mapping[str, str] = field(default_factory=dict)  # edition -> why
    data: Mapping[str, str] = field(default_factory=dict)  # edition -> what the data are known by


@dataclass(frozen=True, kw_only=True)
class _Task:
    order: Mapping[str, Any]
    notify: Notify
    answer: Future[Answer]


class Slots:
    """
    A number of processes that grade; orders wait for a free one in the order they come.

    Each runs *module*, which is called with a descriptor, the owner's process id and, in the first
    one, ``prove``. What it prints goes to *output*, a descriptor.
    """

    def __init__(  # noqa: PLR0913  what a process is given
        self,
        module: str,
        count: int,
        environment: Mapping[str, str],
        *,
        limit_seconds: float,
        folder: Path,
        output: int | None = None,
    ) -> None:
        self._closed = False
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._slots = [
            _Slot(
                self._tasks,
                module,
                environment,
                limit_seconds=limit_seconds,
                folder=folder,
                output=output,
            )
            for _ in range(count)
        ]

    def open(self, starting: Starting = lambda _far: None) -> Readiness:
        """
        Start all processes and return what the first one, which proves the sandbox, found.

        *starting* is told how far the first one has come, where it says so: it fills the caches.
        Raise RefusedToStartError where nothing can be graded here.
        """
        first, *others = self._slots
        readiness = first.open(prove=True, starting=starting).result()
        # The first has filled the caches by now; the others only read them.
        for answer in [slot.open(prove=False) for slot in others]:
            answer.result()
        return readiness

    def ask(self, order: Mapping[str, Any], notify: Notify) -> Answer:
        """Return what a process answers to an order; raise SlotError where it does not."""
        answer: Future[Answer] = Future()
        self._tasks.put(_Task(order=order, notify=notify, answer=answer))
        while True:
            try:
                return answer.result(CLOSED_SECONDS)
            except TimeoutError:
                if self._closed:
                    raise SlotError(our_fault("ended")) from None

    @property
    def processes(self) -> list[int]:
        """Return the ids of the processes that run now."""
        return [slot.process_id for slot in self._slots if slot.process_id is not None]

    def close(self) -> None:
        """End the processes; what they were grading is not finished."""
        self._closed = True
        for slot in self._slots:
            slot.close()


class _Slot:
    """One process and the thread that owns it."""

    def __init__(  # noqa: PLR0913  what a process is given
        self,
        tasks: queue.SimpleQueue[_Task | None],
        module: str,
        environment: Mapping[str, str],
        *,
        limit_seconds: float,
        folder: Path,
        output: int | None,
    ) -> None:
        self._tasks = tasks
        self._module = module
        self._output = output
        self._environment = environment
        self._limit_seconds = limit_seconds
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: Lines | None = None
        self._starting: Starting = lambda _far: None
        self._served = 0
        self._closed = False

    def open(self, *, prove: bool, starting: Starting = lambda _far: None) -> Future[Readiness]:
        """Start the thread and its process."""
        self._starting = starting
        answer: Future[Readiness] = Future()
        threading.Thread(target=self._run, args=(answer, prove), name="slot", daemon=True).start()
        return answer

    @property
    def process_id(self) -> int | None:
        """Return the id of the process, None while there is none."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def close(self) -> None:
        """End the process for good."""
        self._closed = True
        self.kill()

    def kill(self) -> None:
        """End the process at once, its sandbox with it."""
        if self._process is not None:
            if self._process.poll() is None:  # else its number may be a stranger's by now
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._lines is not None:
            self._lines.close()

    def _how_it_ended(self) -> str:
        """Return what became of a process whose channel is closed, and what helps."""
        assert self._process is not None
        try:
            status = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            return "does not answer any more"
        if status == -signal.SIGKILL:
            return f"was killed, {NO_MEMORY}"
        return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"

    def _run(self, opened: Future[Readiness], prove: bool) -> None:
        try:
            opened.set_result(self._open(prove=prove))
        except BaseException as error:
            opened.set_exception(error)
            return
        while (task := self._tasks.get()) is not None:
            self._served += 1
            try:
                task.answer.set_result(self._serve(task))
            except BaseException as error:
                task.answer.set_exception(error)
            if self._served >= JOBS_OF_A_PROCESS:
                self.kill()
            if self._closed:
                return
            self._revive()

    def _open(self, *, prove: bool) -> Readiness:
        for _ in range(STARTS - 1):
            with contextlib.suppress(_StartError):
                return self._start(prove=prove)
        try:
            return self._start(prove=prove)
        except _StartError as error:
            msg = f"{error}, {STARTS} times"
            raise RefusedToStartError(msg, 1) from None

    def _start(self, *, prove: bool) -> Readiness:
        self._served = 0
        ours, theirs = socket.socketpair()
        command = [
            sys.executable,
            "-m",
            self._module,
            str(theirs.fileno()),
            str(os.getpid()),
        ]
        with theirs:
            self._process = subprocess.Popen(
                [*command, *(["prove"] if prove else [])],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno() if self._output is None else self._output,
                stderr=self._output,
                env=self._environment,
                start_new_session=True,
            )
        self._lines = Lines(ours)
        try:
            hello = self._first_word(self._lines)
        except ChannelClosedError:
            msg = f"the process that grades {self._how_it_ended()} while it started"
            self.kill()
            raise _StartError(msg) from None
        except TimeoutError:
            self.kill()
            msg = f"the process that grades does not start within {START_SECONDS:g} s"
            raise RefusedToStartError(msg, 1) from None
        if "refused" in hello:
            self.kill()
            raise RefusedToStartError(str(hello["refused"]), int(hello["exit_code"]))
        return Readiness(
            layers=tuple(hello.get("layers", ())),
            missing=hello.get("missing", {}),
            unusable=hello["unusable"],
            data=hello.get("data", {}),
        )

    def _first_word(self, lines: Lines) -> Mapping[str, Any]:
        """Return what a new process says once it stands; pass on how far it is until then."""
        deadline = time.monotonic() + START_SECONDS
        while "starting" in (told := lines.receive(deadline)):
            if (far := Message.of_json(told["starting"])) is not None:
                self._starting(far)
        return told

    def _revive(self) -> None:
        """Start a process for the next job; retry until there is one."""
        while self.process_id is None and not self._closed:
            try:
                self._start(prove=False)
            except (RefusedToStartError, _StartError, OSError) as error:
                _log.error("%s; it is started again", error)
                time.sleep(RESTART_SECONDS)

    def _serve(self, task: _Task) -> Answer:
        deadline = time.monotonic() + self._limit_seconds
        with TemporaryDirectory(dir=self._folder) as folder:
            try:
                answer = self._ask(task, folder, deadline)
            except TimeoutError:
                self.kill()
                reason = our_fault("too-long", seconds=f"{self._limit_seconds:g}")
                raise SlotError(reason) from None
            except ChannelClosedError:
                if not self._closed:
                    _log.error("the process that graded %s", self._how_it_ended())
                self.kill()
                raise SlotError(our_fault("ended")) from None
        if "failed" in answer:
            self.kill()
            raise SlotError(our_fault("broke", error=str(answer["failed"])))
        return answer

    def _ask(self, task: _Task, folder: str, deadline: float) -> Answer:
        lines = self._lines
        if lines is None:
            raise ChannelClosedError
        lines.send({**task.order, "folder": folder})
        while True:
            answer = lines.receive(deadline)
            if "stage" not in answer:
                return answer
            task.notify(str(answer["stage"]))


def our_fault(why: str, **parameters: object) -> Message:
    """Return why we could not grade; *why* is among ``words.why`` of ``refusals.toml``."""
    return message("ungraded", why=why, **parameters)
