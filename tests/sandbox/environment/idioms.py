"""An idiom of notebooks, and a section of them."""

from __future__ import annotations

from dataclasses import dataclass

WORKS, NOTHING = "works", "does nothing"


@dataclass(frozen=True)
class Row:
    """An expression, or statements before one, and the text of its value."""

    idiom: str
    gives: str
    removed: str = ""  # by which version, where it was
    result: str = WORKS


@dataclass(frozen=True)
class Section:
    title: str
    about: str
    rows: tuple[Row, ...]
