"""What a stage costs in accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from grader.words.message import Message


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The accuracy that a stage loses, in percentage points, against a named yardstick."""

    points: float
    standard_error: float
    against: Message | None = None


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """On how many images a large quantized bias leads to the class that the right one leads to."""

    agreeing: int
    images: int
