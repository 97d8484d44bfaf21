"""Known mistakes with multipliers of fixed point: too few binary places, or another shift."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from grader.border.conventions import Floats
from grader.tasks.hypotheses import source
from grader.tasks.integer_pass.mistakes.places import Place, alike, clipped

FEWEST = 20  # values that are neither zero nor clamped, from which a multiplier is read
CLAMPED = 127.0
FEW_OFF = 10.0  # percent of a few values by which a multiplier is not ruled out
MOST_PLACES = 32
MISSING = "forward-shift-missing"
SHIFTED_FIRST = "forward-shifts-before-multiplying"
OTHER_PLACES = "forward-shifted-by-other-places"
MADE_BY_OTHER = "forward-multiplier-of-other-places"
TOO_COARSE = "forward-multiplier-too-coarse"
FINDINGS = (MISSING, OTHER_PLACES, MADE_BY_OTHER, TOO_COARSE, SHIFTED_FIRST)
ROUNDED_AWAY = "forward-multiplier-becomes-zero"


def tells_scales(place: Place) -> bool:
    """Return whether enough values are neither zero nor clamped to tell one scale from another."""
    return int(((np.abs(place.seen) < CLAMPED) & (place.seen != 0)).sum()) >= FEWEST


def explain_shift(place: Place, code: ast.AST | None) -> dict[str, str]:
    """
    Return what is wrong with ``(sum m) >> bits`` at a place, with the binary places in question.

    Empty where the edition's multipliers are no fixed-point numbers, or nothing fits. Several
    numbers of places may give the same multiplier: one that the source has, else the fewest.
    """
    bits = place.fraction_bits
    if bits is None or not place.layer:
        return {}
    written = source.binary_places(code)
    if not tells_scales(place):
        m = np.rint(place.multiplier * 2.0**bits)
        products = (place.sums * m, place.sums * m * 2.0**bits)  # as it is, or shifted once more
        missing = any(alike(place.seen, clipped(product)) for product in products)
        return {MISSING: ""} if missing else {}
    others = _other_multipliers(place.multiplier, bits)
    fits = [(name, places) for name, places, other in others if _gives(place, other)]
    backed = [one for one in fits if one[1] in written]
    name, places = next(iter((*backed, *fits)), ("", 0))
    return {name: f"{places}" if places else ""} if name else {}


def settle_on_one(places: Sequence[Place], candidates: Mapping[str, dict[str, str]]) -> None:
    """
    Let one shift stand at all places where shifts are candidates, if one explains them all.

    At one place a multiplier with few digits fits as well as a shift by another count.
    """
    names = (OTHER_PLACES, MADE_BY_OTHER)
    mine = [p for p in places if {*names} & candidates.get(p.name, {}).keys()]
    told = [(n, candidates[p.name][n]) for n in names for p in mine if n in candidates[p.name]]
    for name, count in dict.fromkeys(told):
        if all(_made_by(place, name, int(count)) for place in mine):
            for place in mine:
                fits = candidates[place.name]
                for other in names:
                    fits.pop(other, None)
                fits[name] = count
            return


def _made_by(place: Place, name: str, count: int) -> bool:
    others = _other_multipliers(place.multiplier, place.fraction_bits or 0)
    return any(_gives(place, other) for n, places, other in others if (n, places) == (name, count))


def _other_multipliers(multiplier: float, bits: int) -> Iterator[tuple[str, int, float]]:
    """Yield what a sum is multiplied by, by mistake, with the mistake and its binary places."""
    whole = _whole(multiplier, bits)
    yield MISSING, 0, whole
    for places in range(1, MOST_PLACES + 1):
        if places != bits:
            yield OTHER_PLACES, places, whole / 2.0**places
            yield MADE_BY_OTHER, places, _whole(multiplier, places) / 2.0**bits
    for whole_of, places in product((np.rint, np.floor, np.ceil), range(1, bits)):
        yield TOO_COARSE, places, float(whole_of(multiplier * 2.0**places)) / 2.0**places


def shifted_first(place: Place) -> Floats:
    """Return ``(sum >> bits) m``: the sums shifted before they are multiplied."""
    bits = place.fraction_bits
    if bits is None:
        return np.full_like(place.sums, np.nan)
    return clipped(np.floor(place.sums / 2.0**bits) * _whole(place.multiplier, bits))


def _whole(multiplier: float, places: int) -> float:
    return float(np.rint(multiplier * 2.0**places))


def is_rounded_away(place: Place, code: ast.AST | None) -> bool:
    """Return whether all is zero at a place, by a multiplier of which rounding leaves nothing."""
    if code is None or not place.layer or np.any(place.seen) or not np.any(place.right):
        return False
    written = source.binary_places(code) - {7}  # the edge of 8 bits
    few = [k for k in range(1, place.fraction_bits or 0) if k in written]
    places = [*few, *([0] if source.rounds_a_name(code) else ())]
    return any(_whole(place.multiplier, k) == 0.0 for k in places)


def _gives(place: Place, multiplier: float) -> bool:
    few = place.few
    return any(
        _is_alike(few.seen, whole(few.sums * multiplier), FEW_OFF)
        and alike(place.seen, clipped(whole(place.sums * multiplier)))
        for whole in (np.floor, np.rint)
    )


def _is_alike(seen: Floats, whole: Floats, percent: float) -> bool:
    return bool(100.0 * np.mean(np.abs(seen - clipped(whole)) > 1.0) < percent)


def is_never_shifted(code: ast.AST | None, bits: int | None) -> bool:
    """Return whether the source makes an m with its binary places, and does not take them back."""
    if code is None or bits is None:
        return False
    power = 2.0**bits
    taken_back, divided = source.shifts_to_the_right(code), source.divisions_by(code, power)
    made = source.numbers_in(code).count(power) - divided
    return made > taken_back + divided


def numbers_of(place: Place) -> dict[str, float]:
    """Return the whole number that the place's multiplier becomes, and its binary places."""
    places = place.fraction_bits or 0
    return {"whole": round(place.multiplier * 2.0**places), "places": places}
