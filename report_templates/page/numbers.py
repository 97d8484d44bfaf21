# ruff: noqa: RUF001, RUF002 - dashes, minus and guillemets are what is printed
"""
Numbers as people read them: finished strings, one rule for each quantity.

A minus is U+2212, thousands are set apart by commas, and what is not known is ``–``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from grader.words.numbers import digits

UNKNOWN = "–"
MINUS = "\u2212"
LONG = 4  # digits of a whole number whose thousands are set apart
TIMES_TEN = "\u00a0×\u00a010"

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_WRITTEN = re.compile(
    r"(?P<sign>[-+]?)(?P<digits>\d[\d,]*(?:\.\d+)?)(?:e(?P<power>[-+]?\d+))?(?P<percent> ?%)?"
)


def decimal(value: float | None, places: int = 4) -> str:
    """Return *value* with *places* decimals: ``−0.6597``; a zero never has a sign."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = f"{value:,.{places}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def scientific(value: float | None, digits: int = 3) -> str:
    """Return *value* as ``1.23 × 10⁻⁵``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    return f"{mantissa.replace('-', MINUS)}{_times_ten(power)}"


def worded(text: str) -> str:
    """
    Return a number that a program wrote as people read it, any other text as it is.

    ``-0.5`` becomes ``−0.5``, ``-0`` becomes ``0``, ``1e-05`` becomes ``1 × 10⁻⁵`` and ``120103``
    becomes ``120,103``.
    """
    found = _WRITTEN.fullmatch(text)
    if not found:
        return text
    digits, power = found["digits"], found["power"]
    if power is None and digits.isdecimal() and len(digits) >= LONG:
        digits = f"{int(digits):,}"
    is_zero = not digits.strip("0.,")
    sign = "" if is_zero else found["sign"].replace("-", MINUS)
    times = "" if is_zero or power is None else _times_ten(power)
    return f"{sign}{digits}{times}" + ("\u00a0%" if found["percent"] else "")


def readable(value: float) -> str:
    """Return a number to six digits as people read it."""
    return worded(digits(value))


def _times_ten(power: str) -> str:
    return TIMES_TEN + str(int(power)).translate(_RAISED)


def power_of_two(exponent: int) -> str:
    """Return ``2¹⁵``."""
    return "2" + str(exponent).translate(_RAISED)


def column(values: Sequence[float | None], digits: int = 4) -> tuple[str, ...]:
    """Return a column whose points stand under each other; the smallest keeps *digits* digits."""
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v) and v != 0]
    places = digits - 1 - math.floor(math.log10(min(sizes))) if sizes else 0
    return tuple(decimal(value, min(max(places, 0), 9)) for value in values)


def integer(value: float | None) -> str:
    """Return *value* as a whole number: ``352,800``."""
    return decimal(value, 0)


def percent(value: float | None, places: int = 2) -> str:
    """Return *value*, which is in percent already: ``52.07 %``."""
    text = decimal(value, places)
    return text if text == UNKNOWN else f"{text}\u00a0%"


def signed(value: float | None, places: int = 2) -> str:
    """Return *value* with its sign: ``+0.12``, ``−0.05``, ``0.00``."""
    text = decimal(value, places)
    positive = value is not None and math.isfinite(value) and round(value, places) > 0
    return f"+{text}" if positive else text


def points(value: float | None) -> str:
    """Return points without needless zeros: ``17.5``, ``6``."""
    text = decimal(value, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def points_of(value: float | None, maximum: float | None) -> str:
    """Return points and their maximum, ``17.5 / 20``; beyond the total, ``+2``."""
    if value and maximum == 0:
        return f"+{points(value)}"
    return f"{points(value)}\u00a0/\u00a0{points(maximum)}"


def shape(sizes: Sequence[object]) -> str:
    """Return the sizes of a tensor: ``6 × 28 × 28``."""
    whole = [f"{size:d}" for size in sizes if isinstance(size, int)]
    return " × ".join(whole).replace(" ", "\u00a0") or UNKNOWN


def size_bytes(value: float | None) -> str:
    """Return a file's size: ``48.2 kB``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value < 1000:
        return f"{value:.0f}\u00a0B"
    return f"{value / 1000:.1f}\u00a0kB" if value < 1e6 else f"{value / 1e6:.1f}\u00a0MB"


def compact(value: float) -> str:
    """Return a count for an axis: ``500``, ``2k``, ``1.5M``."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
