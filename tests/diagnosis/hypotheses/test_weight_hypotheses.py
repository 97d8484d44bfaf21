"""What explains wrong integers and wrong scales of weights, and what must stay silent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from grader.border.conventions import Floats
from grader.tasks.quantized_tensor.hypotheses import (
    explain_few_bits,
    explain_integers,
    explain_range_of_weights,
)
from tests.diagnosis.made import LIMITS, SCHEME, clipped, names_of, weights_made

Quantize = Callable[[Floats], tuple[Floats, float]]


def _with(multiplier: Callable[[Floats], float]) -> Quantize:
    return lambda w: (clipped(w, multiplier(w)), multiplier(w))


def _max_abs(w: Floats) -> float:
    return float(127 / np.abs(w).max())


RANGES: dict[str, Quantize] = {
    "weights-scale-twice-too-large": _with(lambda w: 2 * _max_abs(w)),
    "weights-scale-wastes-range": _with(lambda w: _max_abs(w) / 4),
    "weights-scale-too-large": _with(lambda w: 10 * _max_abs(w)),
    "weights-scale-constant": _with(lambda _w: 300.0),
    "weights-max-without-abs": _with(lambda w: 127 / w.max()),
    "weights-min-only": _with(lambda w: 128 / -w.min()),
    "weights-scale-from-mean-abs": _with(lambda w: 127 / np.abs(w).mean()),
    "weights-scale-from-std": _with(lambda w: 127 / w.std(ddof=1)),
    "weights-scale-from-count": _with(lambda w: 127 / w.size),
}
INTEGERS: dict[str, Quantize] = {
    "weights-scale-inverted": lambda w: (clipped(w, _max_abs(w)), 1 / _max_abs(w)),
    "weights-clamped-to-unsigned": lambda w: (
        np.clip(np.rint(w * _max_abs(w)), 0, 255),
        _max_abs(w),
    ),
    "weights-dequantized": lambda w: (clipped(w, _max_abs(w)) / _max_abs(w), _max_abs(w)),
    "weights-not-rounded": lambda w: (w * _max_abs(w), _max_abs(w)),
    "weights-not-clamped": lambda w: (np.rint(w * 2 * _max_abs(w)), 2 * _max_abs(w)),
    "weights-shifted-by-zero-point": lambda w: (
        np.clip(np.rint(w * _max_abs(w)) + 9, -128, 127),
        _max_abs(w),
    ),
    "weights-scale-of-other-integers": lambda w: (clipped(w, _max_abs(w)), 3 * _max_abs(w)),
    "weights-shape-changed": lambda w: (clipped(w, _max_abs(w)).reshape(-1, 1), _max_abs(w)),
}


@pytest.mark.parametrize("finding", RANGES)
def test_wrong_range_is_named(finding: str) -> None:
    """A scale taken from the wrong statistic is named, and by that name alone."""
    assert names_of(explain_range_of_weights(weights_made(RANGES[finding]), LIMITS)) == [finding]


@pytest.mark.parametrize("finding", INTEGERS)
def test_wrong_integers_are_named(finding: str) -> None:
    """Integers that do not belong to the returned scale are named, and by that name alone."""
    assert names_of(explain_integers(weights_made(INTEGERS[finding]), SCHEME)) == [finding]


@pytest.mark.parametrize(
    "multiplier",
    [
        _max_abs,
        lambda w: 127.5 / np.abs(w).max(),
        lambda w: 128 / np.abs(w).max(),
        lambda w: 255 / (w.max() - w.min()),
        lambda w: 127 / np.abs([w.mean() - 3 * w.std(), w.mean() + 3 * w.std()]).max(),
        lambda w: 2.0 ** np.floor(np.log2(_max_abs(w))),
        lambda w: 127 / np.percentile(np.abs(w), 99.9),
    ],
    ids=["127", "127.5", "128", "min-max", "three-sigma", "power-of-two", "percentile"],
)
def test_range_rules_that_an_edition_allows_are_no_mistakes(
    multiplier: Callable[[Floats], float],
) -> None:
    """Any sane range rule, even one that clips, gets no name."""
    assert explain_range_of_weights(weights_made(_with(multiplier)), LIMITS) == []


def test_what_no_hypothesis_reproduces_stays_unnamed() -> None:
    """Integers that only resemble a known mistake get no name."""
    rng = np.random.default_rng(0)

    def noisy(w: Floats) -> tuple[Floats, float]:
        noise = rng.integers(-3, 4, w.shape)
        return np.clip(np.rint(w * _max_abs(w)) + noise, 0, 127), _max_abs(w)

    assert explain_integers(weights_made(noisy), SCHEME) == []


def test_a_mistake_that_one_probe_refutes_is_not_named() -> None:
    """Unsigned clamping in all tensors but one is not what was done."""
    answers = weights_made(INTEGERS["weights-clamped-to-unsigned"])
    right = weights_made(lambda w: (clipped(w, _max_abs(w)), _max_abs(w)))
    mixed = {**answers.probes, "even": right.probes["even"]}
    both = type(answers)(own=answers.own, biased=answers.biased, probes=mixed)

    assert explain_integers(both, SCHEME) == []


FEW_BITS: dict[str, tuple[str, Quantize]] = {
    "by the whole range": ("weights-ternary", lambda w: _cut(w, 2 / (w.max() - w.min()))),
    "by the largest": ("weights-ternary", lambda w: _cut(w, 1 / np.abs(w).max())),
    "by a threshold": (
        "weights-ternary",
        lambda w: (np.sign(w) * (np.abs(w) > 0.7 * np.abs(w).mean()), 1 / np.abs(w).mean()),
    ),
    "signs": ("weights-one-bit", lambda w: (np.sign(w), 1 / np.abs(w).mean())),
    "not below zero": ("weights-one-bit", lambda w: (np.where(w < 0, -1.0, 1.0), 1.0)),
}


def _cut(w: Floats, multiplier: float) -> tuple[Floats, float]:
    return np.clip(np.rint(w * multiplier), -1, 1), float(multiplier)


@pytest.mark.parametrize("case", FEW_BITS)
def test_two_or_three_integers_are_named(case: str) -> None:
    """Weights of which only signs, or signs and zero, are left are named."""
    finding, quantize = FEW_BITS[case]

    assert names_of(explain_few_bits(weights_made(quantize))) == [finding]


def test_weights_that_all_become_zero_are_not_ternary() -> None:
    """Weights that are divided by their scale twice leave no sign: nothing is said of bits."""
    assert not explain_few_bits(weights_made(lambda w: (w * 0.0, _max_abs(w))))


@pytest.mark.parametrize(("low", "high"), [(-128, 127), (-127, 127)])
def test_the_zero_point_of_a_whole_range_is_named(low: int, high: int) -> None:
    """A zero-point that puts the smallest weight on the lowest integer is named."""

    def quantize(w: Floats) -> tuple[Floats, float]:
        multiplier = (high - low) / (w.max() - w.min())
        zero = np.rint(low - w.min() * multiplier)
        return np.clip(np.rint(w * multiplier) + zero, low, high), float(multiplier)

    found = explain_integers(weights_made(quantize), SCHEME)

    assert names_of(found) == ["weights-shifted-by-zero-point"]
