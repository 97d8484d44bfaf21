"""A few child processes, kept running: one that dies is started again, after a growing pause."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from grader.workers.child_lifetime import die_with

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # a child that ran so long starts with the first pause again
LOOK_SECONDS = 0.1
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Child:
    """One command, the process that runs it, and when it is to be started again."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    hopeless: frozenset[int] = frozenset()  # exit statuses after which nothing would help
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause: float = field(default=FIRST_PAUSE)

    def start(self) -> None:
        """Start the process; it ends with this one, and hears no Ctrl-C of the terminal."""
        parent = os.getpid()
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: die_with(parent),  # noqa: PLW1509  nothing here has threads
        )

    def look(self) -> int | None:
        """Start the process where it is due; return the status of one that ended for good."""
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            return None
        if status in self.hopeless:
            return status
        self._plan(status)
        return None

    def end(self, number: signal.Signals) -> None:
        """Send the process a signal, if there is one."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def running(self) -> bool:
        """Return whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def _plan(self, status: int) -> None:
        steady = time.monotonic() - self.started_at > STEADY_SECONDS
        self.pause = FIRST_PAUSE if steady else min(2 * self.pause, LONGEST_PAUSE)
        self.start_at = time.monotonic() + self.pause
        self.process = None
        _log.error("%s ended with %d; it starts again in %.1f s", self.name, status, self.pause)


class ChildProcesses:
    """The children of this process, kept until somebody says stop."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._signals = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def run(self, ready: Callable[[], bool], announce: Callable[[], None]) -> int:
        """
        Keep the children running; *announce* once *ready*.

        Return 0 after SIGTERM or SIGINT, when every child has finished what it had begun, and a
        child's own status where it said that nothing would help. A second signal ends it at once.
        """
        announced = False
        while not self._signals:
            for child in self._children:
                status = child.look()
                if status is not None:
                    self._stop()
                    return status
            if not announced and ready():
                announce()
                announced = True
            time.sleep(LOOK_SECONDS)
        return self._stop()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _stop(self) -> int:
        signals = self._signals
        for child in self._children:
            child.end(signal.SIGTERM)
        while any(child.running() for child in self._children):
            if self._signals > signals:
                for child in self._children:
                    child.end(signal.SIGKILL)
                return INTERRUPTED
            time.sleep(LOOK_SECONDS)
        return 0


def grader(*arguments: str) -> list[str]:
    """Return the command line of one of this program's own commands."""
    return [sys.executable, "-m", "grader.cli", *arguments]
