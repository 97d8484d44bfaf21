"""Axes: where a value stands between 0 and 1, and which round values are written beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A linear or logarithmic axis from *low* to *high*; labels have *places* decimals."""

    low: float
    high: float
    ticks: tuple[float, ...]
    places: int = 0
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return *value*'s place: 0 at the low end, 1 at the high end."""
        if self.logarithmic:
            low, high = math.log10(self.low), math.log10(self.high)
            return (math.log10(max(value, self.low)) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)


def nice_step(width: float, ticks: int) -> float:
    """Return the 1, 2 or 5 times a power of ten that cuts *width* into about *ticks* pieces."""
    rough = width / max(ticks, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)


def nice_axis(low: float, high: float, *, ticks: int, tight: bool = False) -> Axis:
    """
    Return a linear axis over *low* ... *high* with round ticks.

    The ends are round too, unless *tight*: then they stand a fiftieth of the width outside.
    """
    if not high > low:
        low, high = low - 0.5, high + 0.5
    step = nice_step(high - low, ticks)
    if tight:
        margin = (high - low) / 50
        low, high = low - margin, high + margin
        first, last = math.ceil(low / step), math.floor(high / step)
    else:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        low, high = first * step, last * step
    marks = tuple(index * step for index in range(first, last + 1))
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return Axis(low=low, high=high, ticks=marks, places=places)


def log_axis(highest: float) -> Axis:
    """Return a logarithmic axis for counts, from 0.5 up, with ticks at powers of ten."""
    decades = math.ceil(math.log10(max(highest, 10)))
    stride = 1 if decades <= 5 else 2
    ticks = tuple(10.0**power for power in range(0, decades + 1, stride))
    return Axis(
        low=0.5,
        high=max(highest * 1.2, 10.0),
        ticks=tuple(t for t in ticks if t <= highest * 1.2),
        logarithmic=True,
    )
