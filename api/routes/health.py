"""What machines ask: is it alive, can it serve, how is it doing."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.storage import StorageError
from api.migrations import current, head
from api.operation.metrics import ServiceMetrics, workers_alive
from api.requests.dependencies import ServicesDep, reading
from api.requests.proxies import client_address

# For machines, so in no description that people read; docs/operations.md tells of them.
router = APIRouter(include_in_schema=False)

READY_SECONDS = 2.0  # an answer is given again for so long: whoever asks often costs nothing
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether uploads can be taken, part by part."""

    ready: bool
    parts: dict[str, str] = Field(
        description="What is needed to take an upload, and how it is: 'ok' or what is wrong."
    )
    warnings: dict[str, str] = Field(
        description="What keeps uploads waiting without losing any.", default_factory=dict
    )


@router.get("/healthz")
async def get_health() -> Health:
    """Return at once, though every thread is busy: a process that does not is to be restarted."""
    return Health()


@router.get("/readyz")
def get_readiness(request: Request, services: ServicesDep, response: Response) -> Readiness:
    """Say whether uploads can be taken: 200 or 503."""
    state = request.app.state
    asked, readiness = getattr(state, "readiness", (-READY_SECONDS, None))
    if readiness is None or time.monotonic() - asked > READY_SECONDS:
        readiness = look(services)
        state.readiness = (time.monotonic(), readiness)
    response.status_code = 200 if readiness.ready else 503
    answer: Readiness = readiness
    return answer


def look(services: Services) -> Readiness:
    """
    Look at database, schema and blob store, and at the workers.

    Without a worker uploads are taken all the same and wait, so that is a warning.
    """
    parts = {
        "database": _try(_check_schema, services),
        "blobs": _try(_check_blobs, services),
    }
    workers = _try(_check_workers, services) if parts["database"] == "ok" else "not known"
    ready = all(state == "ok" for state in parts.values())
    return Readiness(
        ready=ready, parts=parts, warnings={} if workers == "ok" else {"workers": workers}
    )


@router.get("/metrics")
def get_metrics(request: Request, services: ServicesDep) -> Response:
    """Return Prometheus' text format to who has the token; without one, to this machine alone."""
    _require_reader(request, services)
    state = request.app.state
    if not hasattr(state, "metrics"):
        state.metrics = ServiceMetrics(services)
    metrics: ServiceMetrics = state.metrics
    return Response(metrics.render(), media_type=METRICS_TYPE)


def _try(check: Callable[[Services], str], services: Services) -> str:
    """Return what *check* finds; nothing of the host stands in it, everybody may read it."""
    try:
        return check(services)
    except SQLAlchemyError:
        return "the database does not answer"
    except StorageError:
        return "files cannot be stored"


def _check_schema(services: Services) -> str:
    with reading(services) as session:
        found, needed = current(session.connection()), head()
    if found == needed:
        return "ok"
    return f"the schema is at revision {found}, not at {needed}: run 'grader migrate'"


def _check_blobs(services: Services) -> str:
    services.blobs.check()
    return "ok"


def _check_workers(services: Services) -> str:
    with reading(services) as session:
        workers, _slots = workers_alive(session)
    return "ok" if workers else "no worker was seen in the last 30 seconds: uploads wait"


def _require_reader(request: Request, services: Services) -> None:
    token = services.settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return
    if not token and _from_this_machine(request, services):
        return
    raise Problem(
        403, "forbidden", "metrics are for this machine, or for who has GRADER_METRICS_TOKEN"
    )


def _from_this_machine(request: Request, services: Services) -> bool:
    if "x-forwarded-for" in request.headers and not services.settings.trusted_proxies:
        return False  # a proxy on this machine speaks for somebody else
    try:
        return ipaddress.ip_address(client_address(request, services.settings)).is_loopback
    except ValueError:
        return False
