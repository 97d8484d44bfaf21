"""The parser that reads what a student's process wrote: typed errors only, bounded work."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox.calls import error_messages
from grader.sandbox.frames import (
    HEADER,
    MAX_JSON_BYTES,
    Channel,
    ChannelClosedError,
    ChannelTimeoutError,
    Decoder,
    FrameError,
    encode_value,
    parse_meta,
    unpack_header,
)
from grader.sandbox.protocol import ERROR_KINDS, Value, identical

LIMIT = 1 << 16

numbers = st.one_of(
    st.floats().map(Value.float),
    st.integers(-(2**80), 2**80).map(Value.int),
    st.booleans().map(Value.bool),
    st.text(max_size=50).map(Value.str),
    st.lists(st.floats(width=32), max_size=9).map(
        lambda items: Value.tensor(np.array(items, dtype=np.float32))
    ),
    st.integers(-128, 127).map(lambda item: Value.scalar(item, "int8")),
    st.just(Value.none()),
)
values = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(Value.list),
        st.lists(inner, max_size=4).map(Value.tuple),
        st.dictionaries(st.text(max_size=5), inner, max_size=4).map(Value.dict),
    ),
    max_leaves=10,
)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=20,
)
descriptions = st.recursive(
    plain,
    lambda inner: st.fixed_dictionaries(
        {
            "k": st.sampled_from(["tensor", "array", "scalar", "list", "dict", "int", "float", 1]),
            "t": st.one_of(st.text(max_size=5), st.none()),
        },
        optional={
            "d": st.sampled_from(["float32", "int8", "object", "O", None, "float128"]),
            "s": st.one_of(st.lists(st.integers(-2, 2**70), max_size=4), plain),
            "x": plain,
            "i": st.one_of(st.lists(inner, max_size=4), plain),
            "y": st.one_of(st.lists(st.text(max_size=3), max_size=4), plain),
        },
    ),
    max_leaves=10,
)


@given(values)
@settings(max_examples=200)
def test_a_value_survives_the_journey(value: Value) -> None:
    """What is encoded is decoded to the same kind, dtype, shape and bits."""
    ours, theirs = socket.socketpair()
    buffers: list[Any] = []
    tree = encode_value(value, buffers)
    with ours, theirs:
        Channel(ours).send(3, {"value": tree}, buffers)
        frame = Channel(theirs).receive(limit=LIMIT)
    decoder = Decoder(frame.buffers)

    assert identical(decoder.value(frame.meta["value"]), value)
    decoder.finish()


@given(descriptions, st.binary(max_size=200))
@settings(max_examples=500)
def test_any_description_gives_a_value_or_a_typed_error(tree: Any, buffers: bytes) -> None:
    """Malformed descriptions end in FrameError, and never take more memory than was sent."""
    try:
        value = Decoder(memoryview(buffers)).value(tree)
    except FrameError:
        return

    assert value.data is None or getattr(value.data, "nbytes", 0) <= len(buffers)


@given(st.binary(max_size=4096))
@settings(max_examples=300)
def test_any_bytes_end_in_a_typed_error(data: bytes) -> None:
    """Noise on the channel is refused, whatever it is."""
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(data)
        theirs.close()
        with pytest.raises(FrameError):
            Channel(ours).receive(limit=LIMIT, deadline=time.monotonic() + 1)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1))
def test_a_header_over_the_limits_is_refused_before_memory_is_taken(
    sequence: int, json_bytes: int, buffer_bytes: int
) -> None:
    """Only lengths within the limits are accepted."""
    header = HEADER.pack(b"QLG1", sequence, json_bytes, buffer_bytes)
    fits = json_bytes <= MAX_JSON_BYTES and buffer_bytes <= LIMIT

    if fits:
        assert unpack_header(header, limit=LIMIT) == (sequence, json_bytes, buffer_bytes)
    else:
        with pytest.raises(FrameError) as caught:
            unpack_header(header, limit=LIMIT)
        assert caught.value.kind == "too_large"


@pytest.mark.parametrize(
    "text",
    [b"", b"[1]", b"nul", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000, b"\xff\xfe", b"{"],
    ids=["empty", "list", "word", "deep list", "deep object", "long int", "no utf-8", "cut"],
)
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    """Bombs and fragments of JSON end in FrameError."""
    with pytest.raises(FrameError):
        parse_meta(text)


def test_a_shape_cannot_promise_more_than_was_sent() -> None:
    """A tensor of 10^18 elements over four bytes is refused, not allocated."""
    tree = {"k": "tensor", "t": "torch.Tensor", "d": "float32", "s": [10**9, 10**9]}

    with pytest.raises(FrameError, match="more bytes than were sent"):
        Decoder(memoryview(bytes(4))).value(tree)


@pytest.mark.parametrize("kind", ["array", "scalar"])
def test_only_a_tensor_holds_bfloat16(kind: str) -> None:
    """numpy has no such dtype: what claims to be an array of it is refused at the border."""
    tree = {"k": kind, "t": "numpy.bfloat16", "d": "bfloat16", "s": []}

    with pytest.raises(FrameError, match="a dtype is not allowed"):
        Decoder(memoryview(bytes(4))).value(tree)


def test_left_over_bytes_are_refused() -> None:
    """Buffers that no value claims end the call."""
    decoder = Decoder(memoryview(bytes(64)))
    decoder.value({"k": "none", "t": "NoneType"})

    with pytest.raises(FrameError, match="more bytes than values"):
        decoder.finish()


def test_an_answer_that_trickles_in_ends_at_the_deadline() -> None:
    """A byte now and then does not keep the grader waiting."""
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def trickle() -> None:
        theirs.send(struct.pack("!4sQIQ", b"QLG1", 1, 1000, 0))
        for _ in range(1000):  # for 20 s: then it would be whole, and no JSON
            if stop.wait(0.02):
                return
            theirs.send(b"x")

    with ours, theirs:
        thread = threading.Thread(target=trickle)
        thread.start()
        with pytest.raises(ChannelTimeoutError):
            Channel(ours).receive(limit=LIMIT, deadline=time.monotonic() + 0.3)
        assert thread.is_alive()
        stop.set()
        thread.join()


def test_a_reader_that_never_reads_ends_at_the_deadline() -> None:
    """A process that does not take its request does not keep the grader waiting."""
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ChannelTimeoutError):
        Channel(ours).send(1, {}, [np.zeros(10**7)], deadline=time.monotonic() + 0.2)


def test_the_end_of_the_stream_is_its_own_error() -> None:
    """A closed channel is told apart from noise."""
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        assert Channel(ours).pending()
        with pytest.raises(ChannelClosedError):
            Channel(ours).receive(limit=LIMIT)


@given(plain)
@settings(max_examples=300)
def test_any_reported_error_becomes_one_clean_sentence(said: Any) -> None:
    """Whatever a worker says went wrong, the sentence is bounded and of a known kind."""
    error = error_messages.from_reply({"kind": "raised", "text": said, "line": said, "cell": said})

    assert error is not None
    assert error.kind in ERROR_KINDS
    words = str(error.message)
    assert len(words) < 1000
    assert "\n" not in words
    words.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/root/.pyenv/versions/3.11/lib/x.py broke", "x.py broke"),
        ("see /work/main/grader/errors.py:3", "see errors.py:3"),
        ("a\x1b[2Jb\u202ec\x00", "a[2Jbc"),
        ("\ud800", "?"),
        ("1/2 and a/b", "1/2 and a/b"),
    ],
)
def test_a_message_shows_neither_the_hosts_folders_nor_control_codes(
    text: str, expected: str
) -> None:
    """Paths are cut to their last part; what steers a terminal is dropped."""
    assert error_messages.clean(text) == expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [(0, "exited"), (3 << 8, "exited"), (9, "out_of_memory"), (11, "crashed"), (6, "crashed"),
     (24, "timed_out"), (None, "garbled"), (40, "crashed")],
)  # fmt: skip
def test_each_end_of_a_process_has_its_own_sentence(status: int | None, kind: str) -> None:
    """Exit, kill, crash, processor time and a lost connection are told apart."""
    error = error_messages.ended(status)

    assert error.kind == kind
    assert str(error.message)


def test_the_description_is_json_that_others_can_read() -> None:
    """A value's description holds JSON's own types only, NaN and infinity included."""
    tree = encode_value(Value.tuple([Value.float(float("nan")), Value.int(2**70)]), [])

    assert json.loads(json.dumps(tree, allow_nan=False)) == tree
