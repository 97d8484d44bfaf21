"""What explains wrong scales of the input and of the layers, and what must stay silent."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from grader.border.conventions import Floats
from grader.border.probes import Scales
from grader.tasks.hypotheses.factors import MISTAKES, Accumulator
from grader.tasks.hypotheses.ranges import STATISTICS, Sample, explain_range
from grader.tasks.scales.hypotheses import explain_input, explain_outputs
from grader.words.message import say_value
from tests.diagnosis.made import LIMITS, Multiplier, input_made, names_of, outputs_made


def _max_abs(x: Floats) -> float:
    return float(np.abs(x).max())


INPUTS: dict[str, Callable[[Floats], float]] = {
    "input-scale-twice-too-large": lambda x: 255 / _max_abs(x),
    "input-scale-wastes-range": lambda x: 7 / _max_abs(x),
    "input-scale-too-large": lambda x: 1000 / _max_abs(x),
    "input-scale-hard-coded": lambda _x: 127.5,
    "input-max-without-abs": lambda x: 127 / float(x.max()),
    "input-min-only": lambda x: 128 / -float(x.min()),
    "input-scale-from-mean-abs": lambda x: 127 / float(np.abs(x).mean()),
    "input-scale-from-std": lambda x: 127 / float(x.std()),
    "input-scale-from-count": lambda x: 127 / x.size,
    "input-scale-inverted": lambda x: _max_abs(x) / 127,
}
RANGES: dict[str, Multiplier] = {
    "activations-scale-twice-too-large": lambda x, s: 255 / (_max_abs(x) * s.accumulator),
    "activations-scale-wastes-range": lambda x, s: 7 / (_max_abs(x) * s.accumulator),
    "activations-scale-too-large": lambda x, s: 900 / (_max_abs(x) * s.accumulator),
    "activations-max-without-abs": lambda x, s: 127 / (float(x.max()) * s.accumulator),
    "activations-scale-from-mean-abs": lambda x, s: (
        127 / (float(np.abs(x).mean()) * s.accumulator)
    ),
    "activations-scale-from-std": lambda x, s: 127 / (float(x.std()) * s.accumulator),
    "activations-scale-from-count": lambda x, s: 127 / (x.size * s.accumulator),
    "activations-scale-from-input-range": lambda _x, s: 127 / s.accumulator,
    "activations-scale-constant": lambda _x, _s: 0.004,
    "activations-scale-inverted": lambda x, s: _max_abs(x) * s.accumulator / 127,
}
VARIANTS = [
    pytest.param(name, accumulator, id=f"{name} {i}")
    for name, variants in MISTAKES.items()
    for i, accumulator in enumerate(variants)
]


@pytest.mark.parametrize("finding", INPUTS)
def test_wrong_input_scale_is_named(finding: str) -> None:
    """An input scale from the wrong statistic is named, and by that name alone."""
    assert names_of(explain_input(input_made(INPUTS[finding]), LIMITS)) == [finding]


@pytest.mark.parametrize("finding", RANGES)
def test_wrong_output_range_is_named(finding: str) -> None:
    """An output scale with the right factors and a wrong range is named by its range alone."""
    found = explain_outputs(
        outputs_made(RANGES[finding]), LIMITS, factors_wrong=False, range_wrong=True
    )

    assert names_of(found) == [finding]


def test_a_probe_is_called_one_in_every_language() -> None:
    """A finding that is shown on an input of ours says that it is a probe."""
    answers = outputs_made(RANGES["activations-max-without-abs"])

    (found,) = explain_outputs(answers, LIMITS, factors_wrong=False, range_wrong=True)

    place = found.values["place"]
    assert say_value(place).startswith("probe “")
    assert say_value(place, "zh_TW").startswith("測試資料「")


@pytest.mark.parametrize(("name", "accumulator"), VARIANTS)
def test_wrong_factors_are_named(name: str, accumulator: Accumulator) -> None:
    """A wrong product of factors is named, and by that name alone."""
    answers = outputs_made(lambda x, s: 127 / (_max_abs(x) * accumulator(s)))

    found = explain_outputs(answers, LIMITS, factors_wrong=True, range_wrong=True)

    assert names_of(found) == [f"activations-{name}"]


@pytest.mark.parametrize(("name", "accumulator"), VARIANTS)
def test_wrong_factors_are_named_under_another_range_rule(
    name: str, accumulator: Accumulator
) -> None:
    """Which factors are wrong shows under a range that no formula gives, such as a search."""

    def searched(x: Floats, s: Scales) -> float:
        return 127 / (float(np.percentile(np.abs(x), 99.7)) * accumulator(s))

    found = explain_outputs(outputs_made(searched), LIMITS, factors_wrong=True, range_wrong=True)

    assert names_of(found) == [f"activations-{name}"]


def test_unknown_powers_are_measured() -> None:
    """Factors in powers that no known mistake has are printed as they were measured."""
    answers = outputs_made(
        lambda x, s: 127 / (_max_abs(x) * s.accumulator * s.weight**2 / s.input)
    )

    found = explain_outputs(answers, LIMITS, factors_wrong=True, range_wrong=False)

    assert names_of(found) == ["activations-factor-powers"]
    assert found[0].values["powers"].startswith("n_w^3 · ns[0][0]")


def test_two_independent_mistakes_are_both_named() -> None:
    """A missing factor does not hide a missing abs."""
    answers = outputs_made(lambda x, s: 127 / (float(x.max()) * s.accumulator / s.input))

    found = explain_outputs(answers, LIMITS, factors_wrong=True, range_wrong=True)

    assert names_of(found) == ["activations-misses-input-scale", "activations-max-without-abs"]


def test_powers_that_are_no_whole_numbers_stay_unnamed() -> None:
    """A square root of the factors is nothing that is known, and gets no name."""
    answers = outputs_made(lambda x, s: 127 / (_max_abs(x) * math.sqrt(s.accumulator)))

    assert explain_outputs(answers, LIMITS, factors_wrong=True, range_wrong=True) == []


@pytest.mark.parametrize("prefix", ["weights", "input", "activations"])
def test_every_statistic_has_a_name_for_every_kind_of_scale(prefix: str) -> None:
    """Whatever statistic a scale was taken from, the catalogue has a word for it."""
    arrays = [np.random.default_rng(i).normal((i - 2) / 10, 1.0, 90 + i) for i in range(6)]
    named = []
    for statistic in ("max-without-abs", "min-only", "from-mean-abs", "from-std", "from-count"):
        samples = [
            Sample(place=f"{i}", values=x, multiplier=127 / STATISTICS[statistic](x))
            for i, x in enumerate(arrays)
        ]
        named += names_of(explain_range(prefix, samples, 60, 190))

    assert named[:2] == [f"{prefix}-max-without-abs", f"{prefix}-min-only"]
    assert named[2:] == [f"{prefix}-scale-from-{s}" for s in ("mean-abs", "std", "count")]


def test_right_scales_have_no_mistake() -> None:
    """The right formula is not explained by any mistake."""
    answers = outputs_made(lambda x, s: 127 / (_max_abs(x) * s.accumulator))

    assert explain_outputs(answers, LIMITS, factors_wrong=False, range_wrong=True) == []
    assert explain_input(input_made(lambda x: 127 / _max_abs(x)), LIMITS) == []


@pytest.mark.parametrize(
    "statistic",
    [
        lambda x: 3 * float(x.std()) + abs(float(x.mean())),
        lambda x: float(np.percentile(np.abs(x), 99.9)),
        lambda x: float(x.max() - x.min()) / 2,
    ],
)
def test_upside_down_is_named_whatever_the_range_rule(
    statistic: Callable[[Floats], float],
) -> None:
    """A scale that grows with the values is upside down, whichever range it was taken from."""
    inputs = explain_input(input_made(lambda x: statistic(x) / 127), LIMITS)
    outputs = explain_outputs(
        outputs_made(lambda x, s: statistic(x) / (127 * s.accumulator / s.weight)),
        LIMITS,
        factors_wrong=True,
        range_wrong=True,
    )

    assert names_of(inputs) == ["input-scale-inverted-by-growth"]
    assert names_of(outputs) == ["activations-scale-inverted-by-growth"]
