"""What explains wrong scales and biases where an output scale holds all that came before it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.border.conventions import Floats
from grader.border.probes import Scales
from grader.tasks.accumulator_bias.hypotheses import explain
from grader.tasks.hypotheses.factors import CUMULATIVE_MISTAKES, Accumulator
from grader.tasks.hypotheses.fit import Fit
from grader.tasks.scales import output_scales
from grader.tasks.scales.hypotheses import explain_outputs
from tests.diagnosis.made import LIMITS, Multiplier, bias_made, bits32, names_of, outputs_made
from tests.editions.notations import MIXED

OUTPUTS, BIAS = MIXED.task("activations"), MIXED.task("bias")
BITS = 16
# Of a layer that others come before, these are what it should be, or cannot be known.
OF_FIRST_LAYERS = ("misses-input-scale", "input-scale-not-inverted")
OF_A_BIAS = ("own-output-scale", "with-own-output-scale")
IDS = {
    "misses-all-scales": "bias-not-scaled",
    "multiplies-by-accumulated-scale": "bias-divided-by-scale",
}


def variants(*left_out: str) -> list[object]:
    return [
        pytest.param(name, accumulator, id=f"{name} {i}")
        for name, every in CUMULATIVE_MISTAKES.items()
        if name not in left_out
        for i, accumulator in enumerate(every)
    ]


def largest(x: Floats) -> float:
    return float(np.abs(x).max())


def explained(multiplier: Multiplier, *, factors_wrong: bool = True) -> list[Fit]:
    return explain_outputs(
        outputs_made(multiplier, OUTPUTS),
        LIMITS,
        factors_wrong=factors_wrong,
        range_wrong=True,
        fraction_bits=BITS,
    )


@pytest.mark.parametrize(("name", "accumulator"), variants(*OF_A_BIAS))
def test_wrong_entering_scale_is_named(name: str, accumulator: Accumulator) -> None:
    """A wrong scale of what enters a layer is named, and by that name alone."""
    found = explained(lambda x, s: 127 / (largest(x) * accumulator(s)))

    assert names_of(found) == [f"activations-{name}"]


@pytest.mark.parametrize(("name", "accumulator"), variants(*OF_FIRST_LAYERS))
def test_wrong_entering_scale_of_a_bias_is_named(name: str, accumulator: Accumulator) -> None:
    """A bias by another layer's scale is named, though the accuracy hardly moves."""
    found = explain(bias_made(lambda b, s: bits32(b * accumulator(s)), BIAS))

    assert names_of(found) == [IDS.get(name, f"bias-{name}")]


def test_shifted_bias_is_named() -> None:
    """A bias that is a fixed-point number, on its right scale or on none, is named."""
    shifted = explain(bias_made(lambda b, s: bits32(b * s.accumulator * 2.0**BITS), BIAS))
    alone = explain(bias_made(lambda b, _s: bits32(b * 2.0**BITS), BIAS))

    assert (names_of(shifted), shifted[0].values["places"]) == (["bias-shifted"], BITS)
    assert (names_of(alone), alone[0].values["places"]) == (["bias-in-fixed-point"], BITS)


def test_right_scales_have_no_mistake() -> None:
    """The right product is not explained by any mistake."""
    assert explained(lambda x, s: 127 / (largest(x) * s.accumulator)) == []
    assert explain(bias_made(lambda b, s: bits32(b * s.accumulator), BIAS)) == []


def test_unknown_powers_of_later_layers_are_measured() -> None:
    """Powers that no known mistake has are printed for the layers in which they are wrong."""
    found = explained(
        lambda x, s: 127 / (largest(x) * s.accumulator * (s.weight if s.preceding else 1) ** 2)
    )

    assert names_of(found) == ["activations-factor-powers"]
    assert found[0].values["powers"] == "s_w^3 · s_o_prev[2]"
    assert found[0].values["wanted"] == "s_w · s_o_prev[2]"


