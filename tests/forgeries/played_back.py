"""
A worker that is played back: the real sandbox's replies to a right submission, some replaced.

The grader's own side is the real one, from the first byte that arrives: replies come through a
socket, whatever they are.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.sandbox.frames import HEADER, MAGIC, Channel, Frame
from grader.sandbox.processes import pool
from grader.sandbox.processes.process import Process
from grader.sandbox.protocol import Array

Meta = Mapping[str, Any]
KINDS = ("load", "images", "weights", "input", "outputs", "bias", "build", "forward")
_CALLS = {
    "quantized_weights": "weights",
    "quantize_initial_input": "input",
    "quantize_activations": "outputs",
    "quantized_bias": "bias",
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a worker has answered: the description and the bytes of the arrays."""

    meta: Meta
    buffers: bytes = b""

    def frame(self, sequence: int) -> bytes:
        """Return the reply as it travels."""
        text = json.dumps(self.meta).encode()
        return HEADER.pack(MAGIC, sequence, len(text), len(self.buffers)) + text + self.buffers


Tamper = Callable[[Meta, Reply, int], Reply | bytes]
"""
From a request, the right reply to it and its sequence number to what is sent.

After bytes, which need not be a whole frame, the worker's end is closed.
"""


@dataclass
class Record:
    """The replies of one session, by request; the last one of each kind answers what is new."""

    replies: dict[str, Reply] = field(default_factory=dict)
    latest: dict[str, Reply] = field(default_factory=dict)

    def keep(self, request: Meta, buffers: Sequence[Array], reply: Reply) -> None:
        """Keep a reply."""
        self.replies[_name(request, buffers)] = reply
        self.latest[kind_of(request)] = reply

    def reply(self, request: Meta, buffers: Sequence[Array]) -> Reply:
        """Return the reply to a request; one to a like request where it is not known."""
        return self.replies.get(_name(request, buffers), self.latest[kind_of(request)])


def kind_of(request: Meta) -> str:
    """Return which of ``KINDS`` a request is."""
    operation = str(request["operation"])
    return _CALLS[request["candidates"][-1]] if operation == "call" else operation


class _Recorder(Channel):
    def __init__(self, channel: Channel, record: Record) -> None:
        self._real, self._record = channel, record
        self._asked: tuple[Meta, Sequence[Array]] = ({}, ())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def pending(self) -> bool:
        return self._real.pending()

    def close(self) -> None:
        self._real.close()

    def send(self, sequence: int, meta: Meta, buffers: Sequence[Array] = (), **more: Any) -> None:
        self._asked = (meta, buffers)
        self._real.send(sequence, meta, buffers, **more)

    def receive(self, **more: Any) -> Frame:
        frame = self._real.receive(**more)
        reply = Reply(meta={**frame.meta, "seconds": 0.0}, buffers=bytes(frame.buffers))
        self._record.keep(*self._asked, reply)
        return frame


class _Player(Channel):
    """A channel whose other end writes what was recorded, or what takes its place."""

    def __init__(self, record: Record, tamper: Tamper) -> None:
        ours, self._theirs = socket.socketpair()
        super().__init__(ours)
        self._record, self._tamper = record, tamper

    def send(self, sequence: int, meta: Meta, buffers: Sequence[Array] = (), **_more: Any) -> None:
        right = self._record.reply(meta, buffers)
        sent = self._tamper(meta, right, sequence)
        data = sent if isinstance(sent, bytes) else sent.frame(sequence)
        arguments = (data, isinstance(sent, bytes))
        threading.Thread(target=self._write, args=arguments, daemon=True).start()

    def close(self) -> None:
        super().close()
        self._theirs.close()

    def _write(self, data: bytes, ends: bool) -> None:
        try:
            self._theirs.sendall(data)
            if ends:  # what is cut off would be waited for
                self._theirs.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the grader has closed its end


class RecordingPool:
    """The pool of the real sandbox; what its workers answer is kept."""

    def __init__(self, real: pool.Pool, record: Record) -> None:
        self._real, self._record = real, record

    def fork(self, **setup: Any) -> Process:
        """Return a real worker whose replies are recorded."""
        process = self._real.fork(**setup)
        channel = _Recorder(process.channel, self._record)
        return Process(channel=channel, number=process.number, layers=process.layers)

    def reap(self, number: int, patience_seconds: float = 0.0) -> int | None:
        """End a real worker."""
        return self._real.reap(number, patience_seconds)


class PlaybackPool:
    """A pool whose workers are played back."""

    def __init__(self, record: Record, tamper: Tamper) -> None:
        self._record, self._tamper = record, tamper

    def fork(self, **_setup: Any) -> Process:
        """Return a worker that is none."""
        return Process(channel=_Player(self._record, self._tamper), number=1, layers=())

    def reap(self, _number: int, _patience_seconds: float = 0.0) -> int | None:
        """Return that the worker had to be ended."""
        return None


def _name(request: Meta, buffers: Sequence[Array]) -> str:
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode())
    for array in buffers:
        digest.update(array.tobytes())
    return digest.hexdigest()
