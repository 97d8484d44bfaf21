"""How well integers stand for real values: error, signal to noise, and what clips."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reference.equations.ranges import Values, flat_float64
from reference.spec import QuantScheme


@dataclass(frozen=True, kw_only=True)
class Quality:
    """
    The error of quantizing one tensor with one scale.

    ``clipping_error`` is the part of the mean squared error that values beyond the integers make;
    what is left of it is rounding.
    """

    mean_squared_error: float
    clipping_error: float
    sqnr_db: float  # infinite where nothing is lost
    clipped_percent: float


def measure_quality(values: Values, scale: float, scheme: QuantScheme) -> Quality:
    """
    Return the error ``x - s clamp(round(x / s))`` of a tensor as MSE and SQNR.

    ``SQNR = 10 log10(E[x^2] / E[(x - x_q)^2])`` in decibels; a value clips when it lies more than
    half a step beyond the largest or the smallest integer.
    """
    x = flat_float64(values)
    levels = x / scale
    error = x - scale * np.clip(np.rint(levels), scheme.quant_min, scheme.quant_max)
    squared = error**2
    noise, signal = float(np.mean(squared)), float(np.mean(x**2))
    clips = (levels > scheme.quant_max + 0.5) | (levels < scheme.quant_min - 0.5)
    return Quality(
        mean_squared_error=noise,
        clipping_error=float(np.mean(np.where(clips, squared, 0.0))),
        sqnr_db=10.0 * math.log10(signal / noise) if noise and signal else math.inf,
        clipped_percent=100.0 * float(np.mean(clips)),
    )
