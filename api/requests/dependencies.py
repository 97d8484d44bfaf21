"""
What a route is handed: services, a transaction, who asks, and the request's id.

A request must never hold a connection or a lock while it waits for a thread, or a hundred
requests would wait for each other. So who asks is found in a short transaction of its own; the
route's begins with its first query, in the route, and :class:`Route` commits it before the thread
goes on to another request. A dependency must not use the route's session, and one that is handed
it, to hand it on with more, is no function for a thread: an ``async def``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from api.kit.services import Services
from api.requests.identify import SAFE_METHODS, identify
from api.requests.principal import Principal


@contextmanager
def reading(services: Services) -> Iterator[Session]:
    """
    Open a session that only reads: on SQLite it waits for no writer, and no writer for it.

    A commit gives its connection back before something long; what was loaded stays readable.
    """
    engine = services.engine.execution_options(read_only=True)
    with services.sessions(bind=engine) as session:
        yield session


async def open_services_of(request: Request) -> Services:
    """Return the services of the application that answers."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(open_services_of)]


def open_session(request: Request, services: ServicesDep) -> Iterator[Session]:
    """Open the route's transaction: committed when it returns, rolled back when it raises."""
    if request.method in SAFE_METHODS:
        with reading(services) as session:
            yield session
    else:
        with services.sessions.begin() as session:
            yield session


SessionDep = Annotated[Session, Depends(open_session, scope="function")]


class Route(APIRoute):
    """A route whose transaction ends in the thread that used it, before its answer is made."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, _committing(endpoint), **options)


def _committing(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Return *endpoint*, followed by a commit of the sessions it is handed, alone or with more."""
    if inspect.iscoroutinefunction(endpoint) or inspect.isasyncgenfunction(endpoint):
        return endpoint

    @wraps(endpoint)
    def committed(**given: Any) -> Any:
        answer = endpoint(**given)
        for value in given.values():
            session = getattr(value, "session", value)
            if isinstance(session, Session):
                session.commit()
        return answer

    return committed


def find_principal(request: Request, services: ServicesDep) -> Principal:
    """Return who asks, which an error page wants to know too; nothing stays open afterwards."""
    safe = request.method in SAFE_METHODS
    with reading(services) if safe else services.sessions.begin() as session:
        principal = identify(request, session, services)
    request.state.principal = principal
    return principal


PrincipalDep = Annotated[Principal, Depends(find_principal)]


async def request_id_of(request: Request) -> str:
    """Return the request's id, which its log lines and its answer carry too."""
    return str(request.scope.get("state", {}).get("request_id", ""))


async def arrived_at_of(request: Request) -> datetime:
    """Return when the request's head had arrived, in UTC."""
    arrived: datetime = request.scope["state"]["arrived_at"]
    return arrived


ArrivedAt = Annotated[datetime, Depends(arrived_at_of)]
RequestId = Annotated[str, Depends(request_id_of)]
