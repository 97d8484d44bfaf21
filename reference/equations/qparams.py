"""Choosing a scale: the step size that maps a tensor's range onto the integers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference.equations.ranges import Values, measure_range
from reference.spec import QuantScheme, RangeRule

PERCENTILE = 99.9
"""The percentile rule leaves one value in a thousand outside of the range."""

MSE_CANDIDATES = 100
"""The mse rule tries this many clipping limits, from 1/100 of the largest value to all of it."""


def choose_scale(x: Values, scheme: QuantScheme) -> float:
    """
    Return the step size ``s`` of *x* under *scheme*, by the rule that it names.

    An all-zero *x* has no range: its scale is 1.0.
    """
    scale = _RULES[scheme.range_rule](x, scheme) or max_abs_scale(x, scheme) or 1.0
    return next_power_of_two(scale) if scheme.power_of_two else scale


def max_abs_scale(x: Values, scheme: QuantScheme) -> float:
    """Return ``s = max|x| / quant_max``."""
    return measure_range(x).max_abs / scheme.quant_max


def total_range_scale(x: Values, scheme: QuantScheme) -> float:
    """Return ``s = 2 max|x| / (2^bits - 1)``: the range from -max|x| to max|x| in all steps."""
    return 2 * measure_range(x).max_abs / (scheme.quant_max - scheme.quant_min)


def min_max_scale(x: Values, scheme: QuantScheme) -> float:
    """Return ``s = (max x - min x) / (2^bits - 1)``; with zero-point 0 a one-sided range clips."""
    return measure_range(x).width / (scheme.quant_max - scheme.quant_min)


def three_sigma_scale(x: Values, scheme: QuantScheme) -> float:
    """Return ``s = max(|mu - 3 sigma|, |mu + 3 sigma|) / quant_max``."""
    measured = measure_range(x)
    limit = max(abs(measured.three_sigma_min), abs(measured.three_sigma_max))
    return limit / scheme.quant_max


def percentile_scale(x: Values, scheme: QuantScheme) -> float:
    """Return ``s = percentile(|x|, 99.9) / quant_max``."""
    return float(np.percentile(_magnitudes(x), PERCENTILE)) / scheme.quant_max


def mse_scale(x: Values, scheme: QuantScheme) -> float:
    """Return the ``s = f max|x| / quant_max``, f = 0.01 ... 1, of least ``mean (x - q s)^2``."""
    magnitudes = _magnitudes(x)
    largest = max_abs_scale(x, scheme)
    if largest == 0.0:
        return 0.0
    scales = [largest * step / MSE_CANDIDATES for step in range(1, MSE_CANDIDATES + 1)]
    return min(scales, key=lambda scale: _mean_squared_error(magnitudes, scale, scheme))


def next_power_of_two(scale: float) -> float:
    """Return ``2^ceil(log2 s)``: rounded up, so that what fitted into the range still fits."""
    mantissa, exponent = math.frexp(scale)
    return scale if mantissa == 0.5 else math.ldexp(1.0, exponent)


def _mean_squared_error(
    magnitudes: NDArray[np.float64], scale: float, scheme: QuantScheme
) -> float:
    integers = np.minimum(np.rint(magnitudes / scale), scheme.quant_max)
    return float(np.square(magnitudes - integers * scale).mean())


def _magnitudes(x: Values) -> NDArray[np.float64]:
    return np.abs(np.asarray(x, dtype=np.float64)).reshape(-1)


_RULES: dict[RangeRule, Callable[[Values, QuantScheme], float]] = {
    RangeRule.MAX_ABS: max_abs_scale,
    RangeRule.TOTAL_RANGE: total_range_scale,
    RangeRule.MIN_MAX: min_max_scale,
    RangeRule.THREE_SIGMA: three_sigma_scale,
    RangeRule.PERCENTILE: percentile_scale,
    RangeRule.MSE: mse_scale,
}
