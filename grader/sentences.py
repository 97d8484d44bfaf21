"""
What the grader says of a student's work, by code, from ``sentences.toml``.

Results are written in English. The file has every sentence in every language, so that a document
says in its own what a run has written; a sentence that is not in the file cannot be written.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NewType

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("sentences.toml")

Sentence = NewType("Sentence", str)
"""Words of the grader's own, in English, that every language has."""
Quote = NewType("Quote", str)
"""A name, or a student's own words: the same in every language."""

NOTHING = Sentence("")
LARGEST_WHOLE = 1e10  # numbers beyond are written with a power of ten
LARGEST_FRACTION = 1e5  # of numbers beyond, nobody reads the fraction


class Wording(BaseModel):
    """One sentence in every language, and an example of what its braces stand for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    zh_TW: str  # noqa: N815  a language's code
    example: dict[str, str] = {}

    def in_language(self, language: str) -> str:
        """Return the sentence in a language; English where there is no other."""
        return self.zh_TW if language == "zh_TW" else self.en


@cache
def load_sentences(path: Path = FILE) -> Mapping[str, Mapping[str, Wording]]:
    """Return every sentence, by group and code."""
    tables = tomllib.loads(path.read_text("utf-8"))
    return {
        group: {code: Wording.model_validate(table) for code, table in entries.items()}
        for group, entries in tables.items()
    }


def say(group: str, code: str, **values: object) -> Sentence:
    """Return a sentence in English with *values* filled in; real numbers to six digits."""
    words = load_sentences()[group][code].en
    return Sentence(words.format_map({name: digits(value) for name, value in values.items()}))


def numbered(cell: int, counter: int | None) -> str:
    """Return a cell's number among the code cells, and Jupyter's where that is another one."""
    return str(cell) if counter in {None, cell} else f"{cell} (In [{counter}])"


def finished(words: str) -> Sentence:
    """Return words as a sentence that stands alone; a name at its beginning gets no capital."""
    words = words.strip().rstrip(".")
    is_word = words.partition(" ")[0].isalpha()
    return Sentence(f"{words[:1].upper() if is_word else words[:1]}{words[1:]}.")


def digits(value: object, count: int = 6) -> str:
    """
    Return a real number to *count* digits as people write it; no zero has a sign.

    A whole number keeps all its digits, and 100,000 or more is rounded to a whole one rather than
    written with a power of ten. Anything else than a number is returned as it is.
    """
    if value is None:
        return say("value", "none")
    if not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return _not_finite(value)
    if abs(value) < LARGEST_WHOLE and (value.is_integer() or abs(value) >= LARGEST_FRACTION):
        return whole(value)
    return f"{value:.{count}g}"


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return say("value", "not-a-number")
    return say("value", "infinity") if value > 0 else say("value", "minus-infinity")


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
