"""What a finding's words take from an edition: symbols, formulas, and which way up a scale is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache

from grader.editions.notation import Notation, SumMistake
from grader.editions.schema import Role, ScaleForm
from grader.words.catalogue import FINDING_PARTS, sentences
from grader.words.message import Value

_BRACES = re.compile(r"\{(\w+)\}")


def _by_the_sum(notation: Notation) -> str:
    """Return whether a scale is divided or multiplied by what the letter of the sum stands for."""
    return "divided" if notation.own.form is notation.letter.form else "multiplied"


_TEXTS: Mapping[str, Callable[[Notation], str]] = {
    "symbol": lambda notation: notation.own.text,
    "n": lambda notation: notation.own.text.partition("_")[0],
    "formula": lambda notation: notation.scale(notation.role),
    "right": lambda notation: notation.right_side(notation.role),
    "misapplied": lambda notation: notation.misapplied(notation.role),
    "range": lambda notation: notation.range(notation.role),
    "filled": lambda notation: notation.filled(notation.role),
    "A": lambda notation: notation.letter.text,
    "growth": lambda notation: notation.letter.factor.text(),
    "accumulated": lambda notation: notation.as_sum(notation.sum_factor),
    "list": lambda notation: notation.listed.name,
    "output": lambda notation: notation.symbol(Role.OUTPUT_SCALE).text,
    "output_formula": lambda notation: notation.scale(Role.OUTPUT_SCALE),
    "powered": _by_the_sum,
    "misplaced": _by_the_sum,
}
_ALTERED = "altered"
# Words about another scale than the one that the task returns.
_ROLES: Mapping[str, Role] = {
    "weights_scaled": Role.WEIGHT_SCALE,
    "scaled_twice": Role.WEIGHT_SCALE,
    "images_scaled": Role.INPUT_SCALE,
    "outputs_scaled": Role.REQUANTIZE_SCALE,
    "output_meets": Role.REQUANTIZE_SCALE,
}


@cache
def phrase_names() -> frozenset[str]:
    """Return the names in braces that an edition's notation fills in."""
    ends = f".{ScaleForm.MULTIPLIER}"
    codes = (code.split(".") for code in sentences() if code.endswith(ends))
    return frozenset({*_TEXTS, _ALTERED, *(code[1] for code in codes)})


def phrases(
    notation: Notation, finding: str, given: Collection[str] = (), form: str = ""
) -> dict[str, Value]:
    """
    Return what stands in a finding's words beside the *given* values, by name.

    *form* is that of the scale it is about, where that is not the one that the task returns.
    """
    codes = (f"finding.{finding}.{part}" for part in FINDING_PARTS)
    names = {name for code in codes if code in sentences() for name in _braces(code)}
    return _filled(notation, finding, names.difference(given), form)


def _filled(notation: Notation, finding: str, names: set[str], form: str) -> dict[str, Value]:
    said: dict[str, Value] = {}
    for name in sorted(phrase_names() & names):
        if name == _ALTERED:
            said[name] = notation.altered(SumMistake(finding.partition("-")[2]))
        elif name in _TEXTS:
            said[name] = _TEXTS[name](notation)
        else:
            which = str(form or notation.symbol(_ROLES.get(name, notation.role)).form)
            said[name] = which
            within = {*_braces(f"words.{name}.{which}")}
            said |= _filled(notation, finding, within, form)
    return said


def _braces(code: str) -> list[str]:
    """Return the names in the braces of a sentence."""
    return _BRACES.findall(sentences()[code].en)
