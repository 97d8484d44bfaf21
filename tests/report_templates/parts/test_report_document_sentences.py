"""Every other sentence of a document has facts for which it appears, and facts for which not."""

# ruff: noqa: RUF001 - dashes and quotes are what is printed

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from report_templates.messages import languages
from tests.report_templates.parts.test_report_comparisons import COMPARISONS, SUMMARY, variant
from tests.report_templates.parts.test_report_discussion import CASES as DISCUSSED
from tests.report_templates.parts.test_report_sentences import CASES as EXPLAINED
from tests.report_templates.parts.test_report_sentences import OF_FILES as CONVENTIONS
from tests.report_templates.sentences import OF_ALL, Case, Facts, appears, said, sentences


def judged(outcome: str = "passed", score: float | None = 2, **extra: Any) -> dict[str, Any]:
    extra = {"task": "weights", "task_title": "Weights", "outcome": outcome, **extra}
    found = {"max_score": 2, "extra_data": extra}
    return found if score is None else {**found, "score": score}


def rated(*tests: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return {"tests": tests, "max_score": 2 * len(tests), **extra}


def comparing(group: str, **changed: Any) -> dict[str, Any]:
    return {"comparisons": {**COMPARISONS, group: {**COMPARISONS[group], **changed}}}


NOTHING: Facts = {}
RIGHT, WRONG = rated(judged()), rated(judged("failed", 0))
RAISED, WAITS = rated(judged("errored", 0)), rated(judged("pending", None))
NOTED = rated(judged("failed", 0), findings=[{"id": "x", "task": "weights", "title": "T"}])
CHECK = {"check": "weights.scale", "outcome": "failed", "evidence": {"expected": "2"}}
HAND = rated(judged(decision={"points": 1}))
INSTEAD = rated(judged(decision={"points": 1, "automatic": 2}))
CHANGED = {"decisions": {"score": 1, "automatic_score": 2}}
FLOAT = {"stage": "float", "percent": 80.0, "correct": 80, "images": 100, "source": "course"}
OWN = {**FLOAT, "stage": "weights", "percent": 79.0, "correct": 79, "source": "student"}
LOST = {**OWN, "degradation": 1.0, "title": "It"}
LENT: Facts = {"accuracy_stages": [{**LOST, "substituted": ["weights"]}]}
STAGES: Facts = {"accuracy_stages": [FLOAT, OWN]}
OTHERS: Facts = {"accuracy_stages": [FLOAT, {**OWN, "source": "reference"}]}
JUDGED: Facts = {"accuracy_stages": [FLOAT, {**OWN, "stage": "weights_judged"}]}
LAYER = {
    "name": "fc",
    "weights": 4,
    "weight_multiplier": 2.0,
    "output_multiplier": 0.5,
    "landing_level": 120.0,
    "clipped_percent": 0.0,
    "weight_counts": [0] * 127 + [1, 2, 1] + [0] * 126,
}
LAYERS: Facts = {"edition": "cs5120-2021", "layers": [LAYER], "input_multiplier": 4.0}
HALF: Facts = {**LAYERS, "layers": [{**LAYER, "output_multiplier": None}]}
NO_INPUT: Facts = {**LAYERS, "input_multiplier": None}
REPLACED: Facts = {**LAYERS, "substituted": ["weights"]}
# The layer's sums are 4 x 2 = 8 times as large; their largest is 8 x 30 x 0.5 = 120.
RANGE = {
    "layer": "fc",
    "kind": "activations",
    "numel": 6,
    "min": -30.0,
    "max": 20.0,
    "mean": 0.0,
    "std": 15.0,
    "larger": "three_sigma",
    "histogram": {"low": -30.0, "high": 20.0, "counts": [1, 4, 1]},
}
MEASURED: Facts = {"ranges": [RANGE]}
OF_WEIGHTS: Facts = {"ranges": [{**RANGE, "kind": "weights"}]}
HIGH: Facts = {"ranges": [{**RANGE, "histogram": {**RANGE["histogram"], "counts": [1, 999, 1]}}]}
CANDIDATE = {"layer": "fc", "kind": "weights", "candidates": [{"range": "actual", "mse": 0.1}]}
CANDIDATES: Facts = {"candidates": [CANDIDATE]}
OF_INPUTS: Facts = {"candidates": [{**CANDIDATE, "kind": "activations"}]}
CODE: Facts = {"code": {"weights": {"title": "f", "source": "pass"}}}
LONG: Facts = {"code": {"weights": {"title": "f", "source": "pass\n" * 160}}}
CELLS = [{"title": "1", "source": "pass"}]
ROW = {"class": "ring", "float": 1.8, "expected": 3388}
GIVEN: Facts = {"bias": {"layer": "fc", "values": [{**ROW, "actual": 3387}]}}
MISSING: Facts = {"bias": {"layer": "fc", "values": [ROW]}}
CLAIMS: Facts = {"claims": [{"what": "accuracy.float", "claimed": "80"}]}
ANSWER: Facts = {"challenge": [{"titles": ["a"], "parts": ["fewer_bits"], "percent": 70.0}]}
MATRIX = {"classes": ["a", "b"], "float": [[3, 1], [0, 4]]}
BEFORE: Facts = {"confusion": MATRIX}
AFTER: Facts = {"confusion": {**MATRIX, "quantized": [[2, 2], [0, 4]]}}
SIX = {**OWN, "correct": 6, "substituted": ["forward"]}
BORROWED: Facts = {**AFTER, "accuracy_stages": [SIX]}
BITS: Facts = {"bit_widths": [{"bits": 8, "percent": 52.0}]}
COMPARED: Facts = {"comparisons": COMPARISONS}
NONE_COMPARED: Facts = {"comparisons": {}}
ALIKE = comparing(
    "of_1998",
    variants=[
        *COMPARISONS["of_1998"]["variants"][:2],
        variant("average_pooling", 980, 0.0, 0.3),
        variant("sigmoid", 990, -1.0, 0.2),
        {**variant("all", 980, 0.0, 0.3), "epochs": 20},
    ],
)
UNLIKE = comparing(
    "of_1998",
    variants=[
        one if one["name"] != "softmax" else {**one, "epochs": None}
        for one in COMPARISONS["of_1998"]["variants"]
    ],
)
_QUANTIZED = [variant("float", 980, None, None), variant("ptq", 980, 0.0, 0.1)]
SMALL: Facts = {"comparisons": {**COMPARISONS, "quantized_training": _QUANTIZED}}
OWN_CODE: Facts = {"sandbox": {"own_code": True}}
SUMMED: Facts = {"summary": SUMMARY}

CASES: Mapping[str, Case] = {
    "score.caption": Case(part="score_overview", facts=NOTED, others=RIGHT),
    "score.caption_clean": Case(part="score_overview", facts=RIGHT, others=NOTED),
    "score.judged": Case(
        part="judgement_of:weights", facts=RIGHT, others=NOTHING, prints="“Weights”"
    ),
    "score.empty": Case(part="score_overview", facts=NOTHING, others=RIGHT),
    # 2 of 4 points wait; the other 2 are judged.
    "score.standing": Case(
        part="score_overview",
        facts=rated(judged(), judged("pending", None)),
        others=RIGHT,
        prints="of 2, 2 points wait",
    ),
    "score.pending": Case(part="score_overview", facts=WAITS, others=RIGHT),
    "decisions.by_hand": Case(
        part="judgement_of:weights", facts=HAND, others=INSTEAD, prints="By hand 1 of 2."
    ),
    "decisions.by_hand_instead": Case(
        part="judgement_of:weights", facts=INSTEAD, others=HAND, prints="1 of 2; automatic 2."
    ),
    "decisions.automatic": Case(
        part="score_overview",
        facts={**RIGHT, **CHANGED},
        others={**RIGHT, "decisions": {"score": 2, "automatic_score": 2}},
        prints="score is 2.",
    ),
    "findings.lead": Case(part="findings", facts=NOTED, others=WRONG),
    "findings.clean": Case(part="findings", facts=RIGHT, others=WRONG),
    "findings.clean_so_far": Case(
        part="findings", facts=rated(judged(), judged("by_people", None)), others=RIGHT
    ),
    "findings.unjudged": Case(part="findings", facts=WAITS, others=RIGHT),
    "findings.unknown": Case(part="findings", facts=WRONG, others=RAISED),
    "findings.broken": Case(part="findings", facts=RAISED, others=WRONG),
    # Forty are shown.
    "findings.more": Case(
        part="findings",
        facts={**WRONG, "findings": NOTED["findings"] * 42},
        others={**WRONG, "findings": NOTED["findings"] * 40},
        prints="2 further",
    ),
    "evidence.caption": Case(
        part="judgement_of:weights",
        facts=rated(judged("failed", 0, checks=[CHECK])),
        others=rated(judged(checks=[{**CHECK, "outcome": "passed"}])),
    ),
    "accuracy.caption": Case(part="accuracy_table", facts=STAGES, others=NOTHING),
    "accuracy.note": Case(part="accuracy_table", facts=OTHERS, others=STAGES),
    "accuracy.judged": Case(part="accuracy_table", facts=JUDGED, others=STAGES),
    "accuracy.chart": Case(part="accuracy_chart", facts=STAGES, others=NOTHING),
    "accuracy.alt": Case(part="accuracy_chart", facts=STAGES, others=NOTHING, prints="79.00 %"),
    "accuracy.empty": Case(part="accuracy_chart", facts=NOTHING, others=STAGES),
    "accuracy.no_stage": Case(part="accuracy_chart", facts=NOTHING, others=STAGES),
    "network.caption": Case(part="architecture", facts=LAYERS, others=NOTHING),
    "network.empty": Case(part="architecture", facts=NOTHING, others=LAYERS),
    "network.summary": Case(part="model_summary", facts=SUMMED, others=NOTHING),
    "network.summary_note": Case(
        part="model_summary", facts=SUMMED, others=NOTHING, prints="parameters: 8; others: 0"
    ),
    "scales.caption": Case(part="scales", facts=LAYERS, others=REPLACED),
    "scales.caption_judged": Case(part="scales", facts=REPLACED, others=LAYERS),
    "scales.input": Case(part="scales", facts=LAYERS, others=NO_INPUT, prints="by 4.00."),
    "scales.missing": Case(part="scales", facts=HALF, others=LAYERS),
    "scales.empty": Case(part="scales_worked", facts=NOTHING, others=LAYERS),
    "scales.too_few": Case(
        part="scales_worked", facts={**HALF, **MEASURED}, others={**LAYERS, **MEASURED}
    ),
    "ranges.weights": Case(part="weight_ranges", facts=OF_WEIGHTS, others=MEASURED),
    "ranges.activations": Case(part="activation_ranges", facts=MEASURED, others=OF_WEIGHTS),
    "ranges.empty": Case(part="weight_ranges", facts=MEASURED, others=OF_WEIGHTS),
    "histogram.weights": Case(
        part="weight_histograms", facts=OF_WEIGHTS, others=MEASURED, prints="fc: 6 values."
    ),
    "histogram.activations": Case(
        part="activation_histograms", facts=MEASURED, others=OF_WEIGHTS, prints="fc: 6 values."
    ),
    "histogram.log": Case(part="activation_histograms", facts=HIGH, others=MEASURED),
    "histogram.lead": Case(part="activation_histograms", facts=MEASURED, others=OF_WEIGHTS),
    "histogram.alt": Case(
        part="activation_histograms",
        facts=MEASURED,
        others=OF_WEIGHTS,
        prints="three-sigma range −45.0000 to 45.0000; the 3-sigma range is wider",
    ),
    "colophon.text": Case(part="colophon", facts=NOTHING, others=OWN_CODE),
    "colophon.own_code": Case(part="colophon", facts=OWN_CODE, others=NOTHING),
    "quantized.lead": Case(part="quantized_weights", facts=LAYERS, others=REPLACED),
    "quantized.lead_judged": Case(part="quantized_weights", facts=REPLACED, others=LAYERS),
    # One -1, two 0 and one 1.
    "quantized.caption": Case(
        part="quantized_weights", facts=LAYERS, others=NOTHING, prints="−1 to 1, 3 of 256"
    ),
    "quantized.alt": Case(part="quantized_weights", facts=LAYERS, others=NOTHING),
    "candidates.weights": Case(
        part="range_candidates:weights", facts=CANDIDATES, others=OF_INPUTS
    ),
    "candidates.activations": Case(
        part="range_candidates:activations", facts=OF_INPUTS, others=CANDIDATES
    ),
    "code.missing": Case(part="code_of:weights", facts=NOTHING, others=CODE),
    # 150 lines are shown.
    "code.lines_left_out": Case(
        part="code_of:weights", facts=LONG, others=CODE, prints="10 further"
    ),
    "code.cells_left_out": Case(
        part="appendix",
        facts={"appendix": CELLS, "appendix_left_out": 3},
        others={"appendix": CELLS},
        prints="3 further",
    ),
    "bias.caption": Case(part="bias_table", facts=GIVEN, others=MISSING),
    "bias.caption_missing": Case(part="bias_table", facts=MISSING, others=GIVEN),
    "claims_table.caption": Case(part="claims", facts=CLAIMS, others=NOTHING),
    "claims_table.about": Case(part="claims", facts=CLAIMS, others=NOTHING),
    "challenge.about": Case(part="challenge", facts=ANSWER, others=NOTHING),
    "challenge.caption": Case(part="challenge", facts=ANSWER, others=NOTHING),
    # 3 + 4 of 8 images before, 2 + 4 afterwards.
    "confusion.float": Case(
        part="confusion_matrices", facts=BEFORE, others=NOTHING, prints="7 of 8"
    ),
    "confusion.alt_float": Case(part="confusion_matrices", facts=BEFORE, others=NOTHING),
    "confusion.quantized": Case(
        part="confusion_matrices", facts=AFTER, others=BORROWED, prints="6 of 8"
    ),
    "confusion.alt_quantized": Case(part="confusion_matrices", facts=AFTER, others=BEFORE),
    "whose.confusion": Case(
        part="confusion_matrices", facts=BORROWED, others=AFTER, prints="6 of 8"
    ),
    "bits.caption": Case(part="bit_widths", facts=BITS, others=NOTHING),
    "bits.alt": Case(part="bit_widths", facts=BITS, others=NOTHING, prints="8: 52.00 %"),
    "compared.not_measured": Case(part="linear_layer", facts=NONE_COMPARED, others=COMPARED),
    "compared.same": Case(
        part="compared_with_1998", facts=ALIKE, others=UNLIKE, prints="reaches 98.00 %"
    ),
    "compared.less": Case(
        part="compared_with_1998", facts=COMPARED, others=ALIKE, prints="95.00 %, 3.00 percentage"
    ),
    "compared.more": Case(
        part="compared_with_1998", facts=ALIKE, others=COMPARED, prints="99.00 %, 1.00 percentage"
    ),
    "of_1998.layers": Case(
        part="layers_beside_1998",
        facts={**COMPARED, "layers": [{"name": "conv1"}]},
        others={**COMPARED, "layers": [{"name": "conv9"}]},
    ),
    # A network that was trained longer is not trained by the same recipe.
    "of_1998.recipe": Case(
        part="compared_with_1998", facts=COMPARED, others=ALIKE, prints="12 epochs on 8,000 images"
    ),
    **{
        f"of_1998.{name}": Case(part="compared_with_1998", facts=COMPARED, others=NONE_COMPARED)
        for name in (*("caption", "softmax_why", "average_pooling_why", "sigmoid_why", "all_why"),)
    },
    # 400 x 120 weights are a weighted sum of all inputs for each output; a thousand are not.
    "linear.why": Case(
        part="linear_layer", facts=COMPARED, others=comparing("linear", weights=1000)
    ),
    "linear.float": Case(
        part="linear_layer", facts=COMPARED, others=NONE_COMPARED, prints="1,000 of 1,000 test"
    ),
    # Adding in another order does not change a logit of 63.7 by a half.
    "linear.order": Case(
        part="linear_layer", facts=COMPARED, others=comparing("linear", largest_difference=0.5)
    ),
    "linear.integers": Case(
        part="linear_layer", facts=COMPARED, others=NONE_COMPARED, prints="10,000 of its 10,000"
    ),
    "requantized.adder": Case(part="floor_or_round", facts=COMPARED, others=NONE_COMPARED),
    "requantized.one_less": Case(
        part="floor_or_round",
        facts=COMPARED,
        others=comparing("requantization", layers=[{"multiplier": 0.3, "rounded_up_percent": 0}]),
        prints="on 25.0 % to 25.0 %",
    ),
    "requantized.vanishes": Case(
        part="whole_divisor",
        facts=COMPARED,
        others=comparing("requantization", layers=[{"multiplier": 0.6, "divisor": 2}]),
        prints="0.3000",
    ),
    # 1 / 0.3
    "requantized.whole": Case(
        part="whole_divisor",
        facts=COMPARED,
        others=comparing("requantization", layers=[{"layer": "conv1"}]),
        prints="between 3.33 and 3.33",
    ),
    "requantized.input_divided": Case(
        part="whole_divisor",
        facts=COMPARED,
        others=comparing("requantization", input_levels=0),
        prints="by up to 42.",
    ),
    **{
        f"requantized.{name}": Case(part=part, facts=COMPARED, others=NONE_COMPARED)
        for part, names in {
            "floor_or_round": ("floor_layers", "floor_caption"),
            "whole_divisor": ("divisor_layers", "divisor_caption"),
        }.items()
        for name in names
    },
    "training.caption": Case(part="quantized_training:bias", facts=COMPARED, others=SMALL),
    "training.reached": Case(
        part="quantized_training:bias", facts=COMPARED, others=SMALL, prints="reaches 97.80 %"
    ),
    "whose.by_student": Case(part="accuracy_discussion", facts=STAGES, others=NOTHING),
    "whose.unanswered": Case(
        part="accuracy_discussion",
        facts={**RAISED, **LENT},
        others={**WRONG, **LENT},
    ),
    "whose.wrong": Case(
        part="accuracy_discussion",
        facts={**WRONG, **LENT},
        others={**RAISED, **LENT},
    ),
    "whose.derivation": Case(
        part="equation:first_layer", facts=LAYERS, others={**LAYERS, "layers": []}
    ),
    "summary.failed": Case(part="summary", facts=WRONG, others=RIGHT, prints="of “Weights”."),
    "discussion.not_measured": Case(part="accuracy_of:weights", facts=RAISED, others=WAITS),
    "discussion.not_measured_here": Case(part="accuracy_of:weights", facts=WAITS, others=RAISED),
    "discussion.judged_change": Case(
        part="accuracy_discussion",
        facts={"accuracy_stages": [{**LOST, "stage": "weights_judged"}]},
        others={"accuracy_stages": [LOST]},
    ),
    "functions.lead": Case(
        part="explained:weights",
        facts={"functions": {"weights": {"rule": "max_abs", "level": 127}}},
        others={"functions": {"weights": {}}},
    ),
    **{
        f"functions.how_{how}": Case(
            part="explained:forward",
            facts={"functions": {"forward": {"input_rounding": how}}},
            others={"functions": {"forward": {"input_rounding": other}}},
        )
        for how, other in pairwise(("nearest", "floor", "truncated", "nearest"))
    },
    "own_words.lead": Case(
        part="own_words:3",
        facts={"own_text": [{"question": "3a", "source": "wide"}]},
        others={"own_text": [{"question": "4a", "source": "wide"}]},
    ),
}


def test_every_sentence_of_the_catalogue_has_facts_for_and_against_it() -> None:
    """A new sentence without an example fails here."""
    known = {*CASES, *DISCUSSED, *EXPLAINED, *(f"conventions.{key}" for key in CONVENTIONS)}

    assert sentences() - known == set(OF_ALL)


@pytest.mark.parametrize("key", CASES)
def test_a_sentence_appears_for_its_facts(key: str) -> None:
    """It is said in every language, with the numbers that the facts give."""
    case = CASES[key]

    for language in languages():
        assert appears(key, said(case.part, case.facts, language), language)
    assert any(case.prints in text for text in said(case.part, case.facts))


@pytest.mark.parametrize("key", CASES)
def test_a_sentence_does_not_appear_for_others(key: str) -> None:
    """Of facts that do not bear it out it is not said, in whatever language."""
    case = CASES[key]

    for language in languages():
        assert not appears(key, said(case.part, case.others, language), language)
