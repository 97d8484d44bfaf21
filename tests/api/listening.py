"""The API on a real port, beside a test that speaks to it byte by byte."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api.app import create_app
from api.services import Services


@contextmanager
def listening(services: Services) -> Iterator[tuple[str, int]]:
    """Serve on a free port within the block; return its address."""
    config = uvicorn.Config(create_app(services, background=False), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join()
