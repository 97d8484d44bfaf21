# ruff: noqa: RUF001, RUF002 - dashes, minus and guillemets are what is printed
"""Make any string safe to look at: nothing invisible, nothing endless. Pure."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup

LINE = 300
PARAGRAPH = 2_000
MARKS = 3

# Control, format, surrogate, private use, unassigned: not seen, and some reorder the line.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_KEPT = frozenset("\n\t")


def code_point(char: str) -> str:
    """Return *char*'s name for people: ``‹U+202E›``."""
    return f"‹U+{ord(char):04X}›"


def reveal(text: str) -> str:
    """Return *text* with every control, bidi and zero-width character as ``‹U+XXXX›``."""
    if text.isascii() and text.isprintable():
        return text
    revealed = (
        code_point(char) if char not in _KEPT and unicodedata.category(char) in _UNSEEN else char
        for char in text
    )
    return _calm_marks("".join(revealed))


def line(value: object, limit: int = LINE) -> str:
    """Return *value* as one line of at most *limit* characters, ``""`` for None."""
    text = "" if value is None else str(value)
    return shorten(reveal(re.sub(r"[\s\u2028\u2029]+", " ", text[: 4 * limit]).strip()), limit)


def paragraph(value: object, limit: int = PARAGRAPH) -> str:
    """Return *value* with its line ends kept, at most *limit* characters, ``""`` for None."""
    text = "" if value is None else str(value)
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text[: 4 * limit])
    return shorten(reveal(text.expandtabs(4)), limit)


def unbroken(words: str) -> Markup:
    """Return *words*, escaped, with every ``max|W|`` kept on one line."""
    pieces = re.split(r"(\S*\|\S+\|)", words)
    kept = Markup('<span class="unbroken">{}</span>')
    return Markup("").join(
        kept.format(piece) if place % 2 else piece for place, piece in enumerate(pieces)
    )


def shorten(text: str, limit: int) -> str:
    """Return *text*, cut to *limit* characters with an ellipsis as the last one."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _calm_marks(text: str) -> str:
    """Return *text* with at most ``MARKS`` combining marks on a letter."""
    calm: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MARKS:
            calm.append(char)
    return "".join(calm)
