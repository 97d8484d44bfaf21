"""
Counts a worker's threads where the kernel counts them together with other processes'.

That is in plain Docker, where a worker has neither a user nor a user namespace of its own: the
limit of the kernel would have to leave room for what the same user runs elsewhere.  There the
worker's system-call filter hands each new thread over, and a thread of the grader allows it or
not.  Which calls are allowed at all stays the filter's decision.

Source: seccomp_unotify(2).
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress

from grader.errors import SandboxError

_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTIFICATION_BYTES = 80
_CALLER = struct.Struct("=QI")  # the notification's id, the thread that calls
_ANSWER = struct.Struct("=QqiI")  # its id, value, error, flags
_CONTINUE = 1


def count(listeners: Sequence[int], *, allowed: int) -> None:
    """
    Limit the worker behind each listener to *allowed* threads, its first among them.

    The listeners are closed when their workers end.
    """
    for listener in listeners:
        os.set_inheritable(listener, False)
        watch = threading.Thread(
            target=_watch, args=(listener, allowed), name="threads", daemon=True
        )
        try:
            watch.start()
        except RuntimeError as error:
            os.close(listener)
            msg = f"no thread can be started to watch over a sandbox: {error}"
            raise SandboxError(msg) from None


def _watch(listener: int, allowed: int) -> None:
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    while True:
        events = waiting.poll()[0][1]
        if not events & select.POLLIN:  # the worker has ended
            break
        with suppress(OSError):  # the thread that called has ended meanwhile
            _answer(listener, allowed)
    os.close(listener)


def _answer(listener: int, allowed: int) -> None:
    notification = bytearray(_NOTIFICATION_BYTES)
    fcntl.ioctl(listener, _RECEIVE, notification)
    number, caller = _CALLER.unpack_from(notification)
    has_room = len(os.listdir(f"/proc/{caller}/task")) < allowed  # noqa: PTH208  names alone
    error, flags = (0, _CONTINUE) if has_room else (-errno.EAGAIN, 0)
    fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(number, 0, error, flags)))