def test_unknown_powers_of_the_first_layer_are_measured() -> None:
    """Where the first layer's formula alone is wrong, that is what is printed."""
    found = explained(
        lambda x, s: 127 / (largest(x) * s.accumulator * (1 if s.preceding else s.weight) ** 2)
    )

    assert names_of(found) == ["activations-factor-powers"]
    assert found[0].values["powers"] == "s_w^3 / s_initial_input"
    assert found[0].values["wanted"] == "s_w / s_initial_input"


def test_sum_without_the_range_of_its_output_is_named() -> None:
    """An M that is not divided by the layer's own scale follows from the factors alone."""
    found = explained(lambda _x, s: 1.0 / s.accumulator, factors_wrong=False)

    assert names_of(found) == ["activations-misses-own-scale"]


@pytest.mark.parametrize("edge", [127.0, 127.5, 128.0])
def test_scale_in_fixed_point_is_named(edge: float) -> None:
    """A whole number of 2^-16 in the place of M is named, however few digits it has."""
    found = explained(
        lambda x, s: float(np.rint(edge / (largest(x) * s.accumulator) * 2.0**BITS)),
        factors_wrong=False,
    )

    assert names_of(found) == ["activations-scale-in-fixed-point"]


BESIDE: dict[str, Multiplier] = {
    "constant": lambda _x, _s: 0.02,
    "inverted": lambda x, _s: 127 / largest(x),
    "is-multiplier": lambda x, s: 127 / (largest(x) * s.accumulator),
    "of-another-range": lambda x, _s: 3 * float(x.std()) / 127,
}


@pytest.mark.parametrize("name", BESIDE)
def test_wrong_output_scale_is_named(name: str) -> None:
    """A wrong scale beside a right M is named by what it is, else by M's own."""
    answers = outputs_made(
        lambda x, s: 127 / (largest(x) * s.accumulator), OUTPUTS, output=BESIDE[name]
    )

    found = output_scales.explain(answers, OUTPUTS, [], sums_right=True)

    assert names_of(found) == [f"activations-output-scale-{name}"]


NAMES = {
    *(f"activations-{name}" for name in CUMULATIVE_MISTAKES if name not in OF_A_BIAS),
    *(f"activations-output-scale-{name}" for name in (*BESIDE, "first")),
    *(IDS.get(n, f"bias-{n}") for n in CUMULATIVE_MISTAKES if n not in OF_FIRST_LAYERS),
    "activations-misses-own-scale",
    "activations-scale-in-fixed-point",
}
"""The findings that are brought about here."""


def test_swapped_scales_are_named() -> None:
    """Both values are right, in the other's place."""
    answers = outputs_made(
        lambda x, _s: largest(x) / 127,
        OUTPUTS,
        output=lambda x, s: 127 / (largest(x) * s.accumulator),
    )

    found = output_scales.explain(answers, OUTPUTS, [], sums_right=False)

    assert names_of(found) == ["activations-output-scale-first"]


def test_output_scale_upside_down_explains_its_consequences() -> None:
    """What M suffers from inverted scales is not told as a mistake of its own."""

    def of_inverted(x: Floats, s: Scales) -> float:
        entering = math.prod(entry[0] for entry in s.preceding[-1:]) if s.preceding else None
        return 127 * (entering or 1 / s.input) / (largest(x) * s.weight)

    answers = outputs_made(of_inverted, OUTPUTS, output=lambda x, _s: 127 / largest(x))
    sums = explain_outputs(answers, LIMITS, factors_wrong=True, range_wrong=True)

    found = output_scales.explain(answers, OUTPUTS, sums, sums_right=False)

    assert names_of(sums) == ["activations-factor-powers"]
    assert names_of(found) == ["activations-output-scale-inverted"]


def test_scales_that_no_rule_gives_stay_unnamed() -> None:
    """Where M is wrong for an unknown reason, nothing is said of the scale beside it."""
    answers = outputs_made(
        lambda x, s: 127 / (largest(x) * math.sqrt(s.accumulator)),
        OUTPUTS,
        output=lambda x, _s: 3 * float(x.std()) / 127,
    )

    assert output_scales.explain(answers, OUTPUTS, [], sums_right=False) == []
