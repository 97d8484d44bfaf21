"""JSON records over a socket, one a line, with a deadline on each."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from typing import Any

LINE_BYTES = 8 << 20


class ChannelClosedError(Exception):
    """The other end is gone, or said what is no record."""

    def __init__(self, reason: str = "it was closed") -> None:
        super().__init__(f"the channel cannot be used: {reason}")


class Lines:
    """One end of a socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._read = bytearray()

    def send(self, record: Mapping[str, Any]) -> None:
        """Send a record; raise ChannelClosedError where nobody is there to read it."""
        try:
            self._end.settimeout(None)
            self._end.sendall(json.dumps(record).encode() + b"\n")
        except OSError as error:
            raise ChannelClosedError(str(error)) from None

    def receive(self, deadline: float | None = None) -> dict[str, Any]:
        """
        Return the next record.

        Raise TimeoutError at *deadline* (of ``time.monotonic``), ChannelClosedError at the end.
        """
        while (cut := self._read.find(b"\n")) < 0:
            self._fill(deadline)
        line = bytes(self._read[:cut])
        del self._read[: cut + 1]
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ChannelClosedError(str(error)) from None
        if not isinstance(record, dict):
            raise ChannelClosedError(type(record).__name__)
        return record

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _fill(self, deadline: float | None) -> None:
        if len(self._read) > LINE_BYTES:
            reason = f"{len(self._read)} bytes without an end"
            raise ChannelClosedError(reason)
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self._end.settimeout(left)
        try:
            chunk = self._end.recv(1 << 16)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosedError(str(error)) from None
        if not chunk:
            raise ChannelClosedError
        self._read += chunk
