"""
Length-limited frames on a private stream socket, and values inside them.

A frame is a header (magic, sequence number, length of the JSON, length of the buffers), JSON that
describes, and raw buffers in the order in which the JSON names them.  Nothing is ever unpickled,
and every length is checked before memory is taken.  Both sides use this file; the parent trusts
nothing that it reads with it.
"""

from __future__ import annotations

import contextlib
import json
import math
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.sandbox.protocol import BUFFERS, DTYPES, KINDS, Array, Value

HEADER = struct.Struct("!4sQIQ")
MAGIC = b"QLG1"
MAX_JSON_BYTES = 1 << 20
MAX_DEPTH = 8
MAX_ITEMS = 4096
MAX_NDIM = 16
# Sizes are multiplied without the zeros among them: numpy refuses an empty array of a larger one.
MAX_ELEMENTS = 1 << 40
MAX_NAME = 200
MAX_TEXT = 1 << 16
MAX_INT_BITS = 1024
MAX_DESCRIPTORS = 4
_ALIGN = 16
MAX_PADDING = MAX_ITEMS * _ALIGN  # between a message's arrays
# Not on Windows, where files travel by their path.
CAN_PASS_DESCRIPTORS = hasattr(socket, "recv_fds")


class FrameError(Exception):
    """
    A frame that cannot be accepted; ``kind`` is the kind of the call's error.

    ``size_bytes`` is what a frame that is too large has said of itself.
    """

    def __init__(self, message: str, *, kind: str = "garbled", size_bytes: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.size_bytes = size_bytes


class ChannelClosedError(FrameError):
    """The other side is gone."""


class ChannelTimeoutError(FrameError):
    """The other side did not answer, or did not read, in time."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One message: what it answers, its description and its buffers."""

    sequence: int
    meta: Mapping[str, Any]
    buffers: memoryview


def encode_value(value: Value, buffers: list[Array]) -> dict[str, Any]:
    """Return the JSON description of *value*; the arrays it holds are appended to *buffers*."""
    tree: dict[str, Any] = {"k": value.kind, "t": value.type_name}
    if value.kind in BUFFERS:
        array = np.ascontiguousarray(value.data)
        buffers.append(array)
        return tree | {"d": value.dtype, "s": [*value.data.shape]}
    if value.kind == "float":
        return tree | {"x": value.data.hex()}
    if value.kind in ("bool", "int", "str"):
        return tree | {"x": value.data}
    if value.kind in ("tuple", "list", "dict"):
        items = [encode_value(item, buffers) for item in value.items]
        return tree | {"i": items, "y": [*value.keys]}
    return tree


class Decoder:
    """
    Turns descriptions back into values, taking their arrays off the buffers in order.

    *clean* and *clean_type* are applied to every text and to every name of a type.
    """

    def __init__(
        self,
        buffers: memoryview,
        *,
        clean: Callable[[str], str] = str,
        clean_type: Callable[[str], str] = str,
    ) -> None:
        self._buffers = buffers.toreadonly()
        self._clean, self._clean_type = clean, clean_type
        self._taken = 0
        self._items = 0

    def value(self, tree: Any, depth: int = 0) -> Value:
        """Return the value that *tree* describes; raise ``FrameError`` where it is malformed."""
        require(isinstance(tree, dict) and depth <= MAX_DEPTH, "a value is nested too deeply")
        self._items += 1
        require(self._items <= MAX_ITEMS, "a value has too many parts")
        kind, name = tree.get("k"), tree.get("t")
        require(isinstance(kind, str) and kind in KINDS, "a value is of an unknown kind")
        require(isinstance(name, str) and len(name) <= MAX_NAME, "a type has no proper name")
        name = self._clean_type(name)
        if kind in BUFFERS:
            return self._buffer(kind, name, tree)
        if kind in ("tuple", "list", "dict"):
            return self._container(kind, name, tree, depth)
        data = _plain(kind, tree.get("x"))
        return Value(kind=kind, type_name=name, data=self._clean(data) if kind == "str" else data)

    def finish(self) -> None:
        """Raise ``FrameError`` where buffers are left over."""
        require(_padded(self._taken) >= len(self._buffers), "there are more bytes than values")

    def _container(self, kind: str, name: str, tree: Mapping[str, Any], depth: int) -> Value:
        items, keys = tree.get("i"), tree.get("y")
        require(isinstance(items, list) and isinstance(keys, list), "a container is malformed")
        assert isinstance(items, list)
        assert isinstance(keys, list)
        require(len(keys) == (len(items) if kind == "dict" else 0), "a dict's keys do not fit")
        require(all(isinstance(k, str) and len(k) <= MAX_NAME for k in keys), "a key is no name")
        keys = [self._clean(key) for key in keys]
        require(len({*keys}) == len(keys), "a key is there twice")
        values = tuple(self.value(item, depth + 1) for item in items)
        return Value(kind=kind, type_name=name, items=values, keys=tuple(keys))

    def _buffer(self, kind: str, name: str, tree: Mapping[str, Any]) -> Value:
        dtype, shape = tree.get("d"), tree.get("s")
        require(isinstance(dtype, str) and dtype in DTYPES, "a dtype is not allowed")
        require(dtype != "bfloat16" or kind == "tensor", "a dtype is not allowed")  # torch's alone
        require(isinstance(shape, list) and len(shape) <= MAX_NDIM, "a shape is malformed")
        assert isinstance(shape, list)
        sizes = all(type(size) is int and 0 <= size < 1 << 31 for size in shape)
        require(sizes and (kind != "scalar" or not shape), "a shape is malformed")
        held = np.dtype("float32" if dtype == "bfloat16" else dtype)
        start, length = _padded(self._taken), math.prod(shape) * held.itemsize
        require(start + length <= len(self._buffers), "a shape needs more bytes than were sent")
        require(math.prod(filter(None, shape)) <= MAX_ELEMENTS, "a shape is malformed")
        self._taken = start + length
        data = np.frombuffer(self._buffers[start : start + length], held).reshape(shape)
        if dtype == "bool":  # a byte that is neither 0 nor 1 is no bool to numpy
            data = data.view(np.uint8) != 0
        return Value(kind=kind, type_name=name, dtype=dtype, data=data)


def _plain(kind: str, data: Any) -> Any:
    if kind == "bool":
        require(type(data) is bool, "a bool is none")
    elif kind == "int":
        fits = type(data) is int and data.bit_length() <= MAX_INT_BITS
        require(fits, "an int is none, or too long")
    elif kind == "str":
        require(isinstance(data, str) and len(data) <= MAX_TEXT, "a text is none, or too long")
    elif kind == "float":
        require(isinstance(data, str) and len(data) <= 40, "a float is none")
        try:
            return float.fromhex(data)
        except (ValueError, OverflowError):
            require(False, "a float is none")
    else:
        return None
    return data


def require(claim: bool, message: str) -> None:
    """Raise ``FrameError`` with *message* where a claim about a frame does not hold."""
    if not claim:
        raise FrameError(message)


def _padded(length: int) -> int:
    return -(-length // _ALIGN) * _ALIGN


def unpack_header(header: bytes, *, limit: int) -> tuple[int, int, int]:
    """Return a header's sequence number and lengths; raise ``FrameError`` past *limit* bytes."""
    magic, sequence, json_bytes, buffer_bytes = HEADER.unpack(header)
    require(magic == MAGIC, "a frame does not begin as one")
    if json_bytes > MAX_JSON_BYTES or buffer_bytes > limit:
        size = max(json_bytes, buffer_bytes)
        msg = f"a value of {size} bytes is over the limit of {limit}"
        raise FrameError(msg, kind="too_large", size_bytes=size)
    return sequence, json_bytes, buffer_bytes


def parse_meta(text: bytes) -> Mapping[str, Any]:
    """Return the JSON object that *text* holds; raise ``FrameError`` where it holds none."""
    try:
        meta = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise FrameError("a frame's description is no JSON") from None  # noqa: EM101
    require(isinstance(meta, dict), "a frame's description is no object")
    return meta  # type: ignore[no-any-return]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    require(len(found) == len(pairs), "a key is there twice")
    return found


def _refuse(_constant: str) -> None:
    raise ValueError  # NaN and Infinity are no JSON


class Channel:
    """
    One end of a private stream socket that frames travel on.

    ``deadline`` is a moment of ``time.monotonic()``; None waits for ever.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.descriptors: list[int] = []

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket; closing twice does nothing."""
        self._socket.close()

    def pending(self) -> bool:
        """Return whether something unread has arrived, the end of the stream included."""
        self._socket.setblocking(False)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def send(
        self,
        sequence: int,
        meta: Mapping[str, Any],
        buffers: Sequence[Array] = (),
        *,
        descriptors: Sequence[int] = (),
        deadline: float | None = None,
    ) -> None:
        """Send one frame, with open files' *descriptors* beside it."""
        text = json.dumps(meta).encode()
        length = 0
        parts = []
        for array in buffers:
            padding = _padded(length) - length
            parts += [memoryview(bytes(padding)), array.reshape(-1).view(np.uint8).data]
            length += padding + array.nbytes
        header = HEADER.pack(MAGIC, sequence, len(text), length)
        if descriptors:
            with self._patience(deadline):
                socket.send_fds(self._socket, [header], [*descriptors])
        else:
            self._send_all(memoryview(header), deadline)
        for part in (memoryview(text), *parts):
            self._send_all(part, deadline)

    def receive(
        self, *, limit: int, deadline: float | None = None, with_descriptors: bool = False
    ) -> Frame:
        """Return the next frame; only who asks for descriptors is given any."""
        header = self._receive(HEADER.size, deadline, with_descriptors=with_descriptors)
        sequence, json_bytes, buffer_bytes = unpack_header(bytes(header), limit=limit)
        meta = parse_meta(bytes(self._receive(json_bytes, deadline)))
        return Frame(sequence=sequence, meta=meta, buffers=self._receive(buffer_bytes, deadline))

    def _send_all(self, data: memoryview, deadline: float | None) -> None:
        while data:
            with self._patience(deadline):
                data = data[self._socket.send(data) :]

    def _receive(
        self, length: int, deadline: float | None, *, with_descriptors: bool = False
    ) -> memoryview:
        view = whole = memoryview(bytearray(length))
        while view:
            with self._patience(deadline):
                count = self._receive_some(view, with_descriptors=with_descriptors)
            if not count:
                raise ChannelClosedError("the stream ended")  # noqa: EM101
            view = view[count:]
        return whole

    def _receive_some(self, view: memoryview, *, with_descriptors: bool) -> int:
        if not (with_descriptors and CAN_PASS_DESCRIPTORS):
            return self._socket.recv_into(view)
        data, descriptors, _, _ = socket.recv_fds(self._socket, len(view), MAX_DESCRIPTORS)
        self.descriptors += descriptors
        view[: len(data)] = data
        return len(data)

    @contextlib.contextmanager
    def _patience(self, deadline: float | None) -> Iterator[None]:
        seconds = None if deadline is None else max(1e-6, deadline - time.monotonic())
        self._socket.settimeout(seconds)
        try:
            yield
        except TimeoutError:
            raise ChannelTimeoutError("no answer in time") from None  # noqa: EM101
        except OSError as error:
            raise ChannelClosedError(str(error)) from None
