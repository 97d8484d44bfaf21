"""Requests to the service: patient with what passes, one clear sentence for what does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from grader.errors import GraderError

ANSWER_SECONDS = 120.0  # a document may have to be drawn first
PATIENCE_SECONDS = 90.0  # for a service that restarts, or has too much to do
UNUSABLE_FILES = frozenset({413, 415, 422})
BUSY = frozenset({429, 502, 503, 504})
PAGE = 200
_PREFIX = "/api/v1"


class ServerError(GraderError):
    """The service cannot be reached, or refuses; the message says what to do."""


class RefusedUploadError(ServerError):
    """The service does not take these files; the message is its own."""


class Connection:
    """The API of one service, as the owner of a token; safe in threads."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address.rstrip("/")
        self._closed = threading.Event()
        if not self.address.startswith(("http://", "https://")):
            msg = f"--server {address}: an address such as https://grader.example.edu is needed"
            raise ServerError(msg)
        try:
            self._client = httpx.Client(
                base_url=self.address,
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                timeout=ANSWER_SECONDS,
            )
        except (httpx.InvalidURL, UnicodeEncodeError, ValueError) as error:
            msg = f"--server {address}: {error}; check the address and the token"
            raise ServerError(msg) from None

    def close(self) -> None:
        """Close what is open to the service; who waits for it does not go on waiting."""
        self._closed.set()
        self._client.close()

    def json(self, path: str, **query: object) -> Any:
        """Return what the API answers to a GET; raise ServerError."""
        answer = self.request("GET", path, params=query)
        try:
            return answer.json()
        except ValueError:
            raise self._no_service() from None

    def content(self, path: str, **query: object) -> bytes:
        """Return the bytes of a document; raise ServerError."""
        return self.request("GET", path, params=query).content

    def submissions(self, edition: str) -> Iterator[Mapping[str, Any]]:
        """Yield all submissions to an edition, the newest first."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.json("/submissions", edition=edition, limit=PAGE, **more)
            yield from page["items"]
            cursor = page["next"] or ""
            if not cursor:
                return

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Return the answer; an outage or too many requests are waited out for a while."""
        until = time.monotonic() + PATIENCE_SECONDS
        wait = 0.5
        while True:
            answer, told = self._try(method, path, **sent)
            if answer is not None and answer.status_code not in BUSY:
                break
            asked = _seconds(answer)
            late = time.monotonic() + max(wait, asked) > until
            if late or self._closed.wait(max(wait, asked)):
                raise ServerError(f"{self.address} {told}; the same command goes on from here")  # noqa: EM102
            wait = min(2 * wait, 10.0)
        if answer.is_success:
            return answer
        raise self._refused(answer)

    def _try(self, method: str, path: str, **sent: Any) -> tuple[httpx.Response | None, str]:
        try:
            answer = self._client.request(method, f"{_PREFIX}{path}", **sent)
        except httpx.TransportError as error:
            return None, f"cannot be reached ({str(error) or type(error).__name__})"
        return answer, f"is too busy ({answer.status_code})"

    def reach(self) -> Mapping[str, Any]:
        """Return who the token is; raise ServerError at once where nobody answers."""
        answer, told = self._try("GET", "/me")
        if answer is None:
            raise ServerError(f"{self.address} {told}; check the address, and that it runs")  # noqa: EM102
        if answer.status_code in BUSY:
            answer = self.request("GET", "/me")
        if not answer.is_success:
            raise self._refused(answer)
        try:
            me: Mapping[str, Any] = answer.json()
        except ValueError:
            raise self._no_service() from None
        return me

    def _refused(self, answer: httpx.Response) -> ServerError:
        try:
            problem = answer.json()
            detail, code = str(problem["detail"]), str(problem["code"])
        except (ValueError, KeyError, TypeError):
            return self._no_service()
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            detail = "the token is unknown, revoked or has expired; make one on the page 'Account'"
        if answer.status_code in UNUSABLE_FILES and answer.request.method == "POST":
            return RefusedUploadError(detail)
        return ServerError(f"{self.address}: {detail} ({code})")

    def _no_service(self) -> ServerError:
        return ServerError(f"{self.address} answers, but is no grader's service; check --server")


def _seconds(answer: httpx.Response | None) -> float:
    """Return how long the service asks to wait."""
    told = answer.headers.get("Retry-After", "") if answer is not None else ""
    return float(told) if told.isdecimal() else 0.0
