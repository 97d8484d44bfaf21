"""Around every request: an id, a limit on its body, and headers that no answer goes without."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.kit.models import now
from api.requests.security_headers import add_security_headers

REQUEST_ID_HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestContext:
    """
    Gives every request an id, in its scope's state and in its answer, and safe headers.

    The state also keeps when the request's head had arrived: what follows may take long.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {}).update(request_id=request_id, arrived_at=now())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message), request_id, https=self._https)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def add_headers(headers: MutableHeaders, request_id: str, *, https: bool) -> None:
    """Add the request's id, and what keeps the answer from being misused."""
    headers[REQUEST_ID_HEADER] = request_id
    add_security_headers(headers, https=https)


def _request_id(headers: Headers) -> str:
    """Return the id that a proxy gave the request, or a new one."""
    given = headers.get(REQUEST_ID_HEADER, "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


class BodyTooLarge(HTTPException):
    """A body that has grown over its limit, noticed while it arrives."""

    def __init__(self, limit: int) -> None:
        size = f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit} bytes"
        super().__init__(
            413,
            f"what was sent is larger than {size}; leave out what is not asked for, such as data",
        )


class BodyLimit:
    """
    Refuses a body over its limit: by its announced length at once, else while it arrives.

    *limits* are by path, in bytes, and for multipart forms, whose files go to the disk as they
    arrive; *default* is for all else, which is read into memory.
    """

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int], default: int) -> None:
        self.app = app
        self._limits = limits
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with_files = headers.get("content-type", "").lower().startswith("multipart/form-data")
        limit = self._limits.get(scope["path"], self._default) if with_files else self._default
        announced = headers.get("content-length", "")
        known = int(announced) if announced.isascii() and announced.isdigit() else 0
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            if known > limit:
                raise BodyTooLarge(limit)
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(limit)
            return message

        await self.app(scope, receive_limited, send)


class BodyTooSlow(HTTPException):
    """A request body arrives too slowly, or has stalled."""

    def __init__(self) -> None:
        super().__init__(
            408,
            "the rest of the request did not arrive in time and nothing of it was kept; try again",
            headers={"Connection": "close"},  # what still comes of it is nobody's request
        )


@dataclass(frozen=True, kw_only=True)
class BodyRate:
    """How slowly a body may arrive: what is waited for without a byte, and on the whole."""

    silent_seconds: float = 30.0
    grace_seconds: float = 30.0
    bytes_per_second: float = 4096.0

    def patience(self, waited: float, received: int) -> float:
        """Return for how many seconds more there is to wait for the next bytes."""
        allowed = self.grace_seconds + received / self.bytes_per_second
        return min(self.silent_seconds, allowed - waited)


class BodyRateLimit:
    """
    Rejects a body that arrives below a minimum rate: half a request holds no slot for long.

    Only the time that we wait for the sender counts, not what we take to store what came.
    """

    def __init__(self, app: ASGIApp, *, pace: BodyRate) -> None:
        self.app = app
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        waited, received, complete = 0.0, 0, False

        async def receive_in_time() -> Message:
            nonlocal waited, received, complete
            if complete:
                return await receive()  # the sender going away, for which one may wait long
            begun = time.monotonic()
            try:
                async with asyncio.timeout(max(0.0, self._pace.patience(waited, received))):
                    message = await receive()
            except TimeoutError:
                raise BodyTooSlow from None
            waited += time.monotonic() - begun
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time, send)
