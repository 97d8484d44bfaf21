"""Known mistakes in ``float_to_fixed_scale``: what a number is computed from, its rounding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from grader.border.conventions import describe
from grader.sandbox.protocol import Value
from grader.tasks.fixed_point_table import checks, patterns
from grader.tasks.fixed_point_table.formulas import (
    BEFORE,
    FIRST,
    OWN,
    WEIGHT,
    Formula,
    Sample,
    find,
    of_bias,
    of_input,
    of_layers,
)
from grader.tasks.fixed_point_table.seen import TableAnswer, TableAnswers
from grader.tasks.hypotheses.fit import Fit, fit
from grader.words.message import say

_LAYER_IDS: Mapping[str, str] = {
    "s_prev / s_out": "fixed-scales-miss-weight-scale",
    "s_w / s_out": "fixed-scales-miss-preceding-scale",
    "s_w": "fixed-scales-own-for-preceding",
    "s_w · s_prev": "fixed-scales-miss-output-scale",
    "s_w · s_out / s_prev": "fixed-scales-swapped",
    "s_out / (s_w · s_prev)": "fixed-scales-inverted",
    "s_w · s_quant / s_out": "fixed-scales-input-for-preceding",
    "1 / s_out": "fixed-scales-of-the-output-alone",
    "s_out": "fixed-scales-of-the-output-alone",
    "s_w · s_quant · … · s_prev / s_out": "fixed-scales-every-preceding-scale",
    "s_w_prev · s_prev / s_out": "fixed-scales-other-layers",
    "s_w_next · s_prev / s_out": "fixed-scales-other-layers",
    "s_w_first · s_prev / s_out": "fixed-scales-other-layers",
    "s_w · s_prev_prev / s_out": "fixed-scales-other-layers",
    "s_w · s_prev_prev / s_prev": "fixed-scales-other-layers",
    "s_w_prev · s_prev_prev / s_prev": "fixed-scales-other-layers",
    "s_w · m_prev / s_out": "fixed-scales-entry-for-preceding",
    "s_w / (m_prev · s_out)": "fixed-scales-entry-for-preceding",
}
_BIAS_IDS: Mapping[str, str] = {
    "b / (s_w · s_prev)": "fixed-bias-shifted",
    "b / s_prev": "fixed-bias-misses-weight-scale",
    "b / s_w": "fixed-bias-misses-preceding-scale",
    "b / (s_w · s_out)": "fixed-bias-own-scale",
    "b / s_out": "fixed-bias-own-scale",
    "b / (s_w · s_prev_prev)": "fixed-bias-earlier-layer",
    "b / s_prev_prev": "fixed-bias-earlier-layer",
    "b / (s_w · s_quant)": "fixed-bias-earlier-layer",
    "b / (s_w_first · s_quant)": "fixed-bias-earlier-layer",
    "b / (s_w_prev · s_prev_prev)": "fixed-bias-earlier-layer",
    "b / (s_w · s_quant · … · s_prev)": "fixed-bias-every-preceding-scale",
    "b / s_quant · … · s_prev": "fixed-bias-every-preceding-scale",
    "b": "fixed-bias-not-scaled",
    "b · s_w · s_prev": "fixed-bias-multiplied",
}


def explain(answers: TableAnswers) -> list[Fit]:
    """Return what explains each part of the answers that is wrong: keys, input, layers, bias."""
    every = answers.all
    if all(map(checks.is_template, every)):
        return [fit("template-stub", value=say("fixed", "stub-both"))]
    found: list[Fit] = []
    if all(a.has_table for a in every):
        found += _explain_table(answers)
    if all(map(checks.has_no_bias, every)):
        return [*found, fit("template-stub", value=say("fixed", "stub-bias"))]
    return [*found, *(_explain_bias(answers) if all(a.has_bias for a in every) else ())]


def explain_returns(answers: TableAnswers) -> list[Fit]:
    """Return whether bias and dict came back in the wrong order, or something else than a dict."""
    pairs = [a.whole.items if a.whole is not None else () for a in answers.all]
    if not all(len(pair) == 2 for pair in pairs):
        return []
    shown, key = describe(pairs[0][0]), answers.all[0].given.layers[0]
    if all(_is_dict(pair[1]) and not _is_dict(pair[0]) for pair in pairs):
        return [fit("fixed-returns-swapped", actual=shown)]
    if all(pair[0].kind in _NOT_BY_NAME or _has_other_keys(pair[0]) for pair in pairs):
        return [fit("fixed-scales-not-by-name", actual=shown, key=key)]
    return []


_NOT_BY_NAME = ("list", "tuple", "array", "tensor")


def _is_dict(value: Value) -> bool:
    return value.kind == "dict"


def _has_other_keys(value: Value) -> bool:
    """Return whether a value is a dict whose keys are no strings."""
    return value.kind == "other" and value.type_name == "dict"


# -- the table ----------------------------------------------------------------------------------


def _explain_table(answers: TableAnswers) -> list[Fit]:
    if all(map(checks.has_zeros, answers.all)):
        return [fit("template-stub", value=say("fixed", "stub-scales"))]
    first, *_ = answers.all
    layers = [key for key in first.given.layers if all(a.has(key) for a in answers.all)]
    found = [*_explain_keys(first), *_explain_wrapped(first), *_explain_json(first)]
    if all(a.has(first.given.first) for a in answers.all):
        found += _explain_entries(answers, [first.given.first], _explain_input)
    found += _explain_entries(answers, layers, _explain_layers)
    ids = [one.finding for one in found]
    return [one for place, one in enumerate(found) if one.finding not in ids[:place]]


def _explain_keys(a: TableAnswer) -> list[Fit]:
    missing, extra = checks.missing_keys(a), checks.extra_keys(a)
    if not missing and not extra:
        return []
    names = [checks.key_names(keys) or "-" for keys in (missing, extra)]
    return [fit("fixed-keys-differ", missing=names[0], extra=names[1])]


def _explain_wrapped(a: TableAnswer) -> list[Fit]:
    held = checks.wrapped(a)
    return (
        [fit("fixed-scales-wrapped", key=held[0][0], actual=describe(held[0][1]))] if held else []
    )


def _explain_json(a: TableAnswer) -> list[Fit]:
    unwritable = checks.unwritable(a)
    if not unwritable:
        return []
    key, entry = unwritable[0]
    return [fit("fixed-scales-not-json", key=key, type=entry.type_name)]


Named = tuple[str, Formula]
"""A finding's id, and the formula that was used."""
Explain = Callable[[Sequence[Sample], Sequence[Sample]], Named | None]


