"""Workers in milliseconds: one process that has torch imported forks each of them."""

from __future__ import annotations

import atexit
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Protocol

from grader.errors import SandboxError
from grader.sandbox.frames import Channel, FrameError
from grader.sandbox.policy import BUBBLEWRAP, LAYERS, REMEDIES, UNPRIVILEGED, Policy
from grader.sandbox.processes import launch, libraries, threads
from grader.sandbox.processes.interpreter import interpreter
from grader.sandbox.processes.process import Process
from grader.sandbox.processes.starter import Starter
from grader.sandbox.protocol import Limits

_START_SECONDS = 120.0
_FORK_SECONDS = 30.0
_SMALL = 1 << 20
_NO_PROCESS_SECONDS = 10.0
_MORE = "allow more processes (pids_limit of the container, ulimit -u), or fewer workers"
# What the same user may start elsewhere while a worker runs: the kernel would take it from the
# worker's own threads, where worker and service are one user.
_THREADS_TO_COME = 256
# Users that nobody has: each worker of a root process gets one for itself.
_FIRST_USER, _USERS = 0x6A000000, 1 << 24


class Pool:
    """
    The process that workers are forked from, started in the background.

    It lives as long as this process, or until ``close``; a broken one is replaced at the next
    request.  Requests from several threads take turns.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._lock = threading.Lock()
        self._started: _Zygote | None = None

    def warm(self) -> None:
        """Start the process if it is not running; return at once."""
        with self._lock:
            self._zygote()

    def fork(
        self,
        *,
        networks: Mapping[str, Any],
        scaffold: Mapping[str, Any],
        limits: Limits,
        imports: Sequence[str],
    ) -> Process:
        """Return a new worker, locked; raise ``SandboxError`` where a needed layer is missing."""
        setup = {
            "networks": networks,
            "scaffold": scaffold,
            "limits": asdict(limits),
            "lock": _lock_settings(self.policy, limits),
        }
        request = {"operation": "fork", "setup": setup, "imports": [*imports]}
        number, channel, bubblewrapped = self._forked(request)
        try:
            hello = channel.receive(
                limit=_SMALL, deadline=time.monotonic() + _FORK_SECONDS, with_descriptors=True
            )
            threads.count(channel.descriptors, allowed=setup["lock"]["threads"])
            layers = _held(hello.meta["layers"], self.policy, bubblewrapped=bubblewrapped)
            libraries.check_reach(hello.meta["out_of_reach"])
        except (FrameError, SandboxError) as error:
            channel.close()
            self.reap(number)
            if isinstance(error, SandboxError):
                raise
            msg = f"a sandbox did not start: {error}"
            raise SandboxError(msg) from None
        return Process(channel=channel, number=number, layers=layers)

    def _forked(self, request: Mapping[str, Any]) -> tuple[int, Channel, bool]:
        """Return a fork's number and channel; while this machine has no process left, wait."""
        deadline = time.monotonic() + _NO_PROCESS_SECONDS
        while True:
            ours, theirs = socket.socketpair()
            with theirs, self._lock:
                zygote = self._zygote()
                reply = zygote.ask(request, descriptors=[theirs.fileno()])
            if reply["pid"] is not None:
                return int(reply["pid"]), Channel(ours), zygote.bubblewrapped
            ours.close()
            if time.monotonic() >= deadline:
                msg = f"no process can be started for a sandbox ({reply['reason']}): {_MORE}"
                raise SandboxError(msg)
            time.sleep(0.2)

    def reap(self, number: int, patience_seconds: float = 0.0) -> int | None:
        """
        End the worker *number* unless it ends by itself within *patience_seconds*.

        Returns its wait status, or None where it had to be ended.  Raises ``SandboxError`` where
        the process that forked it is gone, which takes its workers along.
        """
        request = {"operation": "reap", "pid": number, "patience_seconds": patience_seconds}
        with self._lock:
            if self._started is None or not self._started.alive():
                msg = "the sandbox's process was ended from outside; grade the submission again"
                raise SandboxError(msg)
            status = self._started.ask(request)["status"]
        return None if status is None else int(status)

    def memory(self) -> dict[str, int]:
        """Return how much the process that forks has mapped and has resident, in bytes."""
        with self._lock:
            return self._zygote().memory()

    def close(self) -> None:
        """End the process; the kernel ends every worker that it forked just after it."""
        with self._lock:
            if self._started is not None:
                self._started.close()
                self._started = None

    def _zygote(self) -> _Zygote:
        if self._started is None or not self._started.alive():
            self._started = _Zygote(self.policy)
        return self._started


