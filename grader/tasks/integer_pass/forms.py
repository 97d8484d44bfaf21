"""
The ways in which an edition's sheet may have the sums requantized, and which of them was taken.

An edition whose multipliers are fixed-point numbers takes three: ``(x m) >> bits`` with
``m = round(M 2^bits)``, the divisor ``x / round(1/M)`` that its docstring asks for, and M itself.
They lie up to a level and a half apart, so each is compared with its own values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from grader.baseline.quantized import QuantizedNumbers
from grader.border.conventions import Floats
from grader.tasks.integer_pass.seen import ForwardAnswers, Replay, fixed_point
from reference.spec import QuantScheme, Rounding

Multiplier = Callable[[float, int], float]

FORMS: Mapping[str, Multiplier] = {
    "fixed-point": fixed_point,
    "divisor": lambda multiplier, _bits: 1.0 / max(round(1.0 / multiplier), 1),
    "multiplier": lambda multiplier, _bits: multiplier,
}
"""What a sum is multiplied by, given M and the edition's binary places."""


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


NEAREST = Way(real=_times, whole=np.rint)


def layer_ways(bits: int | None) -> tuple[Way, ...]:
    """Return how the sums of layers may be requantized, the way that the sheet gives first."""
    if bits is None:
        return (NEAREST,)
    forms: tuple[Multiplier, ...] = (*FORMS.values(), partial(fixed_point, whole_of=np.floor))
    return tuple(
        Way(real=partial(_in_form, form, bits), whole=whole)
        for form in forms
        for whole in (np.floor, np.rint)
    )


def image_ways(bits: int | None) -> tuple[Way, ...]:
    """Return how the pixels of images may be quantized, the way that the sheet gives first."""
    if bits is None:
        return (NEAREST,)
    ways = (Way(real=real, whole=whole) for real in (_times, _divided) for whole in _ROUNDINGS)
    return (NEAREST, *ways)


_ROUNDINGS = (np.floor, np.rint)


def _in_form(form: Multiplier, bits: int, sums: Floats, multiplier: float) -> Floats:
    return sums * form(multiplier, bits)


def _divided(pixels: Floats, multiplier: float) -> Floats:
    """Return ``n / round(1/x)`` of the images, which the sheet's docstring has for ``x n``."""
    with np.errstate(divide="ignore"):
        return np.asarray(multiplier / np.rint(1.0 / pixels))


def asked_for(replay: Replay, name: str) -> Iterator[Floats]:
    """Yield the values before rounding at a place, in the forms that the sheet itself asks for."""
    if replay.fraction_bits is None:
        return
    if name not in replay.multipliers:
        multiplier = replay.input_multiplier
        yield _divided(replay.reals[name] / multiplier, multiplier)
        return
    for form in ("fixed-point", "divisor"):
        yield replay.sums(name) * FORMS[form](replay.multipliers[name], replay.fraction_bits)


def exact_network(
    answers: ForwardAnswers, scheme: QuantScheme
) -> tuple[QuantizedNumbers, QuantScheme] | None:
    """
    Return the numbers and the scheme of the exact network that computes what was seen.

    None where no exact network does: where the images were divided, not multiplied.
    """
    numbers, bits = answers.numbers, scheme.fraction_bits
    assert numbers is not None
    assert bits is not None
    rounding = _input_rounding(answers)
    if rounding is None:
        return None
    form, taken = _taken(answers, bits)
    scheme = replace(scheme, input_rounding=rounding, rounding=taken)
    if (form, taken) == ("fixed-point", Rounding.FLOOR):
        return numbers, scheme
    multipliers = {name: FORMS[form](m, bits) for name, m in numbers.multipliers.items()}
    return replace(numbers, multipliers=multipliers), replace(scheme, fraction_bits=None)


def _taken(answers: ForwardAnswers, bits: int) -> tuple[str, Rounding]:
    """Return the form and the rounding that give the most of the integers seen."""
    replay, counts = answers.replay, dict.fromkeys(_every_form(), 0)
    for name, seen in answers.seen_at.items():
        if name in replay.multipliers and seen.size == replay.reals[name].size:
            sums, multiplier = replay.sums(name).reshape(-1), replay.multipliers[name]
            for form, rounding in counts:
                reals = sums * FORMS[form](multiplier, bits)
                counts[form, rounding] += _equal(seen, reals, rounding)
    return max(counts, key=lambda one: counts[one])


def _every_form() -> Iterator[tuple[str, Rounding]]:
    return ((form, rounding) for form in FORMS for rounding in (Rounding.FLOOR, Rounding.NEAREST))


def _input_rounding(answers: ForwardAnswers) -> Rounding | None:
    """Return how the images were rounded, None where they were not multiplied by their scale."""
    name = answers.layers[0]
    seen, reals = answers.seen_at[name], answers.replay.reals[name]
    counts = {rounding: _equal(seen, reals.reshape(-1), rounding) for rounding in Rounding}
    best = max(counts, key=lambda one: counts[one])
    return best if 2 * counts[best] > seen.size else None


def _equal(seen: Floats, reals: Floats, rounding: Rounding) -> int:
    """Return how many of the integers seen are the *reals*, rounded."""
    whole = np.floor(reals) if rounding is Rounding.FLOOR else np.rint(reals)
    return int(np.sum(seen.reshape(-1) == np.clip(whole, -128, 127)))
