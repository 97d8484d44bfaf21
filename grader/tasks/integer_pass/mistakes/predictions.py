"""
Known mistakes at one place of a quantized pass: the numbers that each makes, and its source code.

A mistake is a candidate where it gives the numbers that were seen; the source backs some.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum

import numpy as np

from grader.border.conventions import Floats
from grader.editions.schema import ScaleForm
from grader.tasks.hypotheses import source
from grader.tasks.integer_pass.mistakes import shifts
from grader.tasks.integer_pass.mistakes.places import (
    Place,
    alike,
    clipped,
)
from grader.tasks.integer_pass.mistakes.shifts import CLAMPED, FEWEST, tells_scales


class Mistake(StrEnum):
    """A mistake that gives numbers of its own at any place, by its finding's id."""

    RELU_MISSING = "forward-relu-missing"
    UNSIGNED = "forward-clamped-to-unsigned"
    FOUR_BITS = "forward-clamped-to-4-bits"
    NOT_CLAMPED = "forward-not-clamped"
    OTHER_EDGES = "forward-clamped-to-other-edges"
    NOT_ROUNDED = "forward-not-rounded"
    ROUNDED_LAST = "forward-rounds-only-at-the-end"
    CLAMPED_FIRST = "forward-clamps-before-scaling"
    NOT_SCALED = "forward-layer-not-scaled"
    WRAPS_AROUND = "forward-wraps-around"
    DIVIDED = "forward-divides-by-scale"
    SCALED_TWICE = "forward-scale-applied-twice"
    NOT_QUANTIZED = "forward-layer-not-quantized"
    DEQUANTIZED = "forward-dequantizes-between-layers"
    SHIFTED_FIRST = shifts.SHIFTED_FIRST


Prediction = Callable[[Place], Floats]

# Of a few values: where more are off than this share, by more than this, a mistake is ruled out.
MOSTLY_OFF = 0.05
OFF_BY, OFF_RELATIVE = 2.0, 1e-3
# How far values that were never rounded may be off: float32 sums of some hundred products.
FLOAT_TOLERANCE, FLOAT_RELATIVE = 1e-3, 1e-5
# Two float64 multipliers that differ by less are the same number.
SAME_MULTIPLIER = 1e-9
# How far below and above a whole number the values lie that become it; with float32's slack.
INTERVALS: Mapping[Callable[[Floats], Floats], tuple[float, float]] = {
    np.rint: (0.501, 0.501),
    np.floor: (0.001, 1.001),
}
RELU_ON_LOGITS = "forward-relu-on-logits"
INPUT_NOT_QUANTIZED = "forward-input-not-quantized"
ANOTHER_LAYERS_SCALE = "forward-scale-of-another-layer"
_INPUT_SCALE = "input_scale"


def _clipped_one_too_far(p: Place) -> Floats:
    """Return the integers clamped one beyond the edges, at the ends where that was seen."""
    low, high = float(p.seen.min()), float(p.seen.max())
    ends = (-129.0 if low < -128.0 else -128.0, 128.0 if high > 127.0 else 127.0)
    return np.clip(p.whole(p.sums), *ends)


PREDICTIONS: Mapping[Mistake, Prediction] = {
    Mistake.RELU_MISSING: lambda p: clipped(p.whole(p.bare)),
    Mistake.UNSIGNED: lambda p: np.clip(p.whole(p.sums), 0, 255),
    Mistake.FOUR_BITS: lambda p: np.clip(p.whole(p.sums), -8, 7),
    Mistake.NOT_CLAMPED: lambda p: p.whole(p.sums),
    Mistake.OTHER_EDGES: _clipped_one_too_far,
    Mistake.NOT_ROUNDED: lambda p: clipped(p.real),
    Mistake.ROUNDED_LAST: lambda p: p.real,
    Mistake.CLAMPED_FIRST: lambda p: p.whole(clipped(p.sums)),
    Mistake.NOT_SCALED: lambda p: clipped(p.sums),
    Mistake.WRAPS_AROUND: lambda p: np.mod(p.whole(p.sums) + 128.0, 256.0) - 128.0,
    Mistake.DIVIDED: lambda p: clipped(p.way.whole(p.sums / p.multiplier)),
    Mistake.SCALED_TWICE: lambda p: clipped(p.whole(clipped(p.whole(p.sums)))),
    Mistake.NOT_QUANTIZED: lambda p: p.sums,
    Mistake.SHIFTED_FIRST: shifts.shifted_first,
    Mistake.DEQUANTIZED: lambda p: clipped(p.whole(p.sums)) / p.multiplier,
}
_OF_SUMS = (
    Mistake.CLAMPED_FIRST,
    Mistake.RELU_MISSING,
    Mistake.NOT_SCALED,
    Mistake.SHIFTED_FIRST,
)
_FLOATS = (Mistake.NOT_ROUNDED, Mistake.ROUNDED_LAST, Mistake.NOT_QUANTIZED)
_BEYOND_8_BITS = (Mistake.NOT_CLAMPED, Mistake.UNSIGNED, Mistake.OTHER_EDGES)


