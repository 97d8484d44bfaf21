"""The API on a real port, for browsers and for tests that speak to it byte by byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api.app import create_app
from api.kit.services import Services

HERE = "127.0.0.1"


@contextmanager
def listening(services: Services, port: int = 0) -> Iterator[tuple[str, int]]:
    """Answer requests on a port of this machine, any free one for 0; yield host and port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HERE, port))
        listener.listen()  # who comes before the server runs waits for it
        config = uvicorn.Config(
            create_app(services, background=False),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield HERE, listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def serving(services: Services, port: int = 0) -> Iterator[str]:
    """Listen; yield the address that a browser opens."""
    with listening(services, port) as (host, number):
        yield f"http://{host}:{number}"