def _explain_entries(answers: TableAnswers, keys: Sequence[str], explain: Explain) -> list[Fit]:
    """Return what explains those of the entries under *keys* that are wrong."""
    judged = [_entries(a, keys) for a in answers.all]
    lost = {s.layer for s in chain(*judged) if not _is_accepted(s)}
    wrong = [s for s in chain(*judged) if s.layer in lost]
    telling = [*chain(*(_entries(a, [*lost]) for a in answers.telling if a.has(*lost)))]
    explained = explain(wrong, telling) if lost else None
    if explained is None:
        return []
    finding, formula = explained
    shown = next(s for s in wrong if not _is_accepted(s))
    layers = checks.key_names([key for key in keys if key in lost])
    numbers = {"key": shown.layer, "layers": layers, "formula": formula.text()}
    return [fit(finding, **numbers, right=_right(shown).text(), **_compared(shown))]


def _entries(a: TableAnswer, keys: Iterable[str]) -> list[Sample]:
    expected = a.given.expected
    return [
        Sample(
            given=a.given,
            layer=key,
            actual=a.numbers[key],
            exact=expected[key],
            numbers=a.numbers,
        )
        for key in keys
    ]


def _is_accepted(s: Sample) -> bool:
    every = (replace(s, exact=exact) for exact in s.given.accepted(s.layer))
    return any(map(patterns.is_right, every))


def _right(s: Sample) -> Formula:
    """Return the formula of an entry."""
    if s.layer == s.given.first:
        return Formula(((FIRST, -1),))
    return Formula(((WEIGHT, 1), (BEFORE, 1), (OWN, -1)), s.given.places)


