"""Calls to a platform's services, with an access token that it gives us for our signed request."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.oauth2.rfc7523 import private_key_jwt_sign

from api.kit.models.lti import LtiPlatform
from api.kit.problems import Problem
from api.kit.services import Services
from api.lti import keys
from api.requests.dependencies import reading

TIMEOUT_SECONDS = 20.0
MARGIN_SECONDS = 60.0
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 300
MOST_BYTES = 20 << 20
UNAUTHORIZED = 401


class CallError(Exception):
    """A call that failed: what was answered, and whether it may yet succeed."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True, kw_only=True)
class _Token:
    value: str
    until: float


class AccessTokens:
    """Access tokens until they end; one for each process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Token] = {}
        self._lock = threading.Lock()

    def call(  # noqa: PLR0913  a request's parts
        self,
        services: Services,
        platform: LtiPlatform,
        method: str,
        url: str,
        *,
        scope: str,
        headers: dict[str, str],
        content: bytes | None = None,
    ) -> httpx.Response:
        """Return the answer to a call; raise CallError for any that is no success."""
        _demand_secure(platform, url)
        token = self._token(services, platform, scope)
        sent = {**headers, "Authorization": f"Bearer {token}"}
        answer = _request(method, url, headers=sent, content=content)
        if answer.status_code == UNAUTHORIZED:
            with self._lock:
                self._kept.pop((platform.id, scope), None)
        return _checked(answer)

    def _token(self, services: Services, platform: LtiPlatform, scope: str) -> str:
        with self._lock:
            kept = self._kept.get((platform.id, scope))
        if kept is not None and kept.until > time.monotonic():
            return kept.value
        got = _ask(services, platform, scope)
        with self._lock:
            self._kept[platform.id, scope] = got
        return got.value


def _ask(services: Services, platform: LtiPlatform, scope: str) -> _Token:
    """Return a new token; whatever is wrong may be set right by the platform's staff."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": _assertion(services, platform),
        "scope": scope,
    }
    answer = _request("POST", platform.token_url, data=form)
    try:
        told = _checked(answer).json()
        value, seconds = str(told["access_token"]), float(told.get("expires_in", 0))
    except CallError as error:
        msg = f"no access token: {error}"
        raise CallError(msg, again=True) from None
    except (ValueError, KeyError, TypeError):
        msg = "no access token: the answer is not OAuth 2.0's"
        raise CallError(msg, again=True) from None
    return _Token(value=value, until=time.monotonic() + seconds - MARGIN_SECONDS)


def _assertion(services: Services, platform: LtiPlatform) -> str:
    keys.ensure(services)
    try:
        with reading(services) as session:
            kid, key = keys.signing_key(session, services.settings)
    except Problem as problem:
        raise CallError(problem.detail, again=True) from None
    signed: str = private_key_jwt_sign(
        key,
        platform.client_id,
        platform.token_url,
        header={"kid": kid},
        expires_in=ASSERTION_SECONDS,
    )
    return signed


def _request(method: str, url: str, **options: Any) -> httpx.Response:
    """Return the answer, whatever it is; follow no redirect with a token in hand."""
    try:
        with httpx.stream(method, url, timeout=TIMEOUT_SECONDS, **options) as answer:
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    msg = "the answer is too large"
                    raise CallError(msg, again=False)
            return httpx.Response(answer.status_code, headers=_plain(answer), content=content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CallError(type(error).__name__, again=True) from None


def _plain(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return the headers of an answer that was unpacked already."""
    left_out = {"content-encoding", "content-length", "transfer-encoding"}
    return [pair for pair in answer.headers.multi_items() if pair[0].lower() not in left_out]


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    later = answer.status_code in {UNAUTHORIZED, 408, 425, 429} or answer.status_code >= 500
    msg = f"the platform answered {answer.status_code}"
    raise CallError(msg, again=later)


def _demand_secure(platform: LtiPlatform, url: str) -> None:
    """Raise CallError for an address to which no token goes: less secure than the token's own."""
    if httpx.URL(platform.token_url).scheme == "https" and not url.startswith("https://"):
        msg = "the platform names an address without TLS"
        raise CallError(msg, again=False)
