"""
A message is data: a code and the values that belong in its sentence.

Only who shows it chooses the language and how numbers are written; a file keeps it as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Self

from grader.words.catalogue import sentences
from grader.words.numbers import digits

_HAN, _LATIN = "[\u4e00-\u9fff]", "[A-Za-z0-9\u2212]"
_CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"  # with its punctuation
_ENDS_CHINESE = re.compile(f"{_CHINESE} *$")
_BEGINS_CHINESE = re.compile(f" *{_CHINESE}")
_MEETS = re.compile(f"{_HAN}{_LATIN}|{_LATIN}{_HAN}")
_FULL_STOP: Mapping[str, str] = {"en": ".", "zh_TW": "。"}
_MOST_NESTED = 8
UNREADABLE = "…"
_WORD = re.compile(r"[a-z0-9_]+")

Write = Callable[[float], str]
"""How a number is written."""


@dataclass(frozen=True)
class Message:
    """
    One sentence: *code* names it in the catalogue, *values* are what stands in its braces.

    A text among the values is a name or somebody's own words, the same in every language, unless
    the catalogue has ``words`` for it, or it brings its words in a language: ``title_zh_TW``.
    """

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Return a hash that equal messages share."""
        return hash(self.code)

    def __str__(self) -> str:
        """Return the words in English."""
        return self.said_in("en")

    def said_in(self, language: str, write: Write = digits) -> str:
        """Return the words; raise KeyError for what this version has no words for."""
        words = sentences()[self.code].in_language(language)
        given = {
            name: self._worded(name, self.values.get(f"{name}_{language}", value), language, write)
            for name, value in self.values.items()
        }
        for name, said in given.items():
            begins = name == "reason" or f". {{{name}}}" in words
            if begins and isinstance(self.values[name], Message):
                given[name] = _capitalized(said, language)
        return fill(words, given)

    def _worded(self, name: str, value: Value, language: str, write: Write) -> str:
        known = sentences().get(f"words.{name}.{value}") if isinstance(value, str) else None
        if known is None:
            return say_value(value, language, write)
        others = {
            key: str(other) if isinstance(other, int) else say_value(other, language, write)
            for key, other in self.values.items()
        }
        return fill(known.in_language(language), others)

    def as_json(self) -> dict[str, Any]:
        """Return the message as JSON's types."""
        values = {name: as_json(value) for name, value in self.values.items()}
        return {"code": self.code, "values": values}

    @classmethod
    def of_json(cls, fields: object, depth: int = 0) -> Self | None:
        """Return the message in what ``as_json`` returned, None where it is none."""
        if not isinstance(fields, Mapping) or not isinstance(fields.get("code"), str):
            return None
        values = fields.get("values", fields.get("parameters"))  # what they were called once
        if not isinstance(values, Mapping) or depth > _MOST_NESTED:
            return None
        read = {str(name): of_json(value, depth + 1) for name, value in values.items()}
        return cls(fields["code"], read)


Value = Message | str | int | float


def message(code: str, **values: object) -> Message:
    """Return a message; raise KeyError where it cannot be said, for its code or for a value."""
    made = Message(code, {name: plain(value) for name, value in values.items()})
    made.said_in("en")
    return made


def say(group: str, code: str, **values: object) -> Message:
    """Return the message ``group.code``; raise KeyError where it cannot be said."""
    return message(f"{group}.{code}", **values)


def named(group: str, name: str, otherwise: Value | None = None) -> Value:
    """Return a group's words for a name of ours; *otherwise*, or the name, where it has none."""
    words = _WORD.findall(name.lower().replace("'", ""))
    code = f"{group}.{'-'.join(words)}"
    if code in sentences():
        return Message(code)
    return name if otherwise is None else otherwise


def listed(parts: Sequence[Message]) -> Message:
    """Return several messages as one: ``first, second, third``."""
    first, *rest = parts
    return say("list", "more", first=first, rest=listed(rest)) if rest else first


def plain(value: object) -> Value:
    """Return a value as one that a message may hold; not finite numbers have words."""
    if value is None:
        return Message("value.none")
    if isinstance(value, Message | str):
        return value
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        return _finite(float(value))
    return str(value)


def _finite(value: float) -> Value:
    if math.isnan(value):
        return Message("value.not-a-number")
    if math.isinf(value):
        return Message("value.infinity" if value > 0 else "value.minus-infinity")
    return value


def say_value(value: Value, language: str = "en", write: Write = digits) -> str:
    """Return a message's words, a number as it is written, a text as it is."""
    if isinstance(value, Message):
        return value.said_in(language, write)
    return value if isinstance(value, str) else write(value)


def as_json(value: Value) -> Any:
    """Return a value as JSON's types."""
    return value.as_json() if isinstance(value, Message) else value


def of_json(value: object, depth: int = 0) -> Value:
    """Return the value in what ``as_json`` returned."""
    nested = Message.of_json(value, depth)
    if nested is not None:
        return nested
    return plain(value) if isinstance(value, str | int | float | None) else UNREADABLE


def sentence(told: Message | None, language: str = "en", write: Write = digits) -> str:
    """Return a message as a sentence that stands alone; a name at its beginning stays as it is."""
    if told is None:
        return ""
    return f"{_capitalized(told.said_in(language, write), language)}{_FULL_STOP[language]}"


def _capitalized(words: str, language: str) -> str:
    is_word = language == "en" and words.partition(" ")[0].isalpha()
    return f"{words[:1].upper() if is_word else words[:1]}{words[1:]}"


def tell(fields: object, language: str, otherwise: str) -> str:
    """
    Return a stored message in *language*.

    Return *otherwise* where none was stored, or one that this version has no words for.
    """
    told = Message.of_json(fields)
    try:
        return otherwise if told is None else told.said_in(language)
    except KeyError:
        return otherwise


def fill(words: str, values: Mapping[str, object]) -> str:
    """
    Return *words* with *values* in its braces; raise KeyError where one is missing.

    Chinese words stand close to each other, and apart from letters and digits.
    """
    said = ""
    for place, piece in enumerate(re.split(r"\{(\w+)\}", words)):
        given = str(values[piece]) if place % 2 else piece
        if _ENDS_CHINESE.search(said) and _BEGINS_CHINESE.match(given):
            said, given = said.rstrip(" "), given.lstrip(" ")
        elif _MEETS.fullmatch(said[-1:] + given[:1]):
            said += " "
        said += given
    return said
