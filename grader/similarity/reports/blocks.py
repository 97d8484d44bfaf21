"""What goes between a reader and its process: blocks of bytes with their length in front."""

from __future__ import annotations

import struct
from typing import IO

WALL_SECONDS = 60.0  # for one PDF
MOST_BYTES = 32 << 20  # of an answer
_LENGTH = struct.Struct("!Q")


def receive(stream: IO[bytes]) -> bytes | None:
    """Return the next block, None at the end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(head)[0]
    data = stream.read(size)
    return data if len(data) == size else None


def send(stream: IO[bytes], data: bytes) -> None:
    """Write a block."""
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()
