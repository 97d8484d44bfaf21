"""Claims about the quantized forward pass, on traces made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from answers_by_hand import SCHEME, forward_answers

from grader.baseline.replay import OUTPUT
from grader.model import CheckResult, Outcome
from grader.sandbox.calls.replies import CallError
from grader.tasks.integer_pass import checks as forward
from grader.tasks.integer_pass.seen import Forms
from grader.words.message import say, sentence

NO_TENSOR = say("reason", "no-tensor", value=say("value", "object", type="str"))
RAISED = say("reason", "call-raised-silently", exception="AssertionError")


def judged(**changes: object) -> dict[str, CheckResult]:
    answers = forward_answers(**changes)  # type: ignore[arg-type]
    return {r.check: r for r in forward.judge(answers, SCHEME)}


def entering(**layers: object) -> dict[str, object]:
    seen = {"conv1": [[127.0, -128.0]], "fc1": [[5.0, 0.0]]} | layers
    return {name: np.array(values) for name, values in seen.items()}


def test_a_right_pass_passes_every_check() -> None:
    """The integers that the scales give pass all of the family's checks."""
    assert {r.outcome for r in judged().values()} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("changes", "check", "reason"),
    [
        ({"output": ((1.0,),)}, "runs", "For 1 images the output has shape (1, 1)."),
        ({"problem": NO_TENSOR}, "runs", "A str was returned where a torch tensor is needed."),
        (
            {"entering": entering(fc1=[[5.2, 0.0]])},
            "integers",
            "1 of 2 values of the input of fc1 are not integers, 5.2 among them.",
        ),
        (
            {"entering": entering(conv1=[[127.0, -300.0]])},
            "bounds",
            "The values of the input of conv1 reach from -300 to 127.",
        ),
        ({"output": ((6.8, -2.9),)}, "output", "2 of 2 values of the last layer's output are"),
        ({"output": ((700.0, -3.0),)}, "output", "The values of the last layer's output reach"),
        (
            {"entering": entering(conv1=[[100.0, -128.0]])},
            "input",
            "The input of conv1 differs from the exact integers in 50 % of its values:"
            " 127 was to be expected where 100 was found.",
        ),
        (
            {"output": ((9.0, -3.0),)},
            "layers",
            "The last layer's output differs from the exact integers in 50 % of its values:"
            " 7 was to be expected where 9 was found.",
        ),
        (
            {"entering": entering(fc1=[[5.0, 0.0, 0.0]])},
            "layers",
            "The input of fc1 has 3 values where 2 are computed.",
        ),
        ({"changed": "images"}, "unchanged", "The argument images was changed in place."),
    ],
)
def test_each_wrong_pass_has_its_reason(
    changes: dict[str, object], check: str, reason: str
) -> None:
    """What goes wrong in a pass fails the check that it concerns, in words that name the place."""
    result = judged(**changes)[f"forward.{check}"]

    assert result.outcome is Outcome.FAILED
    assert reason in sentence(result.reason)


def test_what_entered_is_judged_though_the_pass_broke_off() -> None:
    """Where the last layer raises, the integers seen before it still count."""
    error = CallError(kind="raised", message=RAISED)

    results = judged(error=error, output=None)

    assert results["forward.runs"].outcome is Outcome.ERRORED
    assert results["forward.integers"].outcome is Outcome.PASSED
    assert results["forward.output"].outcome is Outcome.SKIPPED


def test_a_pass_that_goes_round_the_layers_may_be_right() -> None:
    """A pass in which no layer was seen passes where its output is the replayed one."""
    assert {r.outcome for r in judged(entering={}).values()} == {Outcome.PASSED}


def test_a_pass_that_goes_round_the_layers_and_is_wrong() -> None:
    """A pass in which no layer was seen fails where its output is another."""
    result = judged(entering={}, output=((1.0, 2.0),))["forward.layers"]

    assert sentence(result.reason) == (
        "The pass does not run through conv1, fc1, and its output is not what the integer"
        " network computes."
    )


def test_rounding_down_is_remarked_on() -> None:
    """Integers below the nearest cost nothing and are remarked on."""
    result = judged(output=((6.0, -3.0),))["forward.layers"]

    assert (result.outcome, result.remarks) == (Outcome.PASSED, ("rounds-down",))


def test_not_a_number_is_no_integer() -> None:
    """A NaN that enters a layer is reported, not skipped over."""
    results = judged(entering=entering(fc1=[[np.nan, 0.0]]))

    assert results["forward.integers"].outcome is Outcome.FAILED
    assert results["forward.layers"].outcome is Outcome.FAILED


def test_what_cannot_be_compared_has_not_been_shown() -> None:
    """A layer whose input has another size leaves nothing to compare the next one with."""
    answers = forward_answers()
    reals = {name: real for name, real in answers.replay.reals.items() if name != OUTPUT}
    lacking = replace(answers, replay=replace(answers.replay, reals=reals))

    result = {r.check: r for r in forward.judge(lacking, SCHEME)}["forward.layers"]

    assert (result.outcome, sentence(result.reason)) == (
        Outcome.FAILED,
        "The last layer's output cannot be compared: what entered the layer before it does not"
        " have that layer's size.",
    )


@pytest.mark.parametrize(
    ("entering", "lost"),
    [
        ({"conv1": np.array([[200.0, 0.0]])}, ["forward.bounds"]),
        ({}, ["forward.bounds", "forward.output", "forward.input", "forward.layers"]),
    ],
)
def test_a_pass_that_breaks_off_where_it_would_clip(
    entering: dict[str, Any], lost: list[str]
) -> None:
    """Values that do not fit cost once; where none was seen, nothing was shown of the rest."""
    error = CallError(kind="raised", message=RAISED)
    clipping = forward_answers(entering=entering, output=None, error=error)

    results = forward.judge(replace(forward_answers(), clipping=clipping), SCHEME)

    assert [r.check for r in results if r.outcome is not Outcome.PASSED] == lost
    reasons = [sentence(r.reason) for r in results if r.reason]
    assert reasons
    assert all(reason.startswith("With scales three times as large: ") for reason in reasons)


def test_clipping_pass_is_told_of_steps_as_smaller() -> None:
    """A scale by which images clip is a larger multiplier, or a smaller step."""
    beyond = forward_answers(entering={"conv1": np.array([[200.0, 0.0]])}, output=None)
    answers = replace(forward_answers(), clipping=beyond, forms=Forms())

    (reason, *_) = (r.reason for r in forward.judge(answers, SCHEME) if r.reason)

    assert sentence(reason).startswith("With scales a third as large: ")