class _Zygote:
    """The parent's end of the process that forks."""

    def __init__(self, policy: Policy) -> None:
        self._owner = os.getpid()
        self._sequence = 0
        self._ready: Mapping[str, Any] | None = None
        program = launch.bubblewrap() if BUBBLEWRAP in policy.tried else None
        self.bubblewrapped = program is not None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in close()
        ours, self._theirs = socket.socketpair()
        self._channel = Channel(ours)
        self._process: subprocess.Popen[bytes] | None = None
        self._running = threading.Event()
        # The kernel kills a child when the thread that started it ends: this one waits for it.
        threading.Thread(target=self._keep, args=(program,), daemon=True).start()
        self._running.wait(_START_SECONDS)

    def alive(self) -> bool:
        """Return whether the process runs and is this process's own."""
        started = self._process is not None and self._process.poll() is None
        return started and self._owner == os.getpid()

    def memory(self) -> dict[str, int]:
        """Return what the process has mapped and has resident, in bytes."""
        self._wait_until_ready()
        assert self._ready is not None
        return {key: int(self._ready[key]) for key in ("mapped_bytes", "resident_bytes")}

    def ask(self, meta: Mapping[str, Any], descriptors: Sequence[int] = ()) -> Mapping[str, Any]:
        """Return the answer to one request; raise ``SandboxError`` where none comes."""
        self._wait_until_ready()
        self._sequence += 1
        deadline = time.monotonic() + _FORK_SECONDS
        try:
            self._channel.send(self._sequence, meta, descriptors=descriptors, deadline=deadline)
            return self._channel.receive(limit=_SMALL, deadline=deadline).meta
        except FrameError as error:
            raise self._broken(str(error)) from None

    def close(self) -> None:
        """End the process; the kernel ends its children just after it."""
        self._channel.close()
        if self._process is not None and self._owner == os.getpid():
            if self._process.poll() is None:  # else its number may be somebody else's by now
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._errors.close()

    def _keep(self, program: str | None) -> None:
        held = _archive_file()
        try:
            control = self._theirs.fileno()
            if program is None:
                command = launch.command(control, f"/proc/self/fd/{held}")
            else:
                command = launch.bubblewrapped(program, control, held)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=(control, held),
                env=launch.ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        finally:
            self._theirs.close()
            os.close(held)
            self._running.set()
        self._process.wait()

    def _wait_until_ready(self) -> None:
        if self._ready is not None:
            return
        try:
            deadline = time.monotonic() + _START_SECONDS
            self._ready = self._channel.receive(limit=_SMALL, deadline=deadline).meta
        except FrameError as error:
            raise self._broken(str(error)) from None

    def _broken(self, reason: str) -> SandboxError:
        self._errors.seek(0)
        said = self._errors.read()[-2000:].decode(errors="replace").strip()
        self.close()
        return SandboxError(f"the sandbox's process is gone ({reason}): {said or 'no message'}")


class Source(Protocol):
    """Where workers come from."""

    def warm(self) -> None:
        """Prepare for the next request; return at once."""

    def fork(
        self,
        *,
        networks: Mapping[str, Any],
        scaffold: Mapping[str, Any],
        limits: Limits,
        imports: Sequence[str],
    ) -> Process:
        """Return a new worker."""

    def reap(self, number: int, patience_seconds: float = 0.0) -> int | None:
        """End a worker; return its wait status, or None where it had to be ended."""

    def memory(self) -> dict[str, int]:
        """Return what one waiting process has mapped and resident, in bytes."""

    def close(self) -> None:
        """End everything."""


_pools: dict[tuple[Policy, int], Source] = {}
_pools_lock = threading.Lock()


def shared(policy: Policy) -> Source:
    """
    Return this process's source of workers for *policy*, prepared for the next request.

    Raises ``SandboxError`` where the policy needs another operating system.
    """
    if policy.forked and sys.platform != "linux":
        msg = "others' code is graded on Linux only; to check your own file use --own-code"
        raise SandboxError(msg)
    interpreter()  # raises where the one that is named cannot be used
    with _pools_lock:
        pool = _pools.get((policy, os.getpid()))
        if pool is None:
            pool = Pool(policy) if policy.forked else Starter(policy)
            _pools[policy, os.getpid()] = pool
    pool.warm()
    return pool


@atexit.register
def close_all() -> None:
    """End every pool of this process."""
    for (_, owner), pool in [*_pools.items()]:
        if owner == os.getpid():
            pool.close()


def _lock_settings(policy: Policy, limits: Limits) -> dict[str, Any]:
    threads = limits.threads + limits.extra_threads + 1
    return {
        "layers": [layer for layer in LAYERS if layer in policy.tried],
        "user": _unused_user(Path("/proc/self/uid_map").read_text()),
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": int(limits.total_seconds) * max(1, limits.threads) + 10,
        "threads": threads,
        "threads_elsewhere": _threads_of_user() + _THREADS_TO_COME,
        "own_user": os.geteuid() == 0 and UNPRIVILEGED in policy.tried,
        "readable": launch.readable_paths(),
        "listable": launch.listable_paths(),
    }


def _unused_user(uid_map: str) -> int:
    """Return a user from the upper end of those that exist here, where nobody has an account."""
    ranges = [(int(line.split()[0]), int(line.split()[2])) for line in uid_map.splitlines()]
    first, count = max(ranges, key=lambda users: users[1])
    last = first + count - 2
    if last > _FIRST_USER + _USERS:
        return _FIRST_USER + secrets.randbelow(_USERS)
    return last - secrets.randbelow(max(1, min(4096, count // 16)))


def _threads_of_user() -> int:
    """Return how many threads this user runs: the kernel counts a user's threads together."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if folder.stat().st_uid == os.geteuid():
                count += sum(1 for _ in (folder / "task").iterdir())
    return count


def _held(said: Mapping[str, str], policy: Policy, *, bubblewrapped: bool) -> tuple[str, ...]:
    held = [BUBBLEWRAP] if bubblewrapped else []
    held += [layer for layer in LAYERS if said.get(layer) == ""]
    for layer in LAYERS:
        if layer in policy.needed and layer not in held:
            why = said.get(layer, "it was not tried")
            msg = f"the sandbox's layer {layer!r} does not hold ({why}): {REMEDIES[layer]}"
            raise SandboxError(msg)
    return tuple(held)


def _archive_file() -> int:
    held = os.memfd_create("sandbox")
    os.write(held, launch.archive())
    os.lseek(held, 0, os.SEEK_SET)
    return held
