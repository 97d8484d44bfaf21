"""How many bits integers need, and how a power of two was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.border.conventions import Floats, is_power_of_two
from grader.model import ScaleChoice

EDGE_TOLERANCE = 0.005  # between 127, 127.5 and 128
# Shares of a power of two that is the nearest one: by the ratio at least, by the distance at most.
NEAREST = (2.0 / 3.0, 1.5)
MOST_BITS = 64


def signed_bits(low: float, high: float) -> int:
    """Return the bits of the smallest signed integers that hold *low* and *high*."""
    bits = (b for b in range(1, MOST_BITS) if -(2.0 ** (b - 1)) <= low and high < 2.0 ** (b - 1))
    return max(2, next(bits, MOST_BITS))


def activation_bits(values: Mapping[str, Floats]) -> dict[str, int]:
    """
    Return the bits of the integers at each place between layers.

    What has no negative values may be kept without a sign, but only where that is no narrower than
    the widest of what has one: else 0 ... 7 beside -8 ... 7 would be 3 bits.
    """
    ends = {place: (float(v.min()), float(v.max())) for place, v in values.items()}
    signed = {place: signed_bits(*both) for place, both in ends.items()}
    widest = max((signed[place] for place, (low, _) in ends.items() if low < 0), default=0)
    return {
        place: bits - 1 if ends[place][0] >= 0 and bits - 1 == widest else bits
        for place, bits in signed.items()
    }


def chosen(steps: Iterable[float], shares: Iterable[float]) -> ScaleChoice:
    """
    Return how some scales were chosen, by what is written: multipliers.

    *shares* are E over the edge of the integers, for each tensor: the multiplier over the one that
    fills the range exactly.
    """
    if not all(map(is_power_of_two, steps)):
        return ScaleChoice.FREE
    found = [*shares]
    least, most = min(found), max(found)
    if most <= 1.0 + EDGE_TOLERANCE and least > 0.5 - EDGE_TOLERANCE:
        return ScaleChoice.DOWN
    if least >= 1.0 - EDGE_TOLERANCE and most < 2.0 + EDGE_TOLERANCE:
        return ScaleChoice.UP
    within = least >= NEAREST[0] - EDGE_TOLERANCE and most <= NEAREST[1] + EDGE_TOLERANCE
    return ScaleChoice.NEAREST if within else ScaleChoice.OTHER
