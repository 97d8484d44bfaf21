"""How much of a body is read: what is too large is refused while it arrives, and not stored."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive

from api.kit.services import Services
from api.pages import render
from api.requests.identify import identify
from api.requests.middleware import BodyLimit, BodyTooLarge
from api.requests.principal import Principal
from tests.api.listening import listening
from tests.api.loops import run
from tests.api.people import counts

URL = "/api/v1/submissions"


class Body:
    """A body of so many megabytes that tells how much of it was asked for."""

    def __init__(self, megabytes: int) -> None:
        self.left = megabytes
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.py"\r\n\r\n'
        while self.left:
            self.left -= 1
            self.sent += 1
            yield b"x" * (1 << 20)
        yield b"\r\n--b--\r\n"


MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


def test_a_long_body_is_refused_by_its_announced_length(
    services: Services, student: TestClient
) -> None:
    """What announces too much is refused before anything is read."""
    length = services.settings.max_upload_bytes * 2
    body = Body(3)

    answer = student.post(
        URL, content=iter(body), headers={**MULTIPART, "Content-Length": str(length)}
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")
    assert counts(services) == (0, 0)


def test_a_long_body_without_a_length_is_refused_while_it_arrives() -> None:
    """What announces nothing is refused at the limit; the rest of it is never read."""
    read = 0

    async def endless() -> dict[str, object]:
        nonlocal read
        read += 1 << 16
        return {"type": "http.request", "body": b"x" * (1 << 16), "more_body": True}

    async def attempt() -> list[dict[str, object]]:
        sent: list[dict[str, object]] = []

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        async def read_all(_scope: object, receive: Receive, _send: object) -> None:
            while True:
                await receive()

        limited = BodyLimit(read_all, limits={"/big": 1 << 20}, default=1)
        kind = (b"content-type", b"multipart/form-data; boundary=b")
        scope = {"type": "http", "path": "/big", "headers": [kind]}
        with pytest.raises(BodyTooLarge):
            await limited(scope, endless, send)
        return sent

    assert run(attempt()) == []
    assert read <= (1 << 20) + (1 << 16)


@pytest.mark.parametrize("path", [URL, "/api/v1/classes", "/upload", "/staff/upload"])
def test_only_a_form_with_files_may_be_long(client: TestClient, path: str) -> None:
    """What is read into memory before anybody is known stays small, with any cookie."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    client.cookies.set("grader-session", "made-up")

    short, long = (client.post(path, content=b"a=b&" * n, headers=kind) for n in (2, 1 << 19))

    assert (short.status_code, long.status_code) == (403, 413)


def test_who_sent_too_much_is_looked_up_beside_the_event_loop(
    student: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that says so names its reader, and no other request waits for the database."""
    in_threads = []

    def noted(*given: Any) -> Principal:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            in_threads.append(threading.current_thread().name)
        return identify(*given)

    monkeypatch.setattr(render, "identify", noted)
    del student.headers["X-CSRF-Token"]
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = student.post("/upload", content=b"a=b&" * (1 << 19), headers=kind)

    assert answer.status_code == 413
    assert ">108062001<" in answer.text
    assert len(in_threads) == 1


def test_over_a_real_connection_an_endless_body_is_cut_off(
    services: Services, student: TestClient
) -> None:
    """A chunked upload without end is answered 413 soon after the limit; the rest is not read."""
    head = (
        f"POST {URL} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\n"
        f"Cookie: grader-session={student.cookies['grader-session']}\r\n"
        f"X-CSRF-Token: {student.headers['X-CSRF-Token']}\r\n\r\n"
    )
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.py"\r\n\r\n'
    piece = b"x" * (1 << 20)
    sent = 0
    with listening(services) as address, socket.create_connection(address, timeout=20) as line:
        line.sendall(head.encode() + b"%x\r\n%s\r\n" % (len(part), part))
        with contextlib.suppress(OSError):  # the server hangs up
            while sent < 200 << 20 and not select.select([line], [], [], 0)[0]:
                line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
        answer = line.recv(1 << 16)  # what follows the head may be lost with the connection

    assert answer.startswith(b"HTTP/1.1 413")
    assert sent < 2 * services.settings.max_upload_bytes
    assert counts(services) == (0, 0)