def candidates_of(place: Place, code: ast.AST | None) -> dict[str, str]:
    """Return the findings that reproduce what was seen at a place, with a detail for each."""
    fits = {mistake for mistake in PREDICTIONS if reproduces(place, mistake)}
    if Mistake.OTHER_EDGES in fits:  # all else that fits, fits by what one step hides
        return {mistake: "" for mistake in _BEYOND_8_BITS if mistake in fits}
    found = {_name_at(place, mistake): "" for mistake in PREDICTIONS if mistake in fits}
    if Mistake.NOT_SCALED not in fits:  # else any large scale clips them alike
        found |= _another_layers_scale(place, code)
    # What is scaled twice is zero, too.
    twice = is_backed(Mistake.SCALED_TWICE, place, code) or source.multiplies_clamped(code)
    twice = twice or Mistake.SHIFTED_FIRST in fits
    if not twice and shifts.is_rounded_away(place, code):
        found[shifts.ROUNDED_AWAY] = ""
    found |= shifts.explain_shift(place, code)
    return found or _other_multiplier(place, code)


def _name_at(place: Place, mistake: Mistake) -> str:
    """Return what a mistake is called where the first images enter and where the scores leave."""
    if mistake is Mistake.RELU_MISSING and place.is_last:
        return RELU_ON_LOGITS
    if mistake is Mistake.NOT_QUANTIZED and place.is_last:
        return "forward-last-layer-not-quantized"
    if mistake is Mistake.NOT_QUANTIZED and not place.layer:
        return INPUT_NOT_QUANTIZED
    return mistake


def _another_layers_scale(place: Place, code: ast.AST | None) -> dict[str, str]:
    """Return which other scale of the network gives the numbers, one that the source has first."""
    others = sorted(place.others.items(), key=lambda one: not source.mentions(code, one[0]))
    for name, multiplier in others:
        near = abs(multiplier / place.multiplier - 1.0) < SAME_MULTIPLIER
        once = name == _INPUT_SCALE  # the images are scaled by it in every pass
        shown = tells_scales(place) or source.mentions(code, name) > once
        if shown and not near and _is_scaled_by(place, multiplier):
            return {ANOTHER_LAYERS_SCALE: name}
    return {}


def _is_scaled_by(place: Place, multiplier: float) -> bool:
    ways = place.in_every_way
    return any(alike(p.seen, clipped(p.whole(p.sums, multiplier))) for p in ways)


def reproduces(place: Place, mistake: Mistake) -> bool:
    """Return whether a mistake gives what was seen, in one of the ways to make integers of it."""
    few = place.few
    return any(
        _reproduces_mostly(replace(few, way=way), mistake)
        and _reproduces_exactly(replace(place, way=way), mistake)
        for way in place.ways
    )


def _reproduces_mostly(few: Place, mistake: Mistake) -> bool:
    """Return whether a few values do not rule a mistake out."""
    off = np.abs(few.seen - PREDICTIONS[mistake](few))
    return bool(np.mean(off > OFF_BY + OFF_RELATIVE * np.abs(few.seen)) < MOSTLY_OFF)


def _reproduces_exactly(place: Place, mistake: Mistake) -> bool:
    predicted = PREDICTIONS[mistake](place)
    if mistake is Mistake.DEQUANTIZED:
        return alike(place.seen * place.multiplier, predicted * place.multiplier)
    whole = bool(np.all(place.seen == np.rint(place.seen)))
    if mistake in _OF_SUMS and not place.layer:
        return False  # there is no sum before the images
    if (
        mistake is Mistake.OTHER_EDGES
        and place.seen.min() >= -128.0
        and place.seen.max() <= CLAMPED
    ):
        return False
    if mistake in _FLOATS:
        slack = FLOAT_TOLERANCE + FLOAT_RELATIVE * np.abs(predicted)
        exactly = np.abs(place.seen - predicted) <= slack
        return bool(exactly.all()) and (not whole or mistake is Mistake.NOT_QUANTIZED)
    return whole and alike(place.seen, predicted)


