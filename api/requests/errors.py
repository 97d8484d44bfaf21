"""Everything that can go wrong in a request, as the one kind of answer: a problem document."""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from api.kit.database import is_conflict
from api.kit.problems import Problem, document, not_found
from api.kit.storage import BlobMissingError, StorageError
from api.requests.identify import bearer_token
from api.requests.middleware import add_headers

MEDIA_TYPE = "application/problem+json"
RETRY = {"Retry-After": "30"}
# The machine's disk, not the request, is at fault.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
CODES = {
    400: "bad-request",
    405: "method-not-allowed",
    408: "too-slow",
    413: "file-too-large",
    415: "unsupported-file",
}

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

log = logging.getLogger("api.requests.errors")


def install(app: FastAPI) -> None:
    """Make the application answer every error with a problem document."""
    for kind, translate in TRANSLATIONS.items():
        app.add_exception_handler(kind, _handler(translate))
    app.add_exception_handler(405, _wrong_method)
    app.add_exception_handler(Exception, _unexpected)


def respond(request: Request, problem: Problem) -> Response:
    """Return the answer that tells a problem: a page to a person, a document to a script."""
    page = getattr(request.app.state, "problem_page", None)
    if page is not None and _is_for_a_person(request):
        answer: Response = page(request, problem)
        return answer
    body = document(problem, _request_id(request)).model_dump_json()
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)


def _is_for_a_person(request: Request) -> bool:
    """Return whether it is a page that fails, or a link from one to the API in a browser."""
    if not request.url.path.startswith("/api/"):
        return True
    return "text/html" in request.headers.get("accept", "") and not bearer_token(request)


async def _wrong_method(request: Request, _error: Exception) -> Response:
    """Answer 405 with all the methods that the address takes; each route knows only its own."""
    allowed = [
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]
    detail = f"this address takes {', '.join(allowed)}"
    headers = {"Allow": ", ".join(allowed)}
    return respond(request, Problem(405, CODES[405], detail, headers=headers))


def _handler(
    translate: Callable[[Exception], Problem],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        problem = translate(error)
        if isinstance(error, RequestValidationError) and _is_no_page(request, error):
            problem = not_found()
        if problem.status >= 500:
            log.error("%s: %s", problem.code, error, extra={"request_id": _request_id(request)})
        # A page may ask the database who reads it, which the event loop must not wait for.
        return await run_in_threadpool(respond, request, problem)

    return handle


def _is_no_page(request: Request, error: RequestValidationError) -> bool:
    """Return whether a page's address is wrong; of the API's, what is wrong with it is said."""
    in_path = any(tuple(one.get("loc", ()))[:1] == ("path",) for one in error.errors())
    return in_path and not request.url.path.startswith("/api/")


async def _unexpected(request: Request, error: Exception) -> Response:
    """Answer 500: what happened stands in the log, under the id that the answer gives."""
    log.error("unexpected error", exc_info=error, extra={"request_id": _request_id(request)})
    answer = respond(request, UNEXPECTED)
    https = request.app.state.services.settings.secure_cookies
    add_headers(answer.headers, _request_id(request), https=https)  # no middleware is left to
    return answer


UNEXPECTED = Problem(
    500,
    "our-fault",
    "something broke on our side and was noted; try again, and if it stays, tell the course staff"
    " the request id",
)


def storage_unavailable() -> Problem:
    """Return the 503 for a disk that is full or a store that is down."""
    return Problem(
        503,
        "storage-unavailable",
        "files cannot be stored or read right now, and nothing of this request was kept; try again"
        " in a minute, and tell the course staff if it stays",
        headers=RETRY,
    )


def _of_problem(error: Exception) -> Problem:
    assert isinstance(error, Problem)
    return error


def _of_http(error: Exception) -> Problem:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return not_found()
    code = CODES.get(error.status_code, "http-error")
    return Problem(error.status_code, code, error.detail, headers=error.headers)


def _of_validation(error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)
    return Problem(422, "invalid-request", explain(error.errors()))


def explain(errors: Sequence[dict[str, object]]) -> str:
    """Return what is wrong with a request's first three wrong values, never the values."""
    lines = []
    for one in errors[:3]:
        place = one.get("loc", ())
        where = ".".join(str(part) for part in place) if isinstance(place, tuple) else ""
        lines.append(f"{where}: {one.get('msg', 'is not valid')}")
    more = f"; {len(errors) - 3} more" if len(errors) > 3 else ""
    return "; ".join(lines) + more


def _of_missing_blob(_error: Exception) -> Problem:
    return Problem(
        500,
        "file-missing",
        "this file is missing from our store; tell the course staff the request id",
    )


def _of_storage(_error: Exception) -> Problem:
    return storage_unavailable()


def _of_disk(error: Exception) -> Problem:
    assert isinstance(error, OSError)
    if error.errno not in DISK_ERRORS:
        raise error
    return storage_unavailable()


def _of_conflict(error: Exception) -> Problem:
    assert isinstance(error, IntegrityError)
    if not is_conflict(error):
        raise error
    msg = "somebody changed the same thing at the same moment; look at it again and try once more"
    return Problem(409, "conflict", msg)


def _of_disconnect(_error: Exception) -> Problem:
    return Problem(400, "disconnected", "the connection ended before the whole request was there")


def _of_data(_error: Exception) -> Problem:
    return Problem(422, "invalid-value", "a value is out of range, or holds what no text holds")


def _of_database(_error: Exception) -> Problem:
    return Problem(
        503,
        "database-unavailable",
        "the database does not answer right now and nothing was kept; try again in a minute",
        headers=RETRY,
    )


TRANSLATIONS: dict[type[Exception], Callable[[Exception], Problem]] = {
    Problem: _of_problem,
    HTTPException: _of_http,
    RequestValidationError: _of_validation,
    BlobMissingError: _of_missing_blob,
    StorageError: _of_storage,
    OSError: _of_disk,
    DataError: _of_data,
    IntegrityError: _of_conflict,
    ClientDisconnect: _of_disconnect,
    OperationalError: _of_database,
    InterfaceError: _of_database,
    PoolTimeoutError: _of_database,
}


def _request_id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))
