"""Each sentence of explanation is said of facts that bear it out, and of no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grader.results.file.measurements import (
    BiasFactors,
    BiasRow,
    Candidate,
    Candidates,
    FunctionFacts,
    Layer,
    Range,
    RangeAccuracy,
    Stage,
)
from grader.results.file.schema import Extra, Results
from report_templates.messages import languages, load_messages
from report_templates.parts.explanation.bias import LEFT, LeftAlone
from report_templates.parts.explanation.choice import CHOICES, OF_ALL, Choice, half
from report_templates.parts.explanation.conventions import CONVENTIONS
from report_templates.parts.explanation.functions import FUNCTIONS
from report_templates.parts.explanation.shapes import SHAPES
from report_templates.source import Source

BELL = Range(
    tensor="a.weight",
    layer="a",
    kind="weights",
    numel=1000,
    min=-2.0,
    max=2.0,
    width=4.0,
    mean=0.0,
    std=0.5,
    sigma_width=3.0,
    larger="actual",
    skewness=0.0,
    tail_weight=0.0,
    below=1,
    above=2,
    zeros=0,
    at_minimum=1,
    at_maximum=1,
)
RELU = BELL.model_copy(
    update={"kind": "activations", "min": 0.0, "after": ("relu", "pooling"), "zeros": 400}
)
POOLING = Layer(name="pool", type="max pooling 2x2", weights=0, input_shape=(1, 2, 2))
ACTUAL = Candidate(range="actual", step=0.016, mse=1e-5, clipping_mse=0, sqnr_db=40.0)
SIGMA = Candidate(
    range="three_sigma", step=0.012, mse=1e-4, clipping_mse=9e-5, sqnr_db=30, clipped_percent=0.3
)
LOSS = RangeAccuracy(
    actual_percent=80.0, three_sigma_percent=78.0, degradation=2.0, standard_error=0.5
)
MEASURED = Candidates(
    tensor="a.weight", layer="a", kind="weights", candidates=(ACTUAL, SIGMA), accuracy=LOSS
)
FACTORS = BiasFactors(
    accumulated=1800.0, weight=300.0, entering=6.0, weights_only=2e13, logit_size=6.0
)
STAGE = Stage(stage="bias_unquantized", images=100, correct=70, agreeing=90, standard_error=0.5)


def of(found: Any, **changed: Any) -> Any:
    return found.model_copy(update=changed)


def choice(range: Range = BELL, actual: Candidate = ACTUAL, sigma: Candidate = SIGMA) -> Choice:  # noqa: A002
    return Choice(name="a", range=range, actual=actual, sigma=sigma)


def alone(factors: BiasFactors = FACTORS, bias: float = 1.8, stage: Stage | None = STAGE) -> Any:
    row = BiasRow(name="ring", trained=bias, expected=3388)
    return LeftAlone(layer="fc3", factors=factors, largest=row, stage=stage)


def source(language: str = "en", **extra: Any) -> Source:
    return Source(results=Results(extra_data=Extra(**extra)), t=load_messages(language))


WIDER = of(BELL, larger="three_sigma", below=0, above=0, width=2.5)
FINE = of(SIGMA, sqnr_db=44.0)
COARSE = of(SIGMA, step=0.02, sqnr_db=37.0, clipped_percent=0.0)
# What each sentence needs, and facts for which it must not appear.
CASES: Mapping[str, tuple[Callable[..., Any], Any, Any]] = {
    "shapes.bell": (SHAPES["bell"], [BELL], [of(BELL, skewness=0.9)]),
    "shapes.right": (SHAPES["right"], [of(BELL, skewness=0.6)], [of(BELL, skewness=-0.6)]),
    "shapes.left": (SHAPES["left"], [of(BELL, skewness=-0.6)], [of(BELL, skewness=0.6)]),
    "shapes.off_centre": (
        SHAPES["off_centre"],
        [of(BELL, mean=0.2, max=2.4)],
        [of(RELU, mean=0.9)],
    ),
    "shapes.pooled": (SHAPES["pooled"], [RELU], [of(RELU, after=("relu",))]),
    "shapes.unpooled": (SHAPES["unpooled"], [of(RELU, after=("relu",))], [RELU]),
    "shapes.zeros": (SHAPES["zeros"], [RELU], [of(RELU, after=())]),
    "shapes.both_signs": (SHAPES["both_signs"], [of(BELL, kind="activations")], [BELL, RELU]),
    "shapes.outliers": (SHAPES["outliers"], [BELL], [WIDER]),
    "shapes.none_beyond": (SHAPES["none_beyond"], [WIDER], [BELL]),
    "shapes.heavy": (SHAPES["heavy"], [of(BELL, tail_weight=3.0)], [BELL]),
    "shapes.light": (SHAPES["light"], [of(WIDER, tail_weight=-1.2)], [WIDER]),
    "shapes.saturated": (
        SHAPES["saturated"],
        [of(BELL, at_maximum=20)],
        [BELL, of(RELU, at_minimum=400)],  # zeros of ReLU saturate nothing
    ),
    "choice.exact": (CHOICES["exact"], choice(actual=of(ACTUAL, sqnr_db=130.0)), choice()),
    "choice.clipping": (CHOICES["clipping"], choice(), choice(sigma=FINE)),
    "choice.coarser": (CHOICES["coarser"], choice(WIDER, sigma=COARSE), choice()),
    "choice.wider_and_clips": (
        CHOICES["wider_and_clips"],
        choice(of(WIDER, above=3), sigma=of(COARSE, clipped_percent=0.3)),
        choice(WIDER, sigma=COARSE),
    ),
    "choice.alike": (CHOICES["alike"], choice(sigma=of(SIGMA, sqnr_db=39.8)), choice()),
    "choice.three_sigma": (CHOICES["three_sigma"], choice(sigma=FINE), choice()),
    "choice.felt": (OF_ALL["felt"], [MEASURED], [of(MEASURED, accuracy=of(LOSS, degradation=0))]),
    "choice.not_felt": (
        OF_ALL["not_felt"],
        [of(MEASURED, accuracy=of(LOSS, degradation=0.9))],
        [MEASURED],
    ),
    "choice.half": (half, [RELU], [BELL, of(BELL, kind="activations")]),
    "functions.max_abs": (
        FUNCTIONS["max_abs"],
        FunctionFacts(rule="max_abs", level=127.0),
        FunctionFacts(rule="three_sigma", level=127.0),
    ),
    "functions.three_sigma": (
        FUNCTIONS["three_sigma"],
        FunctionFacts(rule="three_sigma", level=127.0),
        FunctionFacts(rule="max_abs", level=127.0),
    ),
    "functions.min_max": (
        FUNCTIONS["min_max"],
        FunctionFacts(rule="min_max", level=127.5),
        FunctionFacts(rule="max_abs", level=127.5),
    ),
    "functions.powers": (
        FUNCTIONS["powers"],
        FunctionFacts(powers_of_two=True, least_level=70.0, most_level=120.0),
        FunctionFacts(least_level=70.0, most_level=120.0),
    ),
    "functions.open": (
        FUNCTIONS["open"],
        FunctionFacts(least_level=70.0, most_level=120.0),
        FunctionFacts(rule="max_abs", level=127, least_level=127.0, most_level=127.0),
    ),
    "functions.float": (
        FUNCTIONS["float"],
        FunctionFacts(requantizing="float"),
        FunctionFacts(requantizing="divisor"),
    ),
    "functions.fixed_point": (
        FUNCTIONS["fixed_point"],
        FunctionFacts(requantizing="fixed_point", fraction_bits=16),
        FunctionFacts(requantizing="float"),
    ),
    "functions.divisor": (
        FUNCTIONS["divisor"],
        FunctionFacts(requantizing="divisor"),
        FunctionFacts(requantizing="float"),
    ),
    "functions.nearest": (
        FUNCTIONS["nearest"],
        FunctionFacts(rounding="nearest"),
        FunctionFacts(rounding="floor"),
    ),
    "functions.floor": (
        FUNCTIONS["floor"],
        FunctionFacts(rounding="floor"),
        FunctionFacts(rounding="truncated"),
    ),
    "functions.truncated": (
        FUNCTIONS["truncated"],
        FunctionFacts(rounding="truncated"),
        FunctionFacts(),
    ),
    "functions.input_otherwise": (
        FUNCTIONS["input_otherwise"],
        FunctionFacts(rounding="floor", input_rounding="nearest"),
        FunctionFacts(rounding="nearest", input_rounding="nearest"),
    ),
    "functions.clamp": (
        FUNCTIONS["clamp"],
        FunctionFacts(clamp_low=-128.0, clamp_high=127.0),
        FunctionFacts(clamp_low=-(2.0**31), clamp_high=2.0**31),
    ),
    "functions.clamp_wide": (
        FUNCTIONS["clamp_wide"],
        FunctionFacts(clamp_low=-(2.0**31), clamp_high=2.0**31),
        FunctionFacts(clamp_low=-128.0, clamp_high=127.0),
    ),
    "bias_alone.vanishes": (LEFT["vanishes"], alone(), alone(of(FACTORS, weights_only=300.0))),
    "bias_alone.shrinks": (LEFT["shrinks"], alone(of(FACTORS, weights_only=300.0)), alone()),
    "bias_alone.large": (LEFT["large"], alone(), alone(bias=0.1)),
    "bias_alone.small": (LEFT["small"], alone(bias=0.1), alone()),
    "bias_alone.others": (LEFT["others"], alone(), alone(stage=of(STAGE, agreeing=100))),
}
# Numbers for which a sentence would not be true, though they are near those that it is about.
UNTRUE: tuple[tuple[str, Any], ...] = (
    # As far from 0 on both sides, or farther on the other one: which is filled less is not clear.
    ("shapes.off_centre", [of(BELL, mean=0.2)]),
    ("shapes.off_centre", [of(BELL, mean=0.2, min=-3.0)]),
    # Average pooling does not keep the largest value; nor is every pooled value one of ReLU's.
    ("shapes.pooled", [of(RELU, after=("pooling",))]),
    # All of them are negative.
    ("shapes.both_signs", [of(BELL, kind="activations", max=-0.1)]),
    # No value lies far from the mean, so that none of them sets the range.
    ("shapes.heavy", [of(WIDER, tail_weight=3.0)]),
    # One value among many leaves the kurtosis as it is, and stands out.
    ("shapes.light", [of(BELL, tail_weight=-1.2)]),
    # Five of a thousand are no pile.
    ("shapes.saturated", [of(BELL, at_maximum=5)]),
    # What lies outside the 3-sigma range is inside it once it is symmetric: nothing is clipped.
    ("choice.wider_and_clips", choice(of(WIDER, above=3), sigma=COARSE)),
    # Better by luck: its step is no finer, and nothing is clipped.
    ("choice.three_sigma", choice(sigma=of(COARSE, sqnr_db=44.0))),
    # Both are exact: the sentence on the actual range says so.
    ("choice.three_sigma", choice(actual=of(ACTUAL, sqnr_db=120.0), sigma=of(SIGMA, sqnr_db=140))),
    # Hardly anything of a large bias is lost, so that it is not small.
    ("bias_alone.small", alone(of(FACTORS, weights_only=1.01), bias=10.0)),
    # By how many places is not known.
    ("functions.fixed_point", FunctionFacts(requantizing="fixed_point")),
)
PIXELS = Range(layer="input", kind="activations", numel=40, std=1.0)
IMAGE = Layer(name="conv1", weights=9, input_shape=(1, 2, 2))
# The same for the sentences that rest on the whole file.
OF_FILES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "network": ({"ranges": (BELL,)}, {}),
    "deviation": ({"ranges": (BELL,)}, {"ranges": (of(BELL, std=None),)}),
    "calibration": (
        {"ranges": (PIXELS,), "layers": (IMAGE,)},
        {"ranges": (of(PIXELS, numel=4),), "layers": (IMAGE,)},
    ),
    "one_image": (
        {"ranges": (of(PIXELS, numel=4),), "layers": (IMAGE,)},
        {"ranges": (PIXELS,), "layers": (IMAGE,)},
    ),
    "errors": ({"candidates": (MEASURED,)}, {"candidates": (Candidates(),)}),
    "chance": (
        {"accuracy_stages": (STAGE,)},
        {"accuracy_stages": (of(STAGE, standard_error=None),)},
    ),
}


def test_every_sentence_has_facts_for_and_against_it() -> None:
    """No rule is without a case here."""
    rules = {
        *(f"shapes.{key}" for key in SHAPES),
        *(f"choice.{key}" for key in (*CHOICES, *OF_ALL, "half")),
        *(f"functions.{key}" for key in FUNCTIONS),
        *(f"bias_alone.{key}" for key in LEFT),
    }

    assert CASES.keys() == rules
    assert OF_FILES.keys() == CONVENTIONS.keys()


@pytest.mark.parametrize("key", CASES)
def test_a_sentence_is_said_of_the_facts_that_bear_it_out(key: str) -> None:
    """It can be said in every language, and nothing is left to be filled in."""
    rule, facts, _ = CASES[key]
    for language in languages():
        told = source(language, layers=(POOLING,))
        values = rule(told, facts)

        assert values is not None
        assert "{" not in told.t(key, **values)


@pytest.mark.parametrize("key", CASES)
def test_a_sentence_is_not_said_of_other_facts(key: str) -> None:
    """Facts that do not bear it out leave it unsaid."""
    rule, _, others = CASES[key]

    assert rule(source(layers=(POOLING,)), others) is None


@pytest.mark.parametrize(("key", "facts"), UNTRUE)
def test_a_sentence_is_not_said_where_it_would_be_untrue(key: str, facts: Any) -> None:
    """Of numbers that make it false it is not said, however like the others they are."""
    rule, _, _ = CASES[key]

    assert rule(source(layers=(POOLING,)), facts) is None


def test_average_pooling_is_not_said_to_keep_the_largest_value() -> None:
    """Where the network's pooling layers average, nothing is said of pooling's zeros."""
    average = of(POOLING, type="average pooling 2x2")

    assert SHAPES["pooled"](source(layers=(average,)), [RELU]) is None


@pytest.mark.parametrize("key", OF_FILES)
def test_a_convention_is_told_where_something_rests_on_it(key: str) -> None:
    """It is told of a file that has such numbers, and of no other."""
    has, has_not = OF_FILES[key]

    assert CONVENTIONS[key](source(**has), None) is not None
    assert CONVENTIONS[key](source(**has_not), None) is None
