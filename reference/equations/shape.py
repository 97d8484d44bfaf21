"""The shape of a distribution: what its range and its histogram do not say in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reference.equations.ranges import Values, flat_float64, measure_range


@dataclass(frozen=True, kw_only=True)
class Shape:
    """
    How the values of one tensor are spread, counted and not estimated.

    ``skewness`` is the third central moment over sigma^3 (0 where symmetric), ``tail_weight``
    the fourth over sigma^4 less 3 (the excess kurtosis: 0 for a normal distribution); both are 0
    where all values are equal. ``below`` and ``above`` count the values beyond ``mu -+ 3 sigma``.
    """

    skewness: float
    tail_weight: float
    below: int
    above: int
    zeros: int
    at_minimum: int  # values equal to the smallest one: saturation shows here
    at_maximum: int


def measure_shape(values: Values) -> Shape:
    """Return the shape of a whole tensor or array; raise ValueError as ``measure_range`` does."""
    x = flat_float64(values)
    measured = measure_range(x)
    return Shape(
        skewness=_moment(x, measured.mean, measured.std, 3),
        tail_weight=_moment(x, measured.mean, measured.std, 4) - 3.0 if measured.std else 0.0,
        below=int(np.sum(x < measured.three_sigma_min)),
        above=int(np.sum(x > measured.three_sigma_max)),
        zeros=int(np.sum(x == 0.0)),
        at_minimum=int(np.sum(x == measured.min)),
        at_maximum=int(np.sum(x == measured.max)),
    )


def _moment(x: NDArray[np.float64], mean: float, std: float, order: int) -> float:
    """Return a standardised central moment, 0 where nothing varies."""
    return float(np.mean(((x - mean) / std) ** order)) if std else 0.0
