"""Around every request: an id, a limit on its body, and headers that no answer goes without."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.headers import add_security_headers

REQUEST_ID_HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestContext:
    """Gives every request an id, in its scope's state and in its answer, and safe headers."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id

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
            413, f"the request is larger than {size}; leave out what is not asked for"
        )


class BodyLimit:
    """
    Refuses a body over its limit: by its announced length at once, else while it arrives.

    *limits* are by path, in bytes; *default* is for all others.
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
        limit = self._limits.get(scope["path"], self._default)
        announced = Headers(scope=scope).get("content-length", "")
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
