"""
Requests forged by other sites.

Three things hold at once: the cookie is ``SameSite=Lax``; browsers say with ``Origin`` or
``Sec-Fetch-Site`` who sends an unsafe request; and such a request of a logged-in browser carries a
token that is an HMAC of its session, in the header ``X-CSRF-Token`` or as form field
``csrf_token``, which in a multipart form stands first.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request

from api.kit.digests import keyed, sha256_of
from api.kit.problems import Problem
from api.kit.settings import Settings
from api.requests import cookies
from api.requests.identify import SAFE_METHODS, bearer_token

HEADER = "x-csrf-token"
FIELD = "csrf_token"
# Forms that a learning platform's page sends: its signature, our state and the nonce guard them.
FROM_PLATFORMS = frozenset({"/lti/login", "/lti/launch"})
FIRST_FIELD_BYTES = 4096  # within which a multipart form's token has to end

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


def csrf_token(request: Request) -> str:
    """Return the token for this browser's forms, ``""`` where nobody is logged in."""
    settings = _settings(request)
    return _token_for(settings, cookies.session_token(request, settings))


async def protect(request: Request) -> None:
    """Raise Problem 403 for an unsafe request that this browser's user did not mean to send."""
    if request.method in SAFE_METHODS or bearer_token(request):
        return  # no other site can make a browser send an Authorization header
    if request.url.path in FROM_PLATFORMS:
        return
    settings = _settings(request)
    _check_origin(request, settings)
    expected = _token_for(settings, cookies.session_token(request, settings))
    if not expected:
        return
    given = request.headers.get(HEADER) or await _form_token(request)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise _forged(detail="this form is too old; reload the page and try again")


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.services.settings
    return settings


def _token_for(settings: Settings, session_token: str) -> str:
    return session_token and keyed(settings.signing_key, "csrf", sha256_of(session_token))


def _forged(detail: str) -> Problem:
    return Problem(403, "csrf", detail)


def _check_origin(request: Request, settings: Settings) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            raise _forged(detail="this request comes from another site")
        return
    ours = {_host(settings.public_url), request.headers.get("host", "").lower()}
    if _host(origin) not in ours:
        raise _forged(detail="this request comes from another site")


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower() or url


async def _form_token(request: Request) -> str:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded") or request._form is not None:
        value = (await request.form()).get(FIELD, "")
        return value if isinstance(value, str) else ""
    if kind.startswith("multipart/form-data"):
        return first_field(await _peek(request), kind)
    return ""


async def _peek(request: Request) -> bytes:
    """Return the first bytes of the body, which whoever reads it next still gets."""
    seen, messages, more = b"", list[Message](), True
    while more and len(seen) < FIRST_FIELD_BYTES:
        message = await request.receive()
        messages.append(message)
        seen += message.get("body", b"")
        more = message.get("more_body", False)
    receive = request.receive

    async def replay() -> Message:
        return messages.pop(0) if messages else await receive()

    request._receive = replay
    return seen


def first_field(body: bytes, content_type: str) -> str:
    """Return the value of a multipart form's first field if it is the token, else ``""``."""
    boundary = re.search(r'boundary="?([^";,]+)"?', content_type)
    if boundary is None:
        return ""
    delimiter = b"--" + boundary[1].encode("latin-1")
    part = (
        body.removeprefix(b"\r\n").removeprefix(delimiter + b"\r\n").partition(b"\r\n" + delimiter)
    )
    head, _, value = part[0].partition(b"\r\n\r\n")
    named = re.search(rb';\s*name="?' + FIELD.encode() + rb'"?\s*(;|\r\n|$)', head)
    return value.decode("latin-1") if part[1] and named else ""
