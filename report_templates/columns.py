"""
How wide a table's columns are, from what stands in them.

A table that says its widths is laid out several times faster than one whose every cell has to be
measured. Lengths are in em of the table's own type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    natural = [
        (_figures(cells) if digits else min(LONGEST_TEXT, _text(cells))) + PADDING
        for cells, digits in zip(columns, numeric, strict=True)
    ]
    total = sum(natural)
    if total > page:
        kept = [n or w <= SHORT for w, n in zip(natural, numeric, strict=True)]
        fixed = sum(width for width, keep in zip(natural, kept, strict=True) if keep)
        read = [fmean(map(length, cells)) for cells in columns]
        reading = sum(words for words, keep in zip(read, kept, strict=True) if not keep)
        shared = max(page - fixed, 0.0) / max(reading, 1e-9)
        natural = [
            width if keep else max(words * shared, SHORT)
            for width, words, keep in zip(natural, read, kept, strict=True)
        ]
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


def _figures(cells: Sequence[str]) -> float:
    """Return the width of a column of figures; its title may be wrapped between words."""
    title, *values = cells
    longest = max((length(word) for word in title.split()), default=0.0)
    return max([longest, *map(length, values)])


def _text(cells: Sequence[str]) -> float:
    title, *values = cells
    return max(map(length, [*title.split("\n"), *values]))
