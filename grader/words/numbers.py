"""Numbers as text: to so many digits, and never with a power of ten where people use none."""

from __future__ import annotations

import math

LARGEST_WHOLE = 1e10  # numbers beyond are written with a power of ten
LARGEST_FRACTION = 1e5  # of numbers beyond, nobody reads the fraction


def digits(value: float, count: int = 6) -> str:
    """
    Return a finite number to *count* digits as people write it; no zero has a sign.

    A whole number keeps all its digits, and 100,000 or more is rounded to a whole one rather than
    written with a power of ten.
    """
    if not isinstance(value, float):
        return str(value)
    if abs(value) < LARGEST_WHOLE and (value.is_integer() or abs(value) >= LARGEST_FRACTION):
        return whole(value)
    return f"{value:.{count}g}"


def significant(value: float, count: int = 4) -> float:
    """Return a finite number rounded to *count* digits; a whole number keeps all its digits."""
    return float(digits(float(value), count))


def whole(value: float) -> str:
    """Return a number rounded to a whole one with all its digits, a zero without a sign."""
    text = f"{value:.0f}"
    return "0" if text == "-0" else text


def percent(share: float) -> str:
    """
    Return a share of one in percent to two digits, without a power of ten.

    What is not all is never rounded to 100, and what is not nothing never to 0.
    """
    number = 100.0 * share
    if number in (0.0, 100.0):
        return whole(number)
    places = 1 if number > 99.0 else max(0, 1 - math.floor(math.log10(number)))
    return f"{min(number, 99.9):.{places}f}"


def apart(one: float, other: float, count: int = 5) -> tuple[str, str]:
    """Return two different numbers to *count* digits, or to as many as show the difference."""
    for more in range(count, 18):
        pair = digits(one, more), digits(other, more)
        if pair[0] != pair[1] or one == other:
            break
    return pair
