"""Text to numbers: a file of numbers, and the file of scales."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from grader.border.conventions import Floats
from grader.words.message import Message, say

BYTES_PER_NUMBER = 40  # "-1.234567890123456789e+00\r\n" has 27
MOST_BYTES_AROUND = 1_000
SCALES_BYTES = 20_000
LARGEST = 2.0**53  # float64 holds every integer up to here
_LARGEST_SCALE = (1 << 31) - 1
_MARK = b"\xef\xbb\xbf"  # of UTF-8, as Windows writes it
_SHOWN = 40


def most_bytes(numbers: int) -> int:
    """Return how long a file of so many numbers may be."""
    return numbers * BYTES_PER_NUMBER + MOST_BYTES_AROUND


def parse_numbers(text: bytes) -> Floats | Message:
    """
    Return the numbers of a text, one a line or with commas or semicolons between them.

    Return the first entry that is no finite number up to 2^53, with its line.
    """
    plain = _separated(text)
    tokens = plain.split()
    try:
        values = np.fromiter(map(float, tokens), np.float64, len(tokens))
    except ValueError:
        return _first_wrong(plain)
    fits = np.abs(values) <= LARGEST  # not a number is not, either
    return values if fits.all() and b"_" not in plain else _first_wrong(plain)


def _separated(text: bytes) -> bytes:
    """Return a text with blanks between its numbers; some countries' Excel writes semicolons."""
    return text.removeprefix(_MARK).replace(b",", b" ").replace(b";", b" ")


def line_of(text: bytes, index: int) -> int:
    """Return the line on which a text's number *index* stands, both counted from 0 and 1."""
    plain = _separated(text)
    for number, line in enumerate(plain.splitlines(), 1):
        index -= len(line.split())
        if index < 0:
            return number
    return 0


def _first_wrong(text: bytes) -> Message:
    for number, line in enumerate(text.splitlines(), 1):
        for token in line.split():
            if not _is_number(token):
                shown = token[:_SHOWN].decode("ascii", "replace")
                return say("parameters", "no-number", line=number, entry=repr(shown))
    raise AssertionError("every entry is a number")  # noqa: EM101  only called where one is not


def _is_number(token: bytes) -> bool:
    try:
        return b"_" not in token and abs(float(token)) <= LARGEST
    except ValueError:
        return False


def parse_scales(text: bytes, names: Sequence[str]) -> dict[str, float] | Message:
    """Return the numbers of the scales by *names*, or what is wrong with the JSON."""
    try:
        found = json.loads(text.removeprefix(_MARK))
    except (ValueError, RecursionError):
        return say("parameters", "no-json")
    if not isinstance(found, dict):
        return say("parameters", "no-table")
    missing = [name for name in names if name not in found]
    if missing:
        return say("parameters", "scale-missing", name=missing[0])
    wrong = next((name for name in names if not _is_bounded(found[name])), None)
    if wrong is not None:
        shown = _shown(found[wrong])
        return say("parameters", "scale-no-number", name=wrong, value=shown)
    return {name: float(found[name]) for name in names}


def _is_bounded(value: object) -> bool:
    """Return whether a value of JSON is a number of at most 32 bits; NaN is not."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= _LARGEST_SCALE  # type: ignore[arg-type]


def _shown(value: object) -> str:
    """Return a value of JSON in a few characters, however deep it is."""
    if isinstance(value, list | dict):
        return "[...]" if isinstance(value, list) else "{...}"
    return json.dumps(value)[:_SHOWN]
