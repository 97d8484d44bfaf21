"""Ports for servers that end and start again, or are started some time after one is chosen."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import socket

FIRST = 10_000
SHARE = 2_000  # of one test process
SHARES = 11  # so that all lie below 32768, where Linux begins to give ports to connections


def _in_turn() -> itertools.cycle[int]:
    """Return this test process's ports, from a random one on: another run may share the host."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    begin = FIRST + SHARE * (worker % SHARES)
    first = random.randrange(SHARE)
    return itertools.cycle([*range(begin + first, begin + SHARE), *range(begin, begin + first)])


_numbers = _in_turn()


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody else is given."""
    for port in itertools.islice(_numbers, SHARE):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    msg = "all ports are taken"
    raise AssertionError(msg)
