"""
The process that reads PDFs: each in a child of its own, bounded in time and memory.

    python -m grader.similarity.reports.process

A PDF comes on standard input, what stands in it goes out as JSON, each with its length in front.
The child gives up files, network and other processes before it looks at the PDF, as far as the
kernel lets it; whatever becomes of it costs that PDF alone.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import sys
import time

import pypdfium2

from grader.sandbox.inside.lockdown import die_with_parent, lock
from grader.similarity.reports.blocks import MOST_BYTES, WALL_SECONDS, receive, send
from grader.similarity.reports.extraction import extract
from grader.similarity.reports.handed import BROKEN, TOO_MUCH

CPU_SECONDS = 15
MEMORY_BYTES = 1 << 30
_NOBODY = 65534
_LAYERS = (
    "unprivileged user",
    "namespaces",
    "rlimits",
    "no new privileges",
    "landlock",
    "seccomp",
)
_SETTINGS = {
    "layers": _LAYERS,
    "user": _NOBODY,
    "own_user": True,  # no thread is started, so none is counted
    "threads": 1,
    "threads_elsewhere": 0,
    "memory_bytes": MEMORY_BYTES,
    "cpu_seconds": CPU_SECONDS,
    "readable": (),
    "listable": (),
}


def main() -> None:
    """Answer until standard input closes."""
    _import_everything()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while (data := receive(asked)) is not None:
        send(answers, read_apart(data))


def _import_everything() -> None:
    """Import every module that reading needs: a child cannot open files any more."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: F401
    document, target = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(100, 100)
    document.save(target)
    extract(target.getvalue())


def read_apart(data: bytes) -> bytes:
    """Return what a child reads in a PDF, as JSON; why not, where it fails or takes too much."""
    parent, (ours, theirs) = os.getpid(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _answer(data, theirs, parent)
    os.close(theirs)
    try:
        answer = _all_of(ours, time.monotonic() + WALL_SECONDS)
    finally:
        os.close(ours)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return answer or json.dumps({"problem": TOO_MUCH}).encode()


def _answer(data: bytes, descriptor: int, parent: int) -> None:
    """Read the PDF and end the process; nothing of the parent's runs after it."""
    try:
        die_with_parent(parent)
        lock(_SETTINGS)
        answer = json.dumps(extract(data)).encode()
    except MemoryError:
        answer = b""
    except BaseException:
        answer = json.dumps({"problem": BROKEN}).encode()
    try:
        while answer:
            answer = answer[os.write(descriptor, answer) :]
    finally:
        os._exit(0)


def _all_of(descriptor: int, deadline: float) -> bytes:
    """Return what is written, ``b""`` where it does not end in time or is too much."""
    found = bytearray()
    while len(found) <= MOST_BYTES:
        ready, _, _ = select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return b""
        block = os.read(descriptor, 1 << 16)
        if not block:
            return bytes(found)
        found += block
    return b""


if __name__ == "__main__":
    main()
