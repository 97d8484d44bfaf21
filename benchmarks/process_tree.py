"""What a command and all processes below it take: time, processor time, memory."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

EVERY_SECONDS = 0.5
MEGABYTE = 1 << 20


@dataclass(kw_only=True)
class Taken:
    """What one run of a command took."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0  # of processes that lived at the last look, and their reaped children
    shared_once_mb: float = 0.0  # peak of the whole tree: pages that processes share count once
    resident_mb: float = 0.0  # peak of the sum of what each process has resident
    said: str = ""
    status: int = 0


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Taken:
    """Run *command* to its end, looking at its processes twice a second."""
    taken, begun = Taken(), time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        tree = psutil.Process(process.pid)
        while process.poll() is None:
            _look(tree, taken)
            with suppress(subprocess.TimeoutExpired):
                process.wait(EVERY_SECONDS)
        assert process.stdout is not None
        taken.said, taken.status = process.stdout.read(), process.returncode
    taken.seconds = time.monotonic() - begun
    return taken


def _look(tree: psutil.Process, taken: Taken) -> None:
    cpu = shared_once = resident = 0.0
    with suppress(psutil.Error):
        for process in (tree, *tree.children(recursive=True)):
            with suppress(psutil.Error):
                cpu += sum(process.cpu_times()[:4])
                memory = process.memory_full_info()
                shared_once += memory.pss / MEGABYTE
                resident += memory.rss / MEGABYTE
    taken.cpu_seconds = max(taken.cpu_seconds, cpu)
    taken.shared_once_mb = max(taken.shared_once_mb, shared_once)
    taken.resident_mb = max(taken.resident_mb, resident)
