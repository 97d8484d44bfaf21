"""Traps around the sandbox: whatever gets out of it springs one."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from pathlib import Path
from types import TracebackType

from grader.sandbox.protocol import Value
from grader.sandbox.calls.replies import Observation

CANARY = "the canary that no submission may sing of"
# As the cases have them; a trap has names of its own, so that two runs do not meet.
WRITTEN_NAME = "grader-attack"
WRITTEN_PORT = "47123"
_FOLDERS = ("/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue", ".")
_FIRST_USER = 0x6A000000
_SEGMENT_KEY = "0x00005eed"


class Traps:
    """
    Open ears and a readable secret.

    They are a TCP port and an abstract socket that nobody should reach, a file that nobody should
    read, and names that nobody should leave behind.
    """

    def __init__(self) -> None:
        self.name = f"{WRITTEN_NAME}-{secrets.token_hex(4)}"
        self.canary = Path(f"/tmp/{self.name}-canary.txt")
        self.left = Path(f"/tmp/{self.name}-left")
        self.port = 0
        self.heard: list[str] = []
        self._before: set[int] = set()
        self._stop = threading.Event()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Traps:
        """Set the traps."""
        self._before = _sandboxed()
        self.canary.write_text(CANARY)
        self.canary.chmod(0o644)
        self.port = int(self._listen(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1])
        self._listen(socket.AF_UNIX, f"\0{self.name}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the traps away."""
        self._stop.set()
        for ear in self._sockets:
            ear.close()
        self.canary.unlink(missing_ok=True)
        self.left.unlink(missing_ok=True)

    def aimed(self, source: str) -> str:
        """Return an attack's source aimed at these traps."""
        return source.replace(WRITTEN_NAME, self.name).replace(WRITTEN_PORT, str(self.port))

    def sprung(self) -> list[str]:
        """Return what was heard, left behind or left running."""
        return [*self.heard, *self.left_files(), *_segments(), *self._left_processes()]

    def left_files(self) -> list[str]:
        """Return the files that only an attack makes."""
        return [
            str(path) for folder in _FOLDERS for path in Path(folder).glob(f"*{self.name}-left*")
        ]

    def _left_processes(self) -> list[str]:
        """
        Return the processes of the sandbox's users that came after the traps, and stay.

        What other tests have killed, here or in a process beside this one, is gone in a moment.
        """
        left = _sandboxed() - self._before
        deadline = time.monotonic() + 30
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left &= _sandboxed()
        return [f"process {number}" for number in sorted(left)]

    def _listen(self, family: socket.AddressFamily, address: object) -> socket.socket:
        ear = socket.socket(family, socket.SOCK_STREAM)
        ear.bind(address)  # type: ignore[arg-type]
        ear.listen()
        ear.settimeout(0.05)
        self._sockets.append(ear)
        threading.Thread(target=self._hear, args=(ear,), daemon=True).start()
        return ear

    def _hear(self, ear: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                ear.accept()[0].close()
            except TimeoutError:
                continue
            except OSError:
                return
            self.heard.append(f"a connection to {ear}")


def text_of(seen: Observation) -> str:
    """Return every text in an observation."""
    words = [seen.printed]
    if seen.error is not None:
        told = seen.error.message
        words += [str(told), str(told.as_json())]
        words += [seen.error.exception or "", seen.error.file or ""]
    if seen.value is not None:
        words += _texts(seen.value)
    return " ".join(words)


def _texts(value: Value) -> list[str]:
    own = [value.data] if isinstance(value.data, str) else []
    return [*own, *value.keys, *(text for item in value.items for text in _texts(item))]


def _segments() -> list[str]:
    table = Path("/proc/sysvipc/shm")
    text = table.read_text() if table.exists() else ""
    return [line for line in text.splitlines() if f" {int(_SEGMENT_KEY, 16)} " in f" {line} "]


def _sandboxed() -> set[int]:
    """Return the processes of the sandbox's own users that descend from this one, or from none."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                parents[int(folder.name)] = (int(parent), folder.stat().st_uid)
    suspects = [number for number, (_, user) in parents.items() if user >= _FIRST_USER]
    return {number for number in suspects if _is_ours(number, parents)}


def _is_ours(number: int, parents: dict[int, tuple[int, int]]) -> bool:
    if parents[number][0] == 1:
        return True
    while number in parents and number != os.getpid():
        number = parents[number][0]
    return number == os.getpid()
