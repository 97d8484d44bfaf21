"""
Which steps a number was computed from: the formula of powers that all its values obey.

A right number is ``s_w s_prev / s_out 2^16``. A wrong one has other powers of these, another
layer's step in place of one, or another power of two; which, the values of several sets tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One number that was returned, where it belongs, and what it would be where it is right."""

    given: FloatScales
    layer: str  # a layer, or the input
    actual: float
    exact: float
    value: float = 1.0  # of the bias, where it is one of its numbers
    numbers: Mapping[str, float] = field(default_factory=dict)  # the table that it came with

    def entry(self, distance: int) -> float:
        """Return the table's own number that far from the layer's; not a number where none is."""
        keys = [*self.given.outputs]
        return self.numbers.get(keys[keys.index(self.layer) + distance], math.nan)


Step = Callable[[Sample], float]


@dataclass(frozen=True)
class Symbol:
    """One of the steps that a formula may have, as it is written."""

    name: str
    step: Step


WEIGHT = Symbol("s_w", lambda s: s.given.weights[s.layer])
OWN = Symbol("s_out", lambda s: s.given.near(s.layer, 0))
BEFORE = Symbol("s_prev", lambda s: s.given.near(s.layer, -1))
FIRST = Symbol("s_quant", lambda s: s.given.outputs[s.given.first])
EARLIER = Symbol("s_prev_prev", lambda s: s.given.near(s.layer, -2))
NEXT = Symbol("s_next", lambda s: s.given.near(s.layer, 1))
# An index of -1 is the last one to Python.
EARLIER_OR_LAST = Symbol("s_prev_prev", lambda s: s.given.around(s.layer, -2))
WEIGHT_BEFORE = Symbol("s_w_prev", lambda s: s.given.weight_around(s.layer, -1))
WEIGHT_AFTER = Symbol("s_w_next", lambda s: s.given.weight_around(s.layer, 1))
FIRST_WEIGHT = Symbol("s_w_first", lambda s: s.given.weights[s.given.layers[0]])
EVERY = Symbol("s_quant · … · s_prev", lambda s: math.prod(s.given.before(s.layer)))
# What was returned for the layer before, or for this one.
ENTRY_BEFORE = Symbol("m_prev", lambda s: s.entry(-1))
ENTRY = Symbol("m", lambda s: s.entry(0))


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
    for before in (BEFORE, FIRST, EARLIER, NEXT, EVERY):
        for powers in product((1, -1, 0), repeat=3):
            if any(powers) and (powers[1] or before is BEFORE):
                yield _formula((WEIGHT, before, OWN), powers)
    for weight in (WEIGHT_BEFORE, WEIGHT_AFTER, FIRST_WEIGHT):
        yield _formula((weight, BEFORE, OWN), (1, 1, -1))
    for earlier in (EARLIER, EARLIER_OR_LAST):
        yield _formula((WEIGHT, earlier, BEFORE), (1, 1, -1))
        yield _formula((WEIGHT, earlier, OWN), (1, 1, -1))
        yield _formula((WEIGHT_BEFORE, earlier, BEFORE), (1, 1, -1))
    yield _formula((WEIGHT, ENTRY_BEFORE, OWN), (1, 1, -1))
    yield _formula((WEIGHT, ENTRY_BEFORE, OWN), (1, -1, -1))


def of_bias() -> Iterator[Formula]:
    """Yield the formulas of a bias: by its layer's own steps, then by those of another layer."""
    for before in (BEFORE, OWN, EARLIER, FIRST, EVERY):
        for powers in product((-1, 1, 0), repeat=2):
            if powers[1] or before is BEFORE:
                yield _formula((WEIGHT, before), powers)
    for weight, before in (
        (FIRST_WEIGHT, FIRST),
        (WEIGHT_BEFORE, EARLIER),
        (WEIGHT_BEFORE, BEFORE),
    ):
        yield _formula((weight, before), (-1, -1))
    yield _formula((ENTRY,), (-1,))
    for powers in product((-1, 1), repeat=3):
        yield _formula((WEIGHT, BEFORE, OWN), powers)


def of_input() -> Iterator[Formula]:
    """Yield the formulas of the input's number: one over its step, and the step itself."""
    for power in (-1, 1):
        yield _formula((FIRST,), (power,))


def _formula(symbols: Sequence[Symbol], powers: Sequence[int]) -> Formula:
    return Formula(tuple((s, p) for s, p in zip(symbols, powers, strict=True) if p))


def _product(powers: Sequence[tuple[Symbol, int]], sample: Sample) -> float:
    steps = [(symbol.step(sample), power) for symbol, power in powers]
    if any(step == 0.0 for step, power in steps if power < 0):
        return math.nan
    return sample.value * math.prod(step**power for step, power in steps)


def _places(samples: Sequence[Sample], powers: Sequence[tuple[Symbol, int]]) -> int:
    """Return the power of two that the telling numbers have beside a product, 0 where none is."""
    products = [(s.actual, _product(powers, s)) for s in samples if abs(s.actual) >= TELLING]
    quotients = [actual / number for actual, number in products if number]
    middle = float(np.median(quotients)) if quotients else 0.0
    if not 2.0**-MOST_PLACES <= middle <= 2.0**MOST_PLACES:
        return 0
    place = math.log2(middle)
    return round(place) if abs(place - round(place)) <= POWER_TOLERANCE else 0
