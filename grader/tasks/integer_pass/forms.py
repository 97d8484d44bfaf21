"""
The ways in which an edition's sheet may have the sums requantized, and which of them was taken.

An edition whose multipliers are fixed-point numbers takes three: ``(x m) >> bits`` with
``m = round(M 2^bits)``, the divisor ``x / round(1/M)`` that its docstring asks for, and M itself.
They lie up to a level and a half apart, so each is compared with its own values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from grader.border.conventions import Floats
from grader.tasks.conduct import ROUNDING_TOLERANCE
from grader.tasks.integer_pass.seen import ForwardAnswers, Replay, fixed_point
from grader.tasks.integer_pass.ways import divided
from reference.equations.requantize import reciprocal_divisor
from reference.spec import QuantScheme, Rounding

_EXACT = 1e-3  # what float32 may make of a number that is whole
_ROUNDINGS = {Rounding.FLOOR: np.floor, Rounding.NEAREST: np.rint}


def asked_for(replay: Replay, name: str) -> Iterator[Floats]:
    """Yield the values before rounding at a place, in the forms that the sheet itself asks for."""
    if replay.fraction_bits is None:
        return
    if name not in replay.multipliers:
        yield _divided_input(replay, name)
        return
    multiplier = replay.multipliers[name]
    yield replay.sums(name) * fixed_point(multiplier, replay.fraction_bits)
    yield replay.sums(name) / reciprocal_divisor(multiplier)


def rounded_up(actual: Floats, replay: Replay, name: str, quant_max: int) -> Floats | None:
    """
    Return what was rounded up at a place, before it was; None where nothing was.

    Where the sheet asks for fixed point its own forms differ by parts of an integer, so what is
    rounded down or to the nearest in one of them is not rounded up in another.
    """
    if replay.fraction_bits is None:
        return None
    up = None
    for real in (replay.reals[name], *asked_for(replay, name)):
        off = (actual.reshape(-1) - real.reshape(-1))[np.abs(real.reshape(-1)) < quant_max - 1]
        if not off.size or off.max() <= _EXACT or np.abs(off).max() <= ROUNDING_TOLERANCE:
            return None
        if off.min() >= -_EXACT:
            up = real
    return up


def scheme_taken(answers: ForwardAnswers, scheme: QuantScheme) -> QuantScheme | None:
    """Return *scheme* in the form that gives most of the integers seen; None where none does."""
    entering = _most_alike(answers, _input_schemes(scheme), answers.layers[:1])
    if entering is None:
        return None
    return _most_alike(answers, _layer_schemes(entering), tuple(answers.replay.multipliers))


def _input_schemes(scheme: QuantScheme) -> Iterator[QuantScheme]:
    yield from (replace(scheme, input_rounding=rounding) for rounding in Rounding)
    yield replace(scheme, input_divides=True)


def _layer_schemes(scheme: QuantScheme) -> Iterator[QuantScheme]:
    yield from (replace(scheme, shift_rounding=rounding) for rounding in Rounding)
    yield replace(scheme, divides=True)
    floating = replace(scheme, fraction_bits=None)
    yield from (replace(floating, rounding=rounding) for rounding in Rounding)


def _most_alike(
    answers: ForwardAnswers, schemes: Iterator[QuantScheme], names: tuple[str, ...]
) -> QuantScheme | None:
    """Return the scheme that gives most of the integers seen at some places, if it gives half."""
    replay = answers.replay
    places = {
        name: seen.reshape(-1)
        for name, seen in answers.seen_at.items()
        if name in names and seen.size == replay.reals[name].size
    }
    counts = {
        scheme: sum(
            int(np.sum(seen == _integers(replay, name, scheme).reshape(-1)))
            for name, seen in places.items()
        )
        for scheme in schemes
    }
    best = max(counts, key=lambda scheme: counts[scheme])
    return best if 2 * counts[best] > sum(seen.size for seen in places.values()) else None


def _integers(replay: Replay, name: str, scheme: QuantScheme) -> Floats:
    """Return the integers that a scheme gives at a place."""
    whole, reals = _before_rounding(replay, name, scheme)
    return np.clip(_ROUNDINGS[whole](reals), scheme.quant_min, scheme.quant_max)


def _before_rounding(replay: Replay, name: str, scheme: QuantScheme) -> tuple[Rounding, Floats]:
    if name not in replay.multipliers:
        if scheme.input_divides:
            return Rounding.FLOOR, _divided_input(replay, name)
        return scheme.input_rounding, replay.reals[name]
    multiplier = replay.multipliers[name]
    if scheme.divides:
        return Rounding.FLOOR, replay.sums(name) / reciprocal_divisor(multiplier)
    if scheme.fraction_bits is None:
        return scheme.rounding, replay.reals[name]
    multiplier = fixed_point(multiplier, scheme.fraction_bits)
    return scheme.shift_rounding, replay.sums(name) * multiplier


def _divided_input(replay: Replay, name: str) -> Floats:
    """Return ``n / round(1/x)`` of the images, which the sheet's docstring has for ``x n``."""
    return divided(replay.reals[name] / replay.input_multiplier, replay.input_multiplier)
