"""Records between a worker and a slot."""

from __future__ import annotations

import socket
import time

import pytest

from grader.workers.json_lines import ChannelClosedError, Lines


def test_records_arrive_whole_and_in_order() -> None:
    """A record longer than any buffer is put together again."""
    ours, theirs = socket.socketpair()
    sender, receiver = Lines(ours), Lines(theirs)
    sender.send({"stage": "x" * 100_000})
    sender.send({"outcome": {"王": [1, None]}})

    assert receiver.receive() == {"stage": "x" * 100_000}
    assert receiver.receive() == {"outcome": {"王": [1, None]}}


def test_silence_ends_at_the_deadline() -> None:
    """A process that hangs is not waited for."""
    ours, _theirs = socket.socketpair()

    with pytest.raises(TimeoutError):
        Lines(ours).receive(time.monotonic() + 0.05)


@pytest.mark.parametrize("said", [b"", b"not JSON\n", b"[1, 2]\n", b'{"cut of'])
def test_what_is_no_record_ends_the_channel(said: bytes) -> None:
    """A process that dies in the middle of a word is treated as one that died."""
    ours, theirs = socket.socketpair()
    theirs.sendall(said)
    theirs.close()

    with pytest.raises(ChannelClosedError):
        Lines(ours).receive(time.monotonic() + 5)


def test_nothing_can_be_said_to_the_dead() -> None:
    """Sending to a process that is gone is noticed."""
    ours, theirs = socket.socketpair()
    theirs.close()

    with pytest.raises(ChannelClosedError):
        Lines(ours).send({"job": "x" * 1_000_000})
