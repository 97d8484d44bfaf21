"""A worker that is a process of its own: for one's own code, where nothing can be forked."""

from __future__ import annotations

import importlib
import os
import socket
import sys
from contextlib import suppress
from typing import Any

from grader.sandbox.frames import Channel
from grader.sandbox.inside import environment
from grader.sandbox.inside.program import silence
from grader.sandbox.inside.worker import Worker

_SETUP_BYTES = 1 << 24


def main(descriptor: int) -> None:
    """Serve one submission on the socket *descriptor*; -1 means that standard input brings it."""
    channel = Channel(_shared() if descriptor < 0 else socket.socket(fileno=descriptor))
    setup = channel.receive(limit=_SETUP_BYTES).meta
    environment.fix_threads(setup["limits"]["threads"])
    environment.install()
    for name in setup["imports"]:
        with suppress(ImportError):
            importlib.import_module(name)
    silence()
    for name in [name for name in sys.modules if name.partition(".")[0] == "grader"]:
        del sys.modules[name]
    channel.send(0, {"layers": {}})
    Worker(channel, setup).serve()
    os._exit(0)


def _shared() -> socket.socket:
    from_share: Any = getattr(socket, "fromshare")  # noqa: B009  Windows only
    received: socket.socket = from_share(sys.stdin.buffer.read())
    return received
