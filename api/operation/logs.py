"""
The log: one JSON object a line on standard error, with the request's and the submission's id.

Nothing secret goes into it, and nothing that a student wrote: keys that name secrets are blanked,
addresses are logged as the route's pattern, and of an error only its kind, its place in the code
and, where we worded it ourselves, its message.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping, MutableMapping
from typing import IO, Any

import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from api.kit.settings import Settings
from api.operation import metrics
from grader.errors import GraderError

Fields = MutableMapping[str, Any]

SECRET_KEYS = re.compile(
    r"password|secret|token|authorization|cookie|csrf|credential|api_?key|link", re.IGNORECASE
)
SECRET_TEXTS = (
    (re.compile(r"(://)[^/\s@]+@"), r"\1…@"),  # user:password@host
    (re.compile(r"(?i)(bearer\s+)\S+"), r"\1…"),
    (re.compile(r"(?<![\w-])[\w-]{32,}+\.[\w.-]{20,}"), "…"),  # signed tokens
    (re.compile(r"(/(?:r|login|link)/)[A-Za-z0-9_.-]{16,}"), r"\1…"),
)
LONGEST = 1000  # characters of one value
OURS = ("api", "grader", "report_templates", "reference")
# They say at INFO what the access log says better, or what nobody asked.
QUIET = (
    "uvicorn.access",
    "httpx",
    "httpcore",
    "botocore",
    "fontTools",
    "weasyprint",
    "dbos",
    "alembic",
)
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


def configure(settings: Settings, stream: IO[str] | None = None) -> None:
    """Send this process's logs to *stream*, else to standard error, in the format that is set."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _Exceptions(told=settings.log_level == "DEBUG"),
        blank_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # DBOS gives itself a handler where it finds none.
    logging.getLogger("dbos").handlers = [logging.NullHandler()]
    logging.getLogger("dbos").propagate = True


def blank_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Blank values whose key or form says that they are secret, and cut long ones."""
    return {key: "…" if _is_secret(key, value) else clean(value) for key, value in event.items()}


def _is_secret(key: str, value: object) -> bool:
    return bool(value) and not isinstance(value, int) and bool(SECRET_KEYS.search(key))


def clean(value: object) -> object:
    """Return *value* without credentials and cut to a bearable length."""
    if isinstance(value, Mapping):
        return {
            str(key): "…" if _is_secret(str(key), inner) else clean(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [clean(inner) for inner in value]
    if not isinstance(value, str):
        return value
    value = value[: 4 * LONGEST]
    for pattern, replacement in SECRET_TEXTS:
        value = pattern.sub(replacement, value)
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


class _Exceptions:
    """Renders ``exc_info`` without source lines, locals, or messages that quote a submission."""

    def __init__(self, *, told: bool) -> None:
        self._told = told

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        """Replace ``exc_info`` by ``error``, what and where."""
        info = event.pop("exc_info", None)
        error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
        if isinstance(error, BaseException):
            event["error"] = self._describe(error)
            event["trace"] = _places(error)
        return event

    def _describe(self, error: BaseException) -> str:
        name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
        if not (self._told or _worded_by_us(error)):
            return name
        first = (str(error).splitlines() or [""])[0]
        return f"{name}: {first}"


def _worded_by_us(error: BaseException) -> bool:
    ours = type(error).__module__.partition(".")[0] in OURS
    return ours or isinstance(error, GraderError | OSError | SQLAlchemyError)


def _places(error: BaseException) -> list[str]:
    """Return the innermost places of an error and of what caused it, the outermost first."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    places = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]
    return places if cause is None else [*_places(cause), type(cause).__qualname__, *places]


def annotate(request: Request, **fields: object) -> None:
    """Put fields on the request's access log line, such as the id of the submission it made."""
    request.scope.setdefault("state", {}).setdefault("log", {}).update(fields)


class AccessLog:
    """Logs each request once it is answered, and gives its id to all that is logged meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._log = structlog.stdlib.get_logger("api.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        answer: dict[str, Any] = {"status": 499, "bytes": 0}  # 499: the client went away before

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer["status"] = message["status"]
                answer["begun"] = time.perf_counter() - begun
            answer["bytes"] += len(message.get("body", b""))
            await send(message)

        request_id = scope.get("state", {}).get("request_id", "")
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_noted)
            except Exception:
                answer["status"] = 500
                raise
            finally:
                self._note(scope, answer, time.perf_counter() - begun)

    def _note(self, scope: Scope, answer: Mapping[str, Any], seconds: float) -> None:
        route = pattern(scope)
        metrics.observe_request(
            scope["method"], route, answer["status"], answer.get("begun", seconds)
        )
        parameters = scope.get("path_params") or {}
        fields = {name: parameters[name] for name in ("submission_id",) if name in parameters}
        noted = scope.get("state", {}).get("log", {})
        self._log.log(
            logging.DEBUG if route in PROBES else logging.INFO,
            "request",
            method=scope["method"],
            route=route,
            status=answer["status"],
            bytes=answer["bytes"],
            milliseconds=round(1000 * seconds, 1),
            **(fields | noted),
        )


def pattern(scope: Scope) -> str:
    """Return the route's pattern, with its router's prefix: an address may hold a key."""
    own = str(getattr(scope.get("route"), "path", ""))
    if not own:
        return "unknown"
    prefix = scope["path"].split("/")[: -own.count("/")]
    return "/".join(prefix) + own
