"""What each of the student's functions does, in words, as the probes found it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.results.file.measurements import FunctionFacts
from report_templates.page.blocks import Block, Prose
from report_templates.page.numbers import decimal, integer
from report_templates.parts.explanation.sentences import said
from report_templates.source import Source

Names = Mapping[str, str]
WIDE = 2.0**30  # an edge beyond that is one of 32 bits


def explained(source: Source, task: str) -> tuple[Block, ...]:
    """Return what the function of a task does; nothing where the probes left it open."""
    found = source.extra.functions.get(task)
    if found is None:
        return ()
    rules = {f"functions.{key}": rule for key, rule in FUNCTIONS.items()}
    sentences = tuple(said(source, rules, found))
    if not sentences:
        return ()
    words = source.t("gap").join((source.t("functions.lead"), *sentences))
    return (Prose(paragraphs=(words,)),)


def _rule(name: str) -> Callable[[Source, FunctionFacts], Names | None]:
    def rule(_source: Source, found: FunctionFacts) -> Names | None:
        if found.rule != name or found.level is None:
            return None
        return {"level": _level(found.level)}

    return rule


def _level(value: float | None) -> str:
    return decimal(value, 1).removesuffix(".0")


def _powers(_source: Source, found: FunctionFacts) -> Names | None:
    if not found.powers_of_two or found.least_level is None:
        return None
    return {"least": _level(found.least_level), "most": _level(found.most_level)}


def _open(_source: Source, found: FunctionFacts) -> Names | None:
    if found.rule or found.powers_of_two or found.least_level is None:
        return None
    return {"least": _level(found.least_level), "most": _level(found.most_level)}


def _rounding(name: str) -> Callable[[Source, FunctionFacts], Names | None]:
    return lambda _source, found: {} if found.rounding == name else None


def _input_otherwise(source: Source, found: FunctionFacts) -> Names | None:
    if not found.input_rounding or found.input_rounding == found.rounding:
        return None
    return {"how": source.t(f"functions.how_{found.input_rounding}")}


def _requantizing(name: str) -> Callable[[Source, FunctionFacts], Names | None]:
    def rule(_source: Source, found: FunctionFacts) -> Names | None:
        whole = name == "fixed_point"
        if found.requantizing != name or (whole and found.fraction_bits is None):
            return None
        return {"bits": integer(found.fraction_bits)}

    return rule


def _clamp(_source: Source, found: FunctionFacts) -> Names | None:
    low, high = found.clamp_low, found.clamp_high
    if low is None or high is None or high >= WIDE:
        return None
    return {"low": integer(low), "high": integer(high)}


def _clamp_wide(_source: Source, found: FunctionFacts) -> Names | None:
    low, high = found.clamp_low, found.clamp_high
    return {} if low is not None and high is not None and -low >= WIDE and high >= WIDE else None


FUNCTIONS: Mapping[str, Callable[[Source, FunctionFacts], Names | None]] = {
    "max_abs": _rule("max_abs"),
    "three_sigma": _rule("three_sigma"),
    "min_max": _rule("min_max"),
    "powers": _powers,
    "open": _open,
    "float": _requantizing("float"),
    "fixed_point": _requantizing("fixed_point"),
    "divisor": _requantizing("divisor"),
    "nearest": _rounding("nearest"),
    "floor": _rounding("floor"),
    "truncated": _rounding("truncated"),
    "input_otherwise": _input_otherwise,
    "clamp": _clamp,
    "clamp_wide": _clamp_wide,
}
