"""What was done to a right number: how it was rounded, limited, or replaced by a constant."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from grader.border.conventions import Floats
from grader.tasks.fixed_point_table import checks
from grader.tasks.fixed_point_table.formulas import FEWEST, Formula, Sample

# Of a number that was not rounded at all.
UNROUNDED = 1e-3
# To so many decimal places a multiplier may have been rounded; more change no integer.
MOST_DECIMALS = 4
# Bits of numpy's integers that are too narrow.
NARROW = (8, 16)
# A range of fewer integers than this tells nothing.
FEWEST_LEVELS = 7
_DIRECTIONS: Sequence[tuple[str, Callable[[float], int]]] = (
    ("cut-off", math.trunc),
    ("cut-off", math.floor),
    ("rounded-up", math.ceil),
)


def is_right(s: Sample) -> bool:
    return s.actual == np.rint(s.actual) and checks.is_near(s.actual, s.exact)


def is_constant(samples: Sequence[Sample]) -> bool:
    """Return whether each entry holds the same number in all sets."""
    numbers: dict[str, set[float]] = {}
    for sample in samples:
        numbers.setdefault(sample.layer, set()).add(sample.actual)
    return all(len(found) == 1 for found in numbers.values())


def is_rounded_first(samples: Sequence[Sample]) -> bool:
    """Return whether the multipliers were rounded before they were shifted: to a few decimals."""
    unit = 2.0 ** samples[0].given.places
    cut = all(s.actual == math.floor(s.exact / unit) * unit for s in samples)
    rounded = any(
        all(_is_whole_of(s.actual, round(s.exact / unit, places) * unit) for s in samples)
        for places in range(MOST_DECIMALS + 1)
    )
    return (cut or rounded) and sum(s.actual != 0.0 for s in samples) >= FEWEST


def _is_whole_of(actual: float, number: float) -> bool:
    """Return whether a number is another as it is, rounded or cut off."""
    return actual in {number, float(np.rint(number)), float(math.trunc(number))}


def is_wrapped(samples: Sequence[Sample]) -> bool:
    """Return whether right numbers kept only their lowest bits, as in an integer too narrow."""
    actual, exact = (np.array([getattr(s, name) for s in samples]) for name in ("actual", "exact"))
    return any(
        _is_cut_to(bits, actual, whole_of(exact))
        for bits, whole_of in product(NARROW, (np.rint, np.trunc))
    )


def _is_cut_to(bits: int, actual: Floats, whole: Floats) -> bool:
    """Return whether numbers are the lowest *bits* of others, with a sign or without."""
    levels = 2.0**bits
    signed = (whole + levels / 2) % levels - levels / 2
    kept = any(np.array_equal(actual, held) for held in (signed, whole % levels))
    return kept and not np.array_equal(signed, whole)


def is_clamped(samples: Sequence[Sample]) -> bool:
    """Return whether right numbers were limited to a range, in which others are right."""
    low, high = (end([0.0, *(s.actual for s in samples)]) for end in (min, max))
    clipped = [s for s in samples if not low - 0.5 <= s.exact <= high + 0.5]
    inside = (s for s in samples if low - 0.5 <= s.exact <= high + 0.5)
    ends = all(s.actual == (high if s.exact > high else low) for s in clipped)
    return low < high and len(clipped) >= FEWEST and ends and all(map(is_right, inside))


def rounding_of(what: str, wrong: Sequence[Sample], right: Formula) -> str:
    """Return which rounding makes of the right formula what came back, ``""`` where none does."""
    if right.gives(wrong, UNROUNDED):
        return f"fixed-{what}-not-rounded"
    for name, whole_of in _DIRECTIONS:
        if all(s.actual == whole_of(s.exact) for s in wrong):
            return f"fixed-{what}-{name}"
    return ""


def has_own_range(samples: Sequence[Sample]) -> bool:
    """Return whether every set's largest value became one and the same integer."""
    by_set: dict[int, list[Sample]] = {}
    for sample in samples:
        by_set.setdefault(id(sample.given), []).append(sample)
    end = max(abs(s.actual) for s in samples)
    return end >= FEWEST_LEVELS and all(_is_stretched(those, end) for those in by_set.values())


def _is_stretched(samples: Sequence[Sample], end: float) -> bool:
    """Return whether the largest of some values became *end*, and the others in proportion."""
    largest = max(abs(s.value) for s in samples)
    return all(abs(s.actual - end * s.value / largest) <= 1.0 for s in samples)
