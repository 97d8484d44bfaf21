"""Known mistakes in ``float_to_fixed_scale``: what a number is computed from, its rounding."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from grader.border.conventions import describe
from grader.tasks.fixed_point_table import checks
from grader.tasks.fixed_point_table.formulas import (
    BEFORE,
    FEWEST,
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

# Of a number that was not rounded at all.
UNROUNDED = 1e-3
# A range of fewer integers than this tells nothing.
FEWEST_LEVELS = 7

_LAYER_IDS: Mapping[str, str] = {
    "s_prev / s_out": "fixed-scales-miss-weight-scale",
    "s_w / s_out": "fixed-scales-miss-preceding-scale",
    "s_w": "fixed-scales-own-for-preceding",
    "s_w · s_prev": "fixed-scales-miss-output-scale",
    "s_w · s_out / s_prev": "fixed-scales-swapped",
    "s_out / (s_w · s_prev)": "fixed-scales-inverted",
    "s_w · s_quant / s_out": "fixed-scales-input-for-preceding",
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
    """Return whether bias and dict came back in the wrong order."""
    for a in answers.all:
        parts = a.whole.items if a.whole is not None else ()
        if len(parts) != 2 or parts[1].kind != "dict" or parts[0].kind == "dict":
            return []
    shown = answers.all[0].whole
    return [] if shown is None else [fit("fixed-returns-swapped", actual=describe(shown.items[0]))]


# -- the table ----------------------------------------------------------------------------------


def _explain_table(answers: TableAnswers) -> list[Fit]:
    if all(map(checks.has_zeros, answers.all)):
        return [fit("template-stub", value=say("fixed", "stub-scales"))]
    first, *_ = answers.all
    layers = [key for key in first.given.layers if all(a.has(key) for a in answers.all)]
    found = [*_explain_keys(first), *_explain_json(first)]
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
    lost = {s.layer for s in chain(*judged) if not _is_right(s)}
    wrong = [s for s in chain(*judged) if s.layer in lost]
    telling = [*chain(*(_entries(a, [*lost]) for a in answers.telling if a.has(*lost)))]
    explained = explain(wrong, telling) if lost else None
    if explained is None:
        return []
    finding, formula = explained
    shown = next(s for s in wrong if not _is_right(s))
    layers = checks.key_names([key for key in keys if key in lost])
    numbers = {"key": shown.layer, "layers": layers, "formula": formula.text()}
    return [fit(finding, **numbers, right=_right(shown).text(), **_compared(shown))]


def _entries(a: TableAnswer, keys: Iterable[str]) -> list[Sample]:
    expected = a.given.expected
    return [
        Sample(given=a.given, layer=key, actual=a.numbers[key], exact=expected[key])
        for key in keys
    ]


def _is_right(s: Sample) -> bool:
    return s.actual == np.rint(s.actual) and checks.is_near(s.actual, s.exact)


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
    if _is_constant(telling):
        return "fixed-input-constant", right
    if rounding := _explain_rounding("scales", wrong, right):
        return rounding, right
    found = find(telling, of_input())
    if found is None or found == right:
        return None
    inverted = found.powers == right.powers
    return "fixed-input-shifted" if inverted else "fixed-input-not-inverted", found


def _explain_layers(wrong: Sequence[Sample], telling: Sequence[Sample]) -> Named | None:
    right = _right(wrong[0])
    if _is_clamped(telling):
        return "fixed-scales-clamped", right
    if _is_constant(telling):
        return "fixed-scales-constant", right
    if rounding := _explain_rounding("scales", wrong, right):
        return rounding, right
    if _is_rounded_first(telling):
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


def _is_constant(samples: Sequence[Sample]) -> bool:
    """Return whether each entry holds the same number in all sets."""
    numbers: dict[str, set[float]] = {}
    for sample in samples:
        numbers.setdefault(sample.layer, set()).add(sample.actual)
    return all(len(found) == 1 for found in numbers.values())


def _is_rounded_first(samples: Sequence[Sample]) -> bool:
    """Return whether the multipliers became whole numbers before they were shifted."""
    unit = 2.0 ** samples[0].given.places
    cut = all(s.actual == math.floor(s.exact / unit) * unit for s in samples)
    rounded = all(s.actual == np.rint(s.exact / unit) * unit for s in samples)
    return (cut or rounded) and sum(s.actual != 0.0 for s in samples) >= FEWEST


def _is_clamped(samples: Sequence[Sample]) -> bool:
    """Return whether right numbers were limited to a range, in which others are right."""
    low, high = (end([0.0, *(s.actual for s in samples)]) for end in (min, max))
    clipped = [s for s in samples if not low - 0.5 <= s.exact <= high + 0.5]
    inside = (s for s in samples if low - 0.5 <= s.exact <= high + 0.5)
    ends = all(s.actual == (high if s.exact > high else low) for s in clipped)
    return low < high and len(clipped) >= FEWEST and ends and all(map(_is_right, inside))


def _explain_rounding(what: str, wrong: Sequence[Sample], right: Formula) -> str:
    """Return which rounding makes of the right formula what came back, ``""`` where none does."""
    if right.gives(wrong, UNROUNDED):
        return f"fixed-{what}-not-rounded"
    cut = any(all(s.actual == down(s.exact) for s in wrong) for down in (math.trunc, math.floor))
    return f"fixed-{what}-cut-off" if cut else ""


# -- the bias -----------------------------------------------------------------------------------


def _explain_bias(answers: TableAnswers) -> list[Fit]:
    judged = [*chain(*map(_bias_samples, answers.all))]
    wrong = [s for s in judged if not _is_right(s)]
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
    if rounding := _explain_rounding("bias", judged, _RIGHT_BIAS):
        return rounding, _RIGHT_BIAS
    if _is_clamped(judged):
        return "fixed-bias-clamped", _RIGHT_BIAS
    if _has_own_range(judged):
        return "fixed-bias-own-range", _RIGHT_BIAS
    found = find(telling, of_bias())
    if found is None or found == _RIGHT_BIAS:
        return None
    name = Formula(found.powers).text("b")
    return _BIAS_IDS.get(name, "fixed-bias-other-formula"), found


def _has_own_range(samples: Sequence[Sample]) -> bool:
    """Return whether every set's largest value became one and the same integer."""
    by_set: dict[int, list[Sample]] = {}
    for sample in samples:
        by_set.setdefault(id(sample.given), []).append(sample)
    end = max(abs(s.actual) for s in samples)
    return end >= FEWEST_LEVELS and all(_is_stretched(those, end) for those in by_set.values())


def _is_stretched(samples: Sequence[Sample], end: float) -> bool:
    """Return whether the largest of some values became *end*, and the others in proportion."""
    largest = max(abs(s.value) for s in samples)
    return all(abs(s.actual - end * s.value / largest) <= 1.0 for s in samples)


def _bias_samples(a: TableAnswer) -> list[Sample]:
    values = np.asarray(a.given.bias, dtype=np.float64).reshape(-1)
    return [
        Sample(
            given=a.given,
            layer=a.given.biased,
            actual=float(actual),
            exact=float(exact),
            value=float(value),
        )
        for actual, exact, value in zip(a.integers, a.given.expected_bias, values, strict=True)
    ]
