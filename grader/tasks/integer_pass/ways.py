"""In which ways a pass may make integers of its sums and its images, where mistakes are sought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from grader.border.conventions import Floats
from grader.tasks.integer_pass.seen import fixed_point
from reference.equations.requantize import reciprocal_divisor

Multiplier = Callable[[float], float]


@dataclass(frozen=True, kw_only=True)
class Way:
    """
    How a sum, or a pixel, becomes a whole number.

    *real* gives what it is before rounding, of values and their multiplier, *whole* rounds that.
    """

    real: Callable[[Floats, float], Floats]
    whole: Callable[[Floats], Floats]


def _times(values: Floats, multiplier: float) -> Floats:
    return values * multiplier


def _times_in_float32(values: Floats, multiplier: float) -> Floats:
    product = values.astype(np.float32) * np.float32(multiplier)
    return product.astype(np.float64)


NEAREST = Way(real=_times, whole=np.rint)
_ROUNDINGS = (np.floor, np.rint)


def layer_ways(bits: int | None) -> tuple[Way, ...]:
    """
    Return how the sums of layers may be requantized, the way that the sheet gives first.

    *bits* are the binary places of an edition whose multipliers are fixed-point numbers.
    """
    if bits is None:
        return (NEAREST,)
    forms: tuple[Multiplier, ...] = (
        partial(fixed_point, places=bits),
        lambda multiplier: 1.0 / reciprocal_divisor(multiplier),
        lambda multiplier: multiplier,
        partial(fixed_point, places=bits, whole_of=np.floor),
        partial(fixed_point, places=bits, whole_of=np.ceil),
    )
    return tuple(
        Way(real=partial(_in_form, form), whole=whole) for form in forms for whole in _ROUNDINGS
    )


def image_ways(bits: int | None) -> tuple[Way, ...]:
    """
    Return how the pixels of images may be quantized, the way that the sheet gives first.

    With a scale of 127.5 every pixel lies half-way between two integers, and float32 decides.
    """
    nearest = (NEAREST, Way(real=_times_in_float32, whole=np.rint))
    if bits is None:
        return nearest
    reals = (_times_in_float32, divided)
    return (*nearest, *(Way(real=real, whole=whole) for real in reals for whole in _ROUNDINGS))


def _in_form(form: Multiplier, sums: Floats, multiplier: float) -> Floats:
    return sums * form(multiplier)


def divided(pixels: Floats, multiplier: float) -> Floats:
    """Return ``n / round(1/x)`` of the images, which the 2024 sheet's docstring has for x n."""
    with np.errstate(divide="ignore"):
        return np.asarray(multiplier / np.rint(1.0 / pixels))
