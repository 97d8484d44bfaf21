"""
A network whose layers have integers of different widths, recomputed exactly.

What the student's process returned is only what it says; the widths and the rounding are taken
from a pass over images that nobody can foresee, and the accuracy is that of the network here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grader.baseline.quantized import QuantizedNumbers
from grader.baseline.replay import OUTPUT, real_values
from grader.border.conventions import Floats, Predictions
from reference.spec import NetworkSpec, QuantScheme, Rounding

CHUNK = 1000
MOST_DIFFERING = 0.001  # the share of values that may be further than a level away
_ROUNDED = {Rounding.NEAREST: np.rint, Rounding.FLOOR: np.floor}


@dataclass(frozen=True, kw_only=True)
class Integers:
    """How real values become the integers at one place; *clamps* where some were cut off."""

    rounding: Rounding
    low: float
    high: float
    clamps: bool = False

    def of(self, reals: Floats) -> Floats:
        """Return the integers of *reals*."""
        return np.asarray(np.clip(_ROUNDED[self.rounding](reals), self.low, self.high))


def integers_at(values: Floats, reals: Floats, scheme: QuantScheme) -> Integers | None:
    """
    Return how *values* came of *reals*, None where they did not.

    Values clamp where reals go beyond the outermost of them; else at the edges of *scheme*.
    """
    if values.shape != reals.shape or not values.size:
        return None
    found = [_clamping(values, reals, rounding, scheme) for rounding in Rounding]
    off = [np.abs(one.of(reals) - values) for one in found]
    best = int(np.argmin([float((each > 0).mean()) for each in off]))
    return found[best] if float((off[best] > 1).mean()) <= MOST_DIFFERING else None


def _clamping(values: Floats, reals: Floats, rounding: Rounding, scheme: QuantScheme) -> Integers:
    whole = _ROUNDED[rounding](reals)
    low, high = float(values.min()), float(values.max())
    return Integers(
        rounding=rounding,
        low=low if whole.min() < low else min(low, float(scheme.quant_min)),
        high=high if whole.max() > high else max(high, float(scheme.quant_max)),
        clamps=bool(whole.min() < low or whole.max() > high),
    )


def predict(
    spec: NetworkSpec, numbers: QuantizedNumbers, places: Mapping[str, Integers], images: Floats
) -> Predictions:
    """Return the class that the exact network gives each of the normalised *images*."""
    found = [
        _predict(spec, numbers, places, images[start : start + CHUNK])
        for start in range(0, len(images), CHUNK)
    ]
    return np.concatenate(found).astype(np.int64)


def _predict(
    spec: NetworkSpec, numbers: QuantizedNumbers, places: Mapping[str, Integers], images: Floats
) -> Floats:
    names = [layer.name for layer in spec.weighted_layers]
    reals: Floats = images.astype(np.float64) * numbers.input_multiplier
    for name, following in zip(names, (*names[1:], OUTPUT), strict=True):
        entering = places[name].of(reals)
        reals = real_values(spec, numbers, images, {name: entering})[following]
    return np.asarray(places[OUTPUT].of(reals).argmax(1))
