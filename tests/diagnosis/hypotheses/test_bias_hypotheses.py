"""What explains a wrong bias, and what must stay silent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from grader.border.conventions import Floats
from grader.border.probes import Scales
from grader.tasks.accumulator_bias.hypotheses import explain
from grader.tasks.hypotheses.factors import MISTAKES, Accumulator
from tests.diagnosis.made import bias_made, bits32, names_of

FACTOR_IDS = {
    "misses-all-scales": "bias-not-scaled",
    "multiplies-by-accumulated-scale": "bias-divided-by-scale",
}
VARIANTS = [
    pytest.param(FACTOR_IDS.get(name, f"bias-{name}"), accumulator, id=f"{name} {i}")
    for name, variants in MISTAKES.items()
    for i, accumulator in enumerate(variants)
]
OTHERS: dict[str, Callable[[Floats, Scales], Floats]] = {
    "bias-clamped-to-8-bits": lambda b, s: np.clip(np.rint(b * s.accumulator), -128, 127),
    "bias-clamped-to-16-bits": lambda b, s: np.clip(np.rint(b * s.accumulator), -32768, 32767),
    "bias-wrong-sign": lambda b, s: bits32(-b * s.accumulator),
    "bias-not-rounded": lambda b, s: b * s.accumulator,
    "bias-shape-changed": lambda b, s: bits32(b * s.accumulator).reshape(-1, 1),
    "bias-scale-from-own-range": lambda b, _s: np.rint(b * 127 / np.abs(b).max()),
    "bias-factor-powers": lambda b, s: bits32(b * s.accumulator * s.weight / s.input),
}


@pytest.mark.parametrize(("finding", "accumulator"), VARIANTS)
def test_wrong_factors_are_named(finding: str, accumulator: Accumulator) -> None:
    """A wrong product of factors is named, and by that name alone."""
    answers = bias_made(lambda b, s: bits32(b * accumulator(s)))

    assert names_of(explain(answers)) == [finding]


@pytest.mark.parametrize("finding", OTHERS)
def test_other_mistakes_are_named(finding: str) -> None:
    """What was done to the right product is named, and by that name alone."""
    assert names_of(explain(bias_made(OTHERS[finding]))) == [finding]


@pytest.mark.parametrize(
    "quantize",
    [
        lambda b, s: bits32(b * s.accumulator),
        lambda b, s: np.rint(b * s.accumulator),
        lambda b, s: np.floor(b * s.accumulator),
    ],
    ids=["clamped", "not clamped", "floor"],
)
def test_right_bias_has_no_mistake(quantize: Callable[[Floats, Scales], Floats]) -> None:
    """The right product is not explained by any mistake, however it is rounded."""
    assert explain(bias_made(quantize)) == []


def test_zeros_are_not_explained() -> None:
    """All zeros fit every factor that is small enough, so none of them is named."""
    assert explain(bias_made(lambda b, _s: np.zeros_like(b))) == []
