"""Ports for servers that end and start again, or are started some time after one is chosen."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import itertools
import os
import random
import socket
import tempfile
from pathlib import Path

FIRST = 10_000
SHARE = 2_000  # of one test process
SHARES = 11  # so that all lie below 32768, where Linux begins to give ports to connections


def _claimed() -> int:
    """Return the first port of a share that no other test process of this host has."""
    for number in range(SHARES):
        held = _claim_file(number)
        with contextlib.suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return FIRST + SHARE * number  # the lock ends with this process
        os.close(held)
    msg = f"{SHARES} test processes run on this host already"
    raise AssertionError(msg)


def _claim_file(number: int) -> int:
    """Return the open file that a share is claimed by; another user's will do as well."""
    path = Path(tempfile.gettempdir()) / f"grader-test-ports-{number}"
    with contextlib.suppress(FileExistsError):
        path.touch(0o644, exist_ok=False)
    return os.open(path, os.O_RDONLY)


@functools.cache
def _numbers() -> itertools.cycle[int]:
    """Return this test process's ports, from a random one on: the last one's may linger."""
    begin = _claimed()
    first = random.SystemRandom().randrange(SHARE)
    return itertools.cycle([*range(begin + first, begin + SHARE), *range(begin, begin + first)])


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody else is given."""
    for port in itertools.islice(_numbers(), SHARE):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    msg = "all ports are taken"
    raise AssertionError(msg)
