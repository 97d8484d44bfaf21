"""
Failures of the grader itself: caught here and nowhere else, and kept for staff.

What was being judged is pending then: a failure of ours neither earns nor costs points.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from types import TracebackType
from typing import TypeVar

import numpy as np

from grader.border.answers import Answer
from grader.errors import SandboxError
from grader.model import Fault
from grader.sandbox.calls.error_messages import clean
from grader.sandbox.protocol import Value

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_CHARACTERS = 300
MOST_VALUES = 8  # of a tensor, of a container, of a family of answers
LONGEST_INTEGER_BITS = 256


def attempt(work: Callable[[], T], doing: str) -> T | Fault:
    """
    Return what *work* returns, or the fault where it raises; *doing* names it in the log.

    Raise SandboxError: where the sandbox is gone, no later work would fare better.
    """
    try:
        return work()
    except SandboxError:
        raise
    except Exception as error:  # everything of ours is caught here and nowhere else
        log.exception("%s failed", doing)
        return Fault(exception=_bounded(f"{type(error).__name__}: {error}"), value=_seen(error))


def described(value: Value) -> str:
    """Return a student's value in a few characters, however large it is."""
    if isinstance(value.data, np.ndarray):
        held = ", ".join(str(one) for one in value.data.reshape(-1)[:MOST_VALUES].tolist())
        more = ", ..." if value.data.size > MOST_VALUES else ""
        return f"{value.type_name} {value.dtype} {value.shape}: {held}{more}"
    if value.items:
        held = ", ".join(described(item) for item in value.items[:MOST_VALUES])
        return f"{value.type_name}({held})"
    if isinstance(value.data, int) and value.data.bit_length() > LONGEST_INTEGER_BITS:
        return f"int of {value.data.bit_length()} bits"
    if value.kind == "str":
        return f"str {value.data[:MOST_CHARACTERS]!r}"
    return f"{value.type_name} {value.data}"


def _seen(error: Exception) -> str:
    """Return the student's values that the innermost function in the traceback held, if any."""
    for frame in reversed([*_locals(error.__traceback__)]):
        found = [said for one in frame for said in _values_in(one)]
        if found:
            return _bounded("; ".join(dict.fromkeys(found)))
    return ""


def _locals(traceback: TracebackType | None) -> Iterator[Iterable[object]]:
    while traceback is not None:
        yield [*traceback.tb_frame.f_locals.values()]
        traceback = traceback.tb_next


def _values_in(held: object) -> Iterator[str]:
    """Yield what is said of a value, an answer or a family of answers, and of nothing else."""
    if isinstance(held, Value):
        yield described(held)
    elif isinstance(held, Answer):
        returned = held.whole or held.returned
        yield f"{held.probe}: {'nothing' if returned is None else described(returned)}"
    elif isinstance(held, Mapping):
        yield from _answers_in(held.values())
    elif isinstance(held, list | tuple):
        yield from _answers_in(held)


def _answers_in(held: Iterable[object]) -> Iterator[str]:
    for one in islice(held, MOST_VALUES):
        if isinstance(one, Answer):
            yield from _values_in(one)


def _bounded(text: str) -> str:
    said = " ".join(clean(text).split())
    return said if len(said) <= MOST_CHARACTERS else f"{said[: MOST_CHARACTERS - 1]}…"
