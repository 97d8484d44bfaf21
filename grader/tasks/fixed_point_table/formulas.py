"""
Which steps a number was computed from: the formula of powers that all its values obey.

A right number is ``s_w s_prev / s_out 2^16``. A wrong one has other powers of these, another
layer's step in place of one, or another power of two; which, the values of several sets tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from grader.editions.notation import Quotient
from grader.tasks.fixed_point_table.checks import error
from grader.tasks.fixed_point_table.seen import FloatScales

# Rounding in whichever direction moves a number by less.
CUT_OFF = 1.0 + 1e-3
# A number this large tells its formula, to within a percent; so many of them have to agree.
TELLING = 50.0
FEWEST = 3
# How far the logarithm of a quotient may lie from a whole number.
POWER_TOLERANCE = 0.02
MOST_PLACES = 64

Step = Callable[[FloatScales, str], float]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One number that was returned, where it belongs, and what it would be where it is right."""

    given: FloatScales
    layer: str  # a layer, or the input
    actual: float
    exact: float
    value: float = 1.0  # of the bias, where it is one of its numbers


@dataclass(frozen=True)
class Symbol:
    """One of the steps that a formula may have, as it is written."""

    name: str
    step: Step


WEIGHT = Symbol("s_w", lambda given, layer: given.weights[layer])
OWN = Symbol("s_out", lambda given, layer: given.near(layer, 0))
BEFORE = Symbol("s_prev", lambda given, layer: given.near(layer, -1))
FIRST = Symbol("s_quant", lambda given, _layer: given.outputs[given.first])
EARLIER = Symbol("s_prev_prev", lambda given, layer: given.near(layer, -2))
NEXT = Symbol("s_next", lambda given, layer: given.near(layer, 1))


@dataclass(frozen=True)
class Formula:
    """A product of powers of steps, and the power of two that it is multiplied by."""

    powers: tuple[tuple[Symbol, int], ...]
    places: int = 0

    def of(self, sample: Sample) -> float:
        """Return the number that the formula gives for a sample, before rounding."""
        return _product(self.powers, sample) * 2.0**self.places

    def text(self, *factors: str) -> str:
        """Return the formula in symbols: ``s_w · s_prev / s_out · 2^16``."""
        names = [(symbol.name, power) for symbol, power in self.powers]
        above = (*factors, *(name for name, power in names if power > 0))
        quotient = Quotient(above, tuple(name for name, power in names if power < 0)).text()
        return f"{quotient} · 2^{self.places}" if self.places else quotient

    def gives(self, samples: Sequence[Sample], allowed: float) -> bool:
        """Return whether every number is the formula's, off by no more than *allowed*."""
        predicted = [self.of(sample) for sample in samples]
        telling = sum(abs(number) >= TELLING for number in predicted)
        return telling >= FEWEST and all(
            error(sample.actual, number) <= allowed
            for sample, number in zip(samples, predicted, strict=True)
        )


def find(samples: Sequence[Sample], candidates: Iterable[Formula]) -> Formula | None:
    """Return the first of the formulas that gives every number, times some power of two."""
    for formula in candidates:
        found = Formula(formula.powers, _places(samples, formula.powers))
        if found.gives(samples, CUT_OFF):
            return found
    return None


def of_layers() -> Iterator[Formula]:
    """Yield the formulas of a layer's number, those of the layer's own neighbours first."""
    for before in (BEFORE, FIRST, EARLIER, NEXT):
        for powers in product((1, -1, 0), repeat=3):
            if any(powers) and (powers[1] or before is BEFORE):
                yield _formula((WEIGHT, before, OWN), powers)


def of_bias() -> Iterator[Formula]:
    """Yield the formulas of a bias: by its layer's own steps, then by those of another layer."""
    for before in (BEFORE, OWN, EARLIER, FIRST):
        for powers in product((-1, 1, 0), repeat=2):
            if powers[1] or before is BEFORE:
                yield _formula((WEIGHT, before), powers)
    for powers in product((-1, 1), repeat=3):
        yield _formula((WEIGHT, BEFORE, OWN), powers)


def of_input() -> Iterator[Formula]:
    """Yield the formulas of the input's number: one over its step, and the step itself."""
    for power in (-1, 1):
        yield _formula((FIRST,), (power,))


def _formula(symbols: Sequence[Symbol], powers: Sequence[int]) -> Formula:
    return Formula(tuple((s, p) for s, p in zip(symbols, powers, strict=True) if p))


def _product(powers: Sequence[tuple[Symbol, int]], sample: Sample) -> float:
    steps = (symbol.step(sample.given, sample.layer) ** power for symbol, power in powers)
    return sample.value * math.prod(steps)


def _places(samples: Sequence[Sample], powers: Sequence[tuple[Symbol, int]]) -> int:
    """Return the power of two that the telling numbers have beside a product, 0 where none is."""
    quotients = [s.actual / _product(powers, s) for s in samples if abs(s.actual) >= TELLING]
    middle = float(np.median(quotients)) if quotients else 0.0
    if not 2.0**-MOST_PLACES <= middle <= 2.0**MOST_PLACES:
        return 0
    place = math.log2(middle)
    return round(place) if abs(place - round(place)) <= POWER_TOLERANCE else 0