def _other_multiplier(place: Place, code: ast.AST | None) -> dict[str, str]:
    """Return the one multiplier that makes the integers seen, read from their intervals."""
    used = {way.whole for way in place.ways}
    roundings = [whole for whole in (np.rint, np.floor) if whole in used]
    every = (_multiplier_within(place, whole) for whole in roundings)
    ends = next((found for found in every if found is not None), None)
    if ends is None:
        return {}
    middle = sum(ends) / 2
    low, high = sorted(place.written(end) for end in ends)
    slack = SAME_MULTIPLIER * high
    written = [n for n in source.numbers_in(code) if low - slack <= n <= high + slack]
    if written:
        return {"forward-scale-hard-coded": f"{written[0]:.6g}"}
    return {"forward-scale-differs": f"{place.written(middle):.5g}"}


def _multiplier_within(
    place: Place, whole: Callable[[Floats], Floats]
) -> tuple[float, float] | None:
    """Return the smallest and the largest multiplier that give the integers by one rounding."""
    same_sign = np.sign(place.sums) == np.sign(place.seen)
    inside = (np.abs(place.seen) < CLAMPED) & (place.seen != 0) & same_sign
    if whole is np.floor:
        inside &= place.seen > 0
    if inside.sum() < FEWEST:
        return None
    below, above = INTERVALS[whole]
    sums, seen = np.abs(place.sums[inside]), np.abs(place.seen[inside])
    low, high = float(((seen - below) / sums).max()), float(((seen + above) / sums).min())
    reproduces = low <= high and alike(place.seen, clipped(whole(place.sums * (low + high) / 2)))
    return (low, high) if reproduces else None


def is_backed(name: str, place: Place, code: ast.AST | None) -> bool:
    """Return whether the source looks as if a finding were the right one of several."""
    own = f"{place.layer}.output_scale" if place.layer else _INPUT_SCALE
    backs: Mapping[str, Callable[[], bool]] = {
        Mistake.DIVIDED: lambda: _misuses_scale(place, code, own),
        Mistake.DEQUANTIZED: lambda: source.divides(code, own),
        shifts.MISSING: lambda: shifts.is_never_shifted(code, place.fraction_bits),
        INPUT_NOT_QUANTIZED: lambda: code is not None and not source.mentions(code, own),
        Mistake.NOT_CLAMPED: lambda: _is_unclamped(code),
        Mistake.OTHER_EDGES: lambda: (
            source.clamps(code)
            and 255.0 not in source.numbers_in(code)
            and not _is_unclamped(code)
        ),
        Mistake.NOT_SCALED: lambda: (
            not source.mentions(code, own) and source.mentions(code, "scale") > 0
        ),
        Mistake.WRAPS_AROUND: lambda: source.mentions(code, "int8") > 0,
        shifts.ROUNDED_AWAY: lambda: True,
        Mistake.SHIFTED_FIRST: lambda: True,
        Mistake.NOT_ROUNDED: lambda: code is not None and not source.mentions(code, "round"),
        Mistake.ROUNDED_LAST: lambda: source.mentions(code, "round") == 1,
        Mistake.UNSIGNED: lambda: 255.0 in source.numbers_in(code),
        RELU_ON_LOGITS: lambda: source.mentions(code, "relu") > 0,
        Mistake.SCALED_TWICE: lambda: (
            source.mentions(code, own) > 1 or source.mentions(code, f"self.{place.layer}") > 2
        ),
        # What is scaled twice is clamped in between, too.
        Mistake.CLAMPED_FIRST: lambda: (
            source.multiplies_clamped(code) and not is_backed(Mistake.SCALED_TWICE, place, code)
        ),
        ANOTHER_LAYERS_SCALE: lambda: (
            not source.mentions(code, own) and source.mentions(code, "scale") > 0
        ),
    }
    return backs.get(name, lambda: False)()


def _is_unclamped(code: ast.AST | None) -> bool:
    """Return whether nothing is clamped, or only to the edges of 8 bits, as they are written."""
    if code is None or not source.clamps(code):
        return code is not None
    numbers = source.numbers_in(code)
    beyond = numbers.count(128.0) > numbers.count(-128.0) or 255.0 in numbers or -129.0 in numbers
    return 127.0 in numbers and not beyond


def _misuses_scale(place: Place, code: ast.AST | None, own: str) -> bool:
    """
    Return whether something is divided by a multiplier, or multiplied by a step.

    It is a layer's own where that is named, and any scale in a helper that is given one.
    """
    used = source.multiplies if place.form is ScaleForm.STEP else source.divides
    name = own if source.mentions(code, own) else own.rpartition(".")[2]
    named = source.multiplies(code, name) or source.divides(code, name)
    return used(code, name if named else "scale")
