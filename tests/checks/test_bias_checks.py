"""Claims about the quantized bias, on answers made by hand."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from answers_by_hand import BIAS_SCALES, EDITION, FACTORS, LIMITS, bias_answer, bias_answers

from grader.baseline.loss import Agreement
from grader.border.answers import BiasAnswer
from grader.border.probes import Factor
from grader.model import CheckResult, Outcome
from grader.tasks.accumulator_bias import checks as bias
from grader.words.message import say, sentence


def judged(
    factors: Mapping[Factor, BiasAnswer] | None = None, agreeing: int = 990, **probes: BiasAnswer
) -> dict[str, CheckResult]:
    answers = bias_answers(factors, **probes)
    answers = replace(answers, agreement=Agreement(agreeing=agreeing, images=1000))
    return {r.check: r for r in bias.judge(answers, EDITION.task("bias"), LIMITS, 32)}


def test_right_bias_passes_every_check() -> None:
    """A right answer on every bias passes all of the family's checks."""
    assert {r.outcome for r in judged().values()} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("changes", "check", "reason"),
    [
        ({"dtype": "int32"}, "returns", "The tensor is int32; the layer computes in float32"),
        ({"integers": np.zeros((1, 2))}, "shape", "A bias of shape (2,) came back with shape"),
        ({"integers": np.array([150.5, -300.0])}, "integers", "1 of 2 values of probe “small”"),
        ({"integers": np.array([2.0**32, 0.0])}, "bounds", "reach from 0 to 4294967296"),
        (
            {"integers": np.array([127.0, -128.0])},
            "value",
            "A bias of -200 is -10000 on the accumulator's scale, but became -128 (small).",
        ),
        ({"changed": "bias"}, "unchanged", "The argument bias was changed in place."),
    ],
)
def test_each_wrong_bias_has_its_reason(
    changes: dict[str, object], check: str, reason: str
) -> None:
    """A wrong answer on one probe fails the check that it concerns, in words that name it."""
    result = judged(small=bias_answer(probe="small", **changes))[f"bias.{check}"]

    assert result.outcome is Outcome.FAILED
    assert reason in sentence(result.reason)


def test_a_probe_is_named_in_the_documents_language() -> None:
    """The name of our own input is a message, and the numbers are written by who shows them."""
    small = bias_answer(probe="small", integers=np.array([127.0, -128.0]))

    result = judged(small=small)["bias.value"]

    assert "-128（較小的值）" in sentence(result.reason, "zh_TW")
    assert result.evidence.where == say("where", "probe-small")
    assert result.reason is not None
    assert result.reason.values["wanted"] == result.evidence.expected == -10000


@pytest.mark.parametrize(
    ("factor", "check"),
    [("n_w", "weight_factor"), ("n_initial_input", "input_factor")]
    + [(name, "preceding_factors") for name in ("ns[0][0]", "ns[0][1]")],
)
def test_a_factor_left_out(factor: str, check: str) -> None:
    """A bias that does not grow with one factor fails that factor's check."""
    left_out = FACTORS[factor]
    scales = BIAS_SCALES.with_factor(left_out, 4.0)

    result = judged({left_out: bias_answer(probe=factor, scales=scales)})[f"bias.{check}"]

    assert sentence(result.reason) == (
        f"{factor} times 4: the integers must be multiplied by 4; they were left as they were."
    )


def test_a_bias_that_does_not_follow() -> None:
    """A bias scaled by its own range stays the same when the bias grows."""
    result = judged(rescaled=bias_answer(probe="rescaled"))["bias.rescaling"]

    assert sentence(result.reason).startswith(
        "The bias times 4: the integers must be multiplied by 4"
    )


def test_a_bias_of_the_other_sign_does_not_follow() -> None:
    """Integers four times as large with the sign turned have grown by -4."""
    turned = bias_answer(probe="rescaled", integers=np.array([-20000.0, 40000.0]))

    assert judged(rescaled=turned)["bias.rescaling"].evidence.actual == -4


def test_agreement_below_the_limit() -> None:
    """Half of the predictions agreeing is what wrong biases reach."""
    assert sentence(judged(agreeing=500)["bias.agreement"].reason) == (
        "With a large random bias, the integer network predicts what it does with the right"
        " integers on 50.0 % of 1000 images."
    )


def test_two_answers_to_the_same_bias() -> None:
    """Other integers for the same arguments fail."""
    other = bias_answer(probe="repeated", integers=np.array([5000.0, -10001.0]))

    result = judged(repeated=other)["bias.repeatable"]

    assert sentence(result.reason) == "The same arguments gave two different answers."


def test_off_by_one_is_rounding() -> None:
    """Integers one beside the product are within rounding, two are not."""
    near = bias_answer(probe="small", integers=np.array([5001.0, -10000.0]))
    far = bias_answer(probe="small", integers=np.array([5002.0, -10000.0]))

    assert judged(small=near)["bias.value"].outcome is Outcome.PASSED
    assert judged(small=far)["bias.value"].outcome is Outcome.FAILED
