"""The numbers of remarks: what is worth saying of a task that lost nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from grader.border.conventions import Floats
from grader.tasks.conduct import BEYOND_EDGE, ROUNDING_TOLERANCE
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.run import FailedTask, Run
from grader.words.message import Value
from grader.words.numbers import digits
from reference.spec import QuantScheme

ROUNDS_DOWN, ROUNDS_UP = "rounds-down", "rounds-up"
_CLIPS = "range-clips"
# Fractions whose nearest integer is clearly the one below.
SHOWING = (0.01, 0.4)
BEST_SHOWN = 0.75  # the fraction at which rounding down is seen best: far from a half and a whole
Seen = TypeVar("Seen")
Rounded = Sequence[tuple[Floats, Floats]]
"""Arrays before rounding, and the integers that they became."""


def clipping(levels: Mapping[Value, float], scheme: QuantScheme) -> Fit | None:
    """Show the tensor whose largest value lands farthest beyond the integers, if one does."""
    place = max(levels, key=lambda name: levels[name])
    beyond = levels[place] > scheme.quant_max + BEYOND_EDGE
    return fit(_CLIPS, place=place, level=levels[place]) if beyond else None


def too_much(
    lost: FailedTask[Seen], told: Mapping[str, Callable[[Run, Seen], Fit | None]]
) -> list[Fit]:
    """Return the clipping that costs nothing else than accuracy, where that does not hold."""
    clips = told[_CLIPS](lost.run, lost.seen) if lost.failed == {"accuracy"} else None
    return [] if clips is None else [replace(clips, finding="range-clips-too-much")]


def truncation(rounded: Callable[[Seen], Rounded]) -> Callable[[Run, Seen], Fit | None]:
    """Return the remark on values that were rounded down, or towards zero."""

    def remark(run: Run, seen: Seen) -> Fit | None:
        return truncated(rounded(seen), run.edition.scheme.quant_max)

    return remark


def truncated(arrays: Rounded, edge: int) -> Fit | None:
    """Return the remark on *arrays* that were rounded down, up, or towards zero."""
    shown = _truncated(arrays, edge)
    name = "fraction-cut-off" if _cuts_fractions(arrays, edge) else ROUNDS_DOWN
    if shown is not None and float(str(shown["actual"])) > float(str(shown["real"])) > 0.0:
        name = ROUNDS_UP
    return None if shown is None else fit(name, **shown)


def _truncated(arrays: Rounded, edge: int) -> Mapping[str, object] | None:
    """
    Return a value that was rounded down although its fraction is above one half.

    Beyond the edges of the range nothing is rounded: clamping there is right, at either edge.
    """
    for real, actual in arrays:
        should, found = np.clip((real.reshape(-1), actual.reshape(-1)), -edge, edge)
        error = np.abs(found - should)
        if error.max() > ROUNDING_TOLERANCE:
            return _rounded_down(real.reshape(-1), found, error)
    return None


def _cuts_fractions(arrays: Rounded, edge: int) -> bool:
    """Return whether negative values were rounded towards zero, and not down."""
    for real, actual in arrays:
        if actual.size != real.size:
            continue
        negative = (real < -1.0) & (real > -edge)
        fraction = real[negative] - np.floor(real[negative])
        lost = actual.reshape(real.shape)[negative] - real[negative]
        shows = (fraction > SHOWING[0]) & (fraction < SHOWING[1])
        if shows.any():
            return bool(np.mean(lost[shows] > 0.0) > 0.5)
    return False


def _rounded_down(real: Floats, found: Floats, error: Floats) -> Mapping[str, object]:
    """Return the value that shows best that it was rounded down: its fraction is near 3/4."""
    off = np.where(error > ROUNDING_TOLERANCE, np.abs(error - BEST_SHOWN), np.inf)
    best = int(off.argmin())
    value = float(real[best])
    texts = (f"{value:.{places}f}" for places in range(2, 12))
    shown = next((text for text in texts if not float(text).is_integer()), digits(value))
    actual = float(found[best])
    return {"real": shown, "actual": actual, "nearest": float(np.rint(value))}
