"""What a stage costs in accuracy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The accuracy that a stage loses, in percentage points, against a named yardstick."""

    points: float
    standard_error: float
    against: str = ""