def _compared(s: Sample) -> dict[str, object]:
    return {"actual": _whole(s.actual), "expected": _whole(s.exact, 1), "exact": f"{s.exact:.6g}"}


def _whole(number: float, digits: int = 0) -> int | float:
    """Return a whole number as an int, any other as it is, or rounded where *digits* says so."""
    rounded = float(np.rint(number))
    is_whole = bool(digits) or rounded == number
    return int(rounded) if is_whole and abs(rounded) < 2.0**53 else number


def _explain_input(wrong: Sequence[Sample], telling: Sequence[Sample]) -> Named | None:
    right = _right(wrong[0])
    if patterns.is_constant(telling):
        return "fixed-input-constant", right
    if rounding := patterns.rounding_of("scales", wrong, right):
        return rounding, right
    found = find(telling, of_input())
    if found is None or found == right:
        return None
    inverted = found.powers == right.powers
    return "fixed-input-shifted" if inverted else "fixed-input-not-inverted", found


_LAYER_PATTERNS: Sequence[tuple[str, Callable[[Sequence[Sample]], bool]]] = (
    ("fixed-scales-clamped", patterns.is_clamped),
    ("fixed-scales-wrap-around", patterns.is_wrapped),
    ("fixed-scales-constant", patterns.is_constant),
)


def _explain_layers(wrong: Sequence[Sample], telling: Sequence[Sample]) -> Named | None:
    right = _right(wrong[0])
    for name, is_there in _LAYER_PATTERNS:
        if is_there(telling):
            return name, right
    if rounding := patterns.rounding_of("scales", wrong, right):
        return rounding, right
    if patterns.is_rounded_first(telling):
        return "fixed-scales-rounded-before-shift", right
    found = find(telling, of_layers())
    if found is None or found == right:
        return None
    return _layer_finding(found, right), found


def _layer_finding(found: Formula, right: Formula) -> str:
    if found.powers == right.powers:
        return "fixed-scales-places" if found.places else "fixed-scales-not-shifted"
    name = Formula(found.powers).text()
    return _LAYER_IDS.get(name, "fixed-scales-other-formula")


# -- the bias -----------------------------------------------------------------------------------


def _explain_bias(answers: TableAnswers) -> list[Fit]:
    judged = [*chain(*map(_bias_samples, answers.all))]
    wrong = [s for s in judged if not patterns.is_right(s)]
    telling = [*chain(*(_bias_samples(a) for a in answers.telling if a.has_bias))]
    explained = _bias_finding(judged, telling) if wrong else None
    if explained is None:
        return []
    finding, formula = explained
    shown = max(wrong, key=lambda s: abs(s.value))
    texts = {"formula": formula.text("b"), "right": _RIGHT_BIAS.text("b")}
    return [fit(finding, bias=shown.value, **texts, **_compared(shown))]


_RIGHT_BIAS = Formula(((WEIGHT, -1), (BEFORE, -1)))


def _bias_finding(judged: Sequence[Sample], telling: Sequence[Sample]) -> Named | None:
    if rounding := patterns.rounding_of("bias", judged, _RIGHT_BIAS):
        return rounding, _RIGHT_BIAS
    if patterns.is_clamped(judged):
        return "fixed-bias-clamped", _RIGHT_BIAS
    if patterns.is_wrapped(judged):
        return "fixed-bias-wraps-around", _RIGHT_BIAS
    if patterns.has_own_range(judged):
        return "fixed-bias-own-range", _RIGHT_BIAS
    found = find(telling, of_bias())
    if found is None or found == _RIGHT_BIAS:
        return None
    name = Formula(found.powers).text("b")
    return _BIAS_IDS.get(name, "fixed-bias-other-formula"), found


def _bias_samples(a: TableAnswer) -> list[Sample]:
    values = np.asarray(a.given.bias, dtype=np.float64).reshape(-1)
    return [
        Sample(
            given=a.given,
            layer=a.given.biased,
            actual=float(actual),
            exact=float(exact),
            value=float(value),
            numbers=a.numbers,
        )
        for actual, exact, value in zip(a.integers, a.given.expected_bias, values, strict=True)
    ]
