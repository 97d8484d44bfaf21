"""What the grader makes of a worker's replies: values, and errors in words of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.sandbox.protocol import Value
from grader.words.message import Message


@dataclass(frozen=True, kw_only=True)
class CallError:
    """
    Why a call gave no value.

    ``message`` is what a student is told, without paths of the host.  ``file``, ``cell``
    and ``line`` are the innermost place inside the student's own code, where one is known;
    ``counter`` is the number that Jupyter gave the cell when it ran last.
    """

    kind: str
    message: Message
    exception: str | None = None
    file: str | None = None
    cell: int | None = None
    line: int | None = None
    counter: int | None = None

    @property
    def ours(self) -> bool:
        """Return whether the grader broke, not the student's code."""
        return self.kind == "internal"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """
    What one call into a student's code came to.

    Both ``value`` and ``error`` are set where a forward pass raised after part of its trace had
    been recorded.  ``arguments_after`` holds the arguments as they are after the call, for
    requests that ask for them.
    """

    value: Value | None = None
    error: CallError | None = None
    arguments_after: tuple[Value, ...] = ()
    seconds: float = 0.0
    printed: str = ""


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """The names that the student's fragments defined, and the errors of those that failed."""

    defined: tuple[str, ...] = ()
    errors: Mapping[str, CallError] = field(default_factory=dict)
    fragment_errors: tuple[CallError, ...] = ()
    printed: str = ""
