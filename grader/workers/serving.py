"""The other end of a slot: the process that answers one order after the other."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

from grader.errors import GraderError
from grader.words.message import Message
from grader.workers.child_lifetime import die_with
from grader.workers.json_lines import ChannelClosedError, Lines

NICE = 5  # what answers people goes before anything is graded
Answering = Callable[[Mapping[str, Any], Callable[[str], None]], Mapping[str, Any]]
Telling = Callable[[Message], None]
Opening = Callable[[Telling], tuple[Mapping[str, Any], Answering]]
"""
Returns what is told of the start, and what answers an order; tells how far it is on the way.
"""
_log = logging.getLogger(__name__)


def serve(descriptor: int, owner: int, opening: Opening) -> None:
    """Answer the orders that come over the descriptor until it closes; end with the owner."""
    die_with(owner)
    os.nice(NICE)
    lines = Lines(socket.socket(fileno=descriptor))
    try:
        answering = _open(lines, opening)
        while answering is not None:
            lines.send(_answer(lines, answering))
    except ChannelClosedError:
        return


def _open(lines: Lines, opening: Opening) -> Answering | None:
    """Return what answers, and tell the owner that it is there or why it cannot be."""
    try:
        told, answering = opening(lambda far: lines.send({"starting": far.as_json()}))
    except GraderError as error:
        lines.send({"refused": str(error), "exit_code": error.exit_code})
        return None
    except ChannelClosedError:
        raise
    except Exception as error:
        _log.exception("the slot does not start")
        lines.send({"refused": f"{type(error).__name__}: {error}", "exit_code": 1})
        return None
    lines.send({"ready": True, **told})
    return answering


def _answer(lines: Lines, answering: Answering) -> Mapping[str, Any]:
    """Return the answer to one order; stages are sent while it is worked on."""
    order = lines.receive()
    try:
        return answering(order, lambda stage: lines.send({"stage": stage}))
    except ChannelClosedError:
        raise
    except MemoryError:
        _log.error("memory ran out in a grading: grade fewer submissions at once (--workers)")
        return {"failed": MemoryError.__name__}
    except Exception as error:  # ours, whatever it is: the owner decides what comes of it
        _log.exception("a grading broke")
        return {"failed": type(error).__name__}
