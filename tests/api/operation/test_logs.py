"""The log: one object a line, with ids, without secrets and without what a student wrote."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

from api.kit.database import open_engine
from api.kit.settings import Settings
from api.kit.storage import StorageError
from api.operation.logs import AccessLog, annotate, configure
from api.requests.middleware import RequestContext

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Return what reads the log lines so far; logging is put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure(Settings(log_level="INFO"), stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()

    @app.get("/submissions/{submission_id}")
    def show(submission_id: str) -> str:
        logging.getLogger("api.somewhere").warning("within")
        return submission_id

    @app.post("/submissions", status_code=202)
    def accept(request: Request) -> str:
        annotate(request, submission_id="s77")
        return "taken"

    @app.get("/r/{key}")
    def result(key: str) -> str:
        return str(len(key))

    @app.get("/broken")
    def broken() -> str:
        message = "def quantized_weights(self): pass  # 我的作業"
        raise ValueError(message)

    app.add_middleware(AccessLog)
    app.add_middleware(RequestContext, https=False)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def test_a_request_is_one_line_with_its_ids(lines: Lines, client: TestClient) -> None:
    """Method, route, status, time and both ids; what is logged meanwhile carries the same id."""
    answer = client.get("/submissions/s1", headers={"X-Request-ID": "given-by-proxy-1"})
    within, access = lines()

    assert answer.headers["X-Request-ID"] == "given-by-proxy-1"
    assert within["request_id"] == access["request_id"] == "given-by-proxy-1"
    assert (within["logger"], within["event"], within["level"]) == (
        "api.somewhere",
        "within",
        "warning",
    )
    assert access["event"] == "request"
    assert access["route"] == "/submissions/{submission_id}"
    assert access["submission_id"] == "s1"
    assert (access["method"], access["status"]) == ("GET", 200)
    assert access["milliseconds"] > 0


def test_the_submission_that_a_request_made_is_named(lines: Lines, client: TestClient) -> None:
    """An upload's line says which submission it became, though its address does not."""
    client.post("/submissions")

    assert lines()[-1]["submission_id"] == "s77"


def test_keys_in_addresses_are_not_logged(lines: Lines, client: TestClient) -> None:
    """The address of a self-check's result is a secret; its pattern is logged in its place."""
    client.get("/r/" + "k" * 43)
    client.get("/login/link/" + "k" * 43)

    assert "kkkk" not in json.dumps(lines())
    assert [line["route"] for line in lines()] == ["/r/{key}", "unknown"]


def test_an_error_of_ours_is_placed_but_quotes_no_student(
    lines: Lines, client: TestClient
) -> None:
    """A broken request is logged as 500, with the error's kind and place, without its words."""
    client.get("/broken")
    access = lines()[-1]
    logging.getLogger("api").error("unexpected", exc_info=_raised(ValueError("作業 x=1")))

    assert (access["route"], access["status"]) == ("/broken", 500)
    line = lines()[-1]
    assert line["error"] == "ValueError"
    assert "test_logs.py" in line["trace"][-1]
    assert "作業" not in json.dumps(lines(), ensure_ascii=False)


def test_what_we_worded_ourselves_is_logged(lines: Lines) -> None:
    """The message of our own error is there, because an operator needs it."""
    error = _raised(StorageError("the file cannot be stored: No space left on device"))
    logging.getLogger("api").error("no upload", exc_info=error)

    assert lines()[-1]["error"].endswith(
        "StorageError: the file cannot be stored: No space left on device"
    )


def test_a_database_error_tells_no_values(lines: Lines, tmp_path: Path) -> None:
    """The statement's parameters, among them names and remarks, stay out of the log."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE people (name text PRIMARY KEY)"))
        connection.execute(text("INSERT INTO people VALUES (:name)"), {"name": "王小明"})
    try:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO people VALUES (:name)"), {"name": "王小明"})
    except IntegrityError as error:
        logging.getLogger("api").error("broke: %s", error, exc_info=error)

    assert "UNIQUE constraint failed" in lines()[-1]["error"]
    assert "王小明" not in json.dumps(lines(), ensure_ascii=False)


@pytest.mark.parametrize(
    "secret",
    [
        {"password": "hunter2hunter2"},
        {"authorization": "Bearer hunter2hunter2"},
        {"event": "sent Bearer hunter2hunter2 to it"},
        {"event": "at postgresql+psycopg://grader:hunter2hunter2@database/grader"},
        {"headers": {"Cookie": "grader-session=hunter2hunter2"}},
        {"s3_secret_access_key": "hunter2hunter2"},
        {"event": "GET /login/link/hunter2hunter2hunter2"},
        {"link": "hunter2hunter2"},
    ],
)
def test_secrets_are_blanked(lines: Lines, secret: dict[str, Any]) -> None:
    """What names or forms of values say to be secret is not written."""
    fields = {"event": "x"} | secret
    structlog.stdlib.get_logger("api").info(fields.pop("event"), **fields)

    assert "hunter2" not in json.dumps(lines()[-1])


def test_a_long_value_is_cut(lines: Lines) -> None:
    """One line stays one that people and machines can read."""
    structlog.stdlib.get_logger("api").info("x", text="y" * 100_000)

    assert len(lines()[-1]["text"]) < 2000


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as raised:
        return raised


def test_the_pattern_has_its_routers_prefix(lines: Lines) -> None:
    """The same pattern under two prefixes is two lines in the metrics."""
    router = APIRouter()

    @router.get("/{key}/files")
    def files(key: str) -> str:
        return key

    app = FastAPI()
    app.include_router(router, prefix="/api/v1")
    app.include_router(router)
    app.add_middleware(AccessLog)
    with TestClient(app) as client:
        client.get("/api/v1/abc/files")
        client.get("/abc/files")

    assert [line["route"] for line in lines()] == ["/api/v1/{key}/files", "/{key}/files"]
