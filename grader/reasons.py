"""
Why something is not taken, as a code with parameters, and the words for it in every language.

What was handed in may be refused long before anybody reads why, and by somebody who reads another
language: so the code and the parameters are kept, and ``reasons.toml`` says them to whoever asks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import product
from string import Formatter
from typing import Any, Self

LANGUAGES = ("en", "zh_TW")
Parameter = str | int | float
_Words = Mapping[str, Mapping[str, str]]  # code -> language -> sentence


@dataclass(frozen=True)
class Reason:
    """
    One reason: *code* names the sentence, *parameters* are what stands in its braces.

    A parameter for whose name the catalogue has ``words`` is itself said in the language.
    """

    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @classmethod
    def of(cls, code: str, **parameters: Parameter) -> Self:
        """Return the reason; raise KeyError where it cannot be said in some language."""
        reason = cls(code, parameters)
        for language in LANGUAGES:
            reason.said_in(language)
        return reason

    def said_in(self, language: str) -> str:
        """Return the sentence; raise KeyError for what this version has no words for."""
        values = {
            name: _worded(name, value, self.parameters, language)
            for name, value in self.parameters.items()
        }
        return sentences()[self.code][language].format_map(values)

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.said_in("en")

    def as_json(self) -> dict[str, Any]:
        """Return the reason as JSON's types."""
        return {"code": self.code, "parameters": dict(self.parameters)}

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> Self:
        """Return the reason in what ``as_json`` returned."""
        return cls(str(fields["code"]), dict(fields["parameters"]))


def tell(fields: Mapping[str, Any] | None, language: str, otherwise: str) -> str:
    """
    Return a stored reason in *language*.

    Return *otherwise* where none was stored, or one that this version has no words for.
    """
    if not fields:
        return otherwise
    try:
        return Reason.of_json(fields).said_in(language)
    except KeyError:
        return otherwise


def forms(language: str) -> Iterator[tuple[str, str]]:
    """Yield every sentence in English and in *language*, the words of parameters put in."""
    for said in sentences().values():
        names = [name for _, name, _, _ in Formatter().parse(said["en"]) if name]
        worded = [name for name in names if name in words()]
        for chosen in product(*(words()[name].values() for name in worded)):
            pair = [said["en"], said[language]]
            for name, word in zip(worded, chosen, strict=True):
                told = (word["en"], word[language])
                pair = [
                    sentence.replace(f"{{{name}}}", one)
                    for sentence, one in zip(pair, told, strict=True)
                ]
            yield pair[0], pair[1]


@cache
def sentences() -> _Words:
    """Return every reason's sentences by code."""
    return _sentences(_catalogue()["reasons"])


@cache
def words() -> Mapping[str, _Words]:
    """Return what parameters stand for: their name -> value -> language -> words."""
    return {name: _sentences(table) for name, table in _catalogue()["words"].items()}


def _worded(
    name: str, value: Parameter, parameters: Mapping[str, Parameter], language: str
) -> Parameter:
    said = words().get(name, {}).get(str(value))
    return value if said is None else said[language].format_map(parameters)


def _sentences(table: Mapping[str, Any], prefix: str = "") -> dict[str, Mapping[str, str]]:
    """Return a nested table's innermost ones by their dotted names."""
    found: dict[str, Mapping[str, str]] = {}
    for name, value in table.items():
        if set(LANGUAGES) <= value.keys():
            found[prefix + name] = value
        else:
            found |= _sentences(value, f"{prefix}{name}.")
    return found


@cache
def _catalogue() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("grader").joinpath("reasons.toml").read_text("utf-8"))
