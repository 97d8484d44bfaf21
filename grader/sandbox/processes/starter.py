"""
Workers for one's own code where nothing can be locked: each is a process of its own.

This is for a student's own machine, on macOS and Windows; it protects nobody from the code that
it runs, apart from its time limits.  A start takes as long as importing torch.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.errors import SandboxError
from grader.sandbox.frames import Channel, FrameError
from grader.sandbox.policy import Policy
from grader.sandbox.processes import launch
from grader.sandbox.processes.process import Process
from grader.sandbox.protocol import Limits

_START_SECONDS = 120.0
_SMALL = 1 << 20


class Starter:
    """Starts a process for every worker that is asked for, and none before."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def warm(self) -> None:
        """Do nothing: a process that waits would have to be paid for by every command."""

    def fork(
        self,
        *,
        networks: Mapping[str, Any],
        scaffold: Mapping[str, Any],
        limits: Limits,
        imports: Sequence[str],
    ) -> Process:
        """Return a new worker; *imports* happen when the code asks for them."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._start(theirs)
        channel = Channel(ours)
        self._running[process.pid] = process
        setup = {
            "networks": networks,
            "scaffold": scaffold,
            "limits": asdict(limits),
            "imports": [*imports],
        }
        deadline = time.monotonic() + _START_SECONDS
        try:
            channel.send(0, setup, deadline=deadline)
            channel.receive(limit=_SMALL, deadline=deadline)
        except FrameError as error:
            self.reap(process.pid)
            msg = f"the process for the code did not start: {error}"
            raise SandboxError(msg) from None
        return Process(channel=channel, number=process.pid, layers=())

    def reap(self, number: int, patience_seconds: float = 0.0) -> int | None:
        """End the worker *number* unless it ends by itself; return its wait status."""
        process = self._running.pop(number, None)
        if process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(patience_seconds)
            return -code if code < 0 else (code & 0xFF) << 8
        process.kill()
        process.wait()
        return None

    def memory(self) -> dict[str, int]:
        """Return zeros: no process waits."""
        return {"mapped_bytes": 0, "resident_bytes": 0}

    def close(self) -> None:
        """End every worker and remove what was written to start them."""
        for number in [*self._running]:
            self.reap(number)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="grader-")
            self._archive.write_bytes(launch.archive("alone"))
        # Windows has no descriptors to inherit: the socket is handed over through standard input.
        share = getattr(theirs, "share", None)
        number = -1 if share else theirs.fileno()
        process = subprocess.Popen(
            launch.command(number, str(self._archive)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=() if share else (number,),
            env=None if sys.platform == "win32" else launch.ENVIRONMENT,
        )
        assert process.stdin is not None
        with process.stdin as stdin:
            if share:
                stdin.write(share(process.pid))
        return process

    @property
    def _archive(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "sandbox.pyz"
