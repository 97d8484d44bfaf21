"""What is remarked on without costing points: numbers of the student's own, or no remark."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from grader.diagnosis.diagnose import diagnose
from grader.model import CheckResult, Finding
from grader.results.file.schema import Finding as StoredFinding
from grader.tasks.integer_pass import checks as forward
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.kinds import begin
from grader.tasks.quantized_tensor import checks as weights
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.tasks.run import Run
from report_templates.messages import load_messages
from report_templates.parts.grading.score import in_language
from tests.checks.answers_by_hand import forward_answers, weight_answer, weight_answers
from tests.diagnosis.made import EDITION, LIMITS, SCHEME


def run_of(results: tuple[CheckResult, ...], **seen: object) -> Run:
    """Return a run in which nothing but these results and answers is known."""
    nobody = cast("Any", None)
    run = begin(EDITION, nobody, nobody, seed=0)
    for task, answers in seen.items():
        run.tasks[task].seen = answers
    run.record(results)
    return run


def of_weights(answers: WeightAnswers) -> tuple[Finding, ...]:
    return diagnose(run_of(weights.judge(answers, LIMITS, SCHEME), weights=answers))


def of_forward(answers: ForwardAnswers) -> tuple[Finding, ...]:
    return diagnose(run_of(forward.judge(answers, SCHEME), forward=answers))


def test_the_edge_of_the_range_is_never_said_to_be_rounded() -> None:
    """-128, which 128 / max makes of the smallest weight, is its own nearest integer."""
    floats = np.array([-1.0, 0.1, 0.7], dtype=np.float32)
    floored = weight_answer(weights=floats, step=1 / 128, integers=np.array([-128.0, 12.0, 89.0]))

    (found,) = of_weights(weight_answers(floored))

    assert found.id == "rounds-down"
    assert str(found.message) == "12.80 became 12; the nearest integer is 13."


@pytest.mark.parametrize(
    ("scaled", "integers", "message"),
    [
        (
            [-1.00001, 12.3, 88.74, 127.0],
            [-2.0, 12.0, 88.0, 127.0],
            "88.74 became 88; the nearest integer is 89.",
        ),
        (
            [-0.99996, 3.0, 127.0],
            [-1.0, 2.0, 127.0],
            "3 became 2; the nearest integer is 3.",
        ),
        (
            [0.9998, 12.0, 127.0],
            [0.0, 12.0, 127.0],
            "0.9998 became 0; the nearest integer is 1.",
        ),
    ],
)
def test_an_example_shows_its_fraction(
    scaled: list[float], integers: list[float], message: str
) -> None:
    """What is said to be rounded down has a fraction that can be seen, if any value has."""
    floats = np.array(scaled, dtype=np.float32) / 128
    floored = weight_answer(weights=floats, step=1 / 128, integers=np.array(integers))

    (found,) = of_weights(weight_answers(floored))

    assert str(found.message) == message


def test_a_negative_example_is_printed_as_people_write_it() -> None:
    """Its digits are chosen to show the fraction, and its minus is a document's."""
    values = {"real": "-70.99999", "actual": -70.0, "nearest": -71.0, "question": "4"}
    finding = StoredFinding.model_validate({"id": "rounds-down", "values": values})

    said = in_language(finding, load_messages("en")).message

    assert said == "−70.99999 became −70; the nearest integer is −71."


def test_the_last_layers_output_is_shown_where_it_alone_is_rounded_down() -> None:
    """The numbers are the student's own, from the place at which they were rounded down."""
    (found,) = of_forward(forward_answers(output=((6.0, -3.0),)))

    assert found.id == "rounds-down"
    assert str(found.message) == "6.80 became 6; the nearest integer is 7."


def test_what_no_number_shows_is_not_remarked_on() -> None:
    """A remark without a number of the student's own is left out."""
    judged = forward.judge(forward_answers(output=((6.0, -3.0),)), SCHEME)

    assert diagnose(run_of(judged, forward=forward_answers())) == ()


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "of fc3 (with bias) lands on 136"), ("zh_TW", "fc3（含偏差項）的最大值落在 136")],
)
def test_the_network_with_bias_is_named_in_the_documents_language(
    language: str, says: str
) -> None:
    """No words stand in a message that its language does not have."""
    floats = np.array([-1.0, 0.0, 0.5], dtype=np.float32)
    clipped = weight_answer(
        probe="fc3", weights=floats, step=1 / 136, integers=np.array([-128.0, 0.0, 68.0])
    )
    answers = replace(weight_answers(), biased={"fc3": clipped})
    judged = weights.judge(answers, LIMITS, SCHEME)

    (found,) = diagnose(run_of(judged, weights=answers))

    assert says in found.message.said_in(language)
