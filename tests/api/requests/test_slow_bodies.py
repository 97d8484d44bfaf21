"""Bodies that do not arrive: cut off with 408 over a real connection; slow lines are not."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from api import app as application
from api.kit.services import Services
from api.requests.middleware import BodyRate
from tests.api.listening import listening
from tests.api.people import EDITION

UPLOAD = "/api/v1/submissions"
QUICK = BodyRate(silent_seconds=0.6, grace_seconds=1.0, bytes_per_second=4096.0)
BY_PACE = replace(QUICK, silent_seconds=60.0)  # whoever is silent meanwhile
MEGA = 1000 * 1000


@pytest.fixture(params=[QUICK])
def address(
    services: Services, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[tuple[str, int]]:
    """Serve the application in a thread, with less patience; return where."""
    monkeypatch.setattr(application, "PACE", request.param)
    with listening(services) as where:
        yield where


def head(path: str, kind: str, length: int, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def rest(end: socket.socket) -> bytes:
    """Return what comes until the other side closes the connection; fail where it never does."""
    end.settimeout(60)
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := end.recv(65536):
            found += piece
    return found


def test_a_form_that_stops_half_way_is_cut_off(address: tuple[str, int]) -> None:
    """It gets a page with 408, and the connection is closed."""
    with socket.create_connection(address) as end:
        end.sendall(head("/login", "application/x-www-form-urlencoded", 100) + b"login=st")
        answer = rest(end)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()


def as_student(student: TestClient) -> dict[str, str]:
    return {
        "Cookie": f"grader-session={student.cookies['grader-session']}",
        "X_CSRF_Token": student.headers["X-CSRF-Token"],
    }


def begun_upload() -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="edition"\r\n\r\n'
        + EDITION.encode()
        + b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.py"\r\n\r\n'
    )


@pytest.mark.parametrize("address", [BY_PACE], indirect=True, ids=["by-pace"])
def test_an_upload_that_trickles_is_cut_off(
    address: tuple[str, int], services: Services, student: TestClient
) -> None:
    """A byte now and then keeps no connection: it is the pace on the whole that counts."""
    kind = "multipart/form-data; boundary=b"
    with socket.create_connection(address) as end:
        end.sendall(head(UPLOAD, kind, MEGA, **as_student(student)) + begun_upload())
        end.settimeout(0.1)
        begun, answer = time.monotonic(), b""
        while not answer and time.monotonic() - begun < 120:
            with contextlib.suppress(ConnectionError):  # it hangs up once it has answered
                end.sendall(b"#")
            with contextlib.suppress(TimeoutError):
                answer = end.recv(65536)
        answer += rest(end)

    assert answer.startswith(b"HTTP/1.1 408 ")
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (problem["status"], problem["code"]) == (408, "too-slow")
    assert list((services.settings.store / "blobs" / "incoming").iterdir()) == []


@pytest.mark.parametrize("address", [BY_PACE], indirect=True, ids=["by-pace"])
def test_a_slow_line_that_lives_is_waited_for(
    address: tuple[str, int], student: TestClient
) -> None:
    """Three times as long as the grace, at 50 kB/s: taken."""
    body = begun_upload() + b"x = 1\n" * 25_000 + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    with socket.create_connection(address) as end:
        sent = head(UPLOAD, kind, len(body), **as_student(student), Connection="close")
        for at in range(0, len(body), 10_000):
            end.sendall(sent + body[at : at + 10_000])
            sent = b""
            time.sleep(0.2)
        answer = rest(end)

    assert answer.startswith(b"HTTP/1.1 202 ")


def test_the_pace_of_the_service_takes_20_mb_at_50_kb_a_second() -> None:
    """As long as it takes: there is always patience left, and for a line of 5 kB/s as well."""
    pace = BodyRate()

    for speed in (50_000, 5_000):
        seconds = 20 * MEGA // speed
        assert min(pace.patience(at, at * speed) for at in range(seconds)) > 1
    assert pace.patience(60, 60 * 1000) < 0
