"""
What the grader says of a student's work, by code, from ``sentences.toml``.

Results are written in English. The file has every sentence in every language, so that a document
says in its own what a run has written; a sentence that is not in the file cannot be written.
"""

from __future__ import annotations

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
LARGEST_WHOLE = 1e10  # whole numbers beyond are written with a power of ten


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


def digits(value: object, count: int = 6) -> str:
    """
    Return a real number to *count* digits, a whole one with all of its own; no zero has a sign.

    Anything else is returned as it is.
    """
    if value is None:
        return say("value", "none")
    if not isinstance(value, float):
        return str(value)
    is_whole = value.is_integer() and abs(value) < LARGEST_WHOLE
    return whole(value) if is_whole else f"{value:.{count}g}"


def whole(value: float) -> str:
    """Return a whole number with all its digits, a zero without a sign."""
    text = f"{value:.0f}"
    return "0" if text == "-0" else text
