"""
How wide a table's columns are, from what stands in them.

A table that says its widths is laid out several times faster than one whose every cell has to be
measured. Lengths are in em of the table's own type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from unicodedata import east_asian_width

# A4 less its margins, in em of the type in tables.
PAGE = 59.0
PADDING = 1.0
DIGIT, LETTER, IDEOGRAPH = 0.64, 0.54, 1.0
LONGEST_TEXT = 24.0
# Text up to this width is not wrapped where longer text can be.
SHORT = 8.0
# Typefaces that stand in on screen may be wider.
SCREEN = 1.15
# A narrow table is drawn out this much, so that its columns do not stick together.
LOOSE = 1.6


@dataclass(frozen=True, kw_only=True)
class Widths:
    """A table's own width in em, 0 where it fills the line, and its columns' shares in percent."""

    total: float
    least: float
    shares: tuple[float, ...]


def widths(
    titles: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], page: float
) -> Widths:
    """
    Return the widths of columns: figures are never cut, text is wrapped where room is short.

    Columns that are wrapped share the room by how much there is to read in them.
    """
    columns = list(zip(titles, *rows, strict=True))
    natural = [min(LONGEST_TEXT, _text(cells)) + PADDING for cells in columns]
    if sum(natural) > page:
        natural = [
            _figures(cells) + PADDING if digits else width
            for cells, digits, width in zip(columns, numeric, natural, strict=True)
        ]
    if sum(natural) > page:
        kept = [n or w <= SHORT for w, n in zip(natural, numeric, strict=True)]
        natural = _shared(natural, [_reading(cells) for cells in columns], kept, page)
    loose = sum(natural) * LOOSE
    return Widths(
        total=loose if loose < page else 0.0,
        least=min(sum(natural), page) * SCREEN,
        shares=tuple(100.0 * width / sum(natural) for width in natural),
    )


def length(words: str) -> float:
    """Return about how wide *words* are, in em."""
    return sum(
        IDEOGRAPH if east_asian_width(char) in "WF" else DIGIT if char.isdigit() else LETTER
        for char in words
    )


def _shared(
    natural: Sequence[float], reading: Sequence[float], kept: Sequence[bool], page: float
) -> list[float]:
    """Return *natural* widths, those that are not *kept* by their share of the *reading*."""
    room = page - sum(width for width, keep in zip(natural, kept, strict=True) if keep)
    total = sum(words for words, keep in zip(reading, kept, strict=True) if not keep)
    made = [
        width if keep else max(words * room / total, SHORT)
        for width, words, keep in zip(natural, reading, kept, strict=True)
    ]
    narrow = [keep or width == SHORT for width, keep in zip(made, kept, strict=True)]
    if sum(made) <= page or all(narrow) or narrow == list(kept):
        return made
    return _shared(made, reading, narrow, page)


def _reading(cells: Sequence[str]) -> float:
    """Return how much there is to read in a column: between its mean and its longest cell."""
    lengths = [min(length(cell), LONGEST_TEXT) for cell in cells]
    return sqrt(fmean(lengths) * max(lengths))


def _figures(cells: Sequence[str]) -> float:
    """Return the width of a column of figures whose title is wrapped, if long, between words."""
    title, *values = cells
    words = title.split() if length(title) > SHORT else [title]
    return max([*map(length, words), *map(length, values)])


def _text(cells: Sequence[str]) -> float:
    title, *values = cells
    return max(map(length, [*title.split("\n"), *values]))
