"""Claims about the scales of the input and of the layers, on answers made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answers_by_hand import EDITION, FACTORS, LIMITS, SCHEME, scale_answer, scale_answers

from grader.model import CheckResult, Outcome
from grader.sandbox.protocol import Value
from grader.tasks.scales import checks as scales
from grader.tasks.scales.seen import FactorAnswer
from grader.words.message import say, sentence

NO_NUMBER = say("reason", "no-number", value=say("value", "nothing"))


def judged(*args: object, **kwargs: object) -> dict[str, CheckResult]:
    answers = scale_answers(*args, **kwargs)  # type: ignore[arg-type]
    found = (
        *scales.judge_input(answers, LIMITS, SCHEME),
        *scales.judge_outputs(answers, EDITION.task("activations"), LIMITS, SCHEME),
    )
    return {r.check: r for r in found}


def test_right_scales_pass_every_check() -> None:
    """A right answer on every array passes all checks of both tasks."""
    assert {r.outcome for r in judged().values()} == {Outcome.PASSED}


@pytest.mark.parametrize("task", ["initial_input", "activations"])
@pytest.mark.parametrize(
    ("probe", "changes", "check", "reason"),
    [
        ("rescaled", {"step": 2 / 127}, "rescaling", "it was left as it was"),
        (
            "shrunk",
            {"step": 2 / 127},
            "rescaling",
            "Values divided by 16 must give a scale multiplied by 16",
        ),
        ("negated", {"step": 1 / 127}, "sign", "they differ by a factor of 2"),
        ("even", {"step": 2 / 254}, "range", "lands on 254, far beyond 127"),
        ("repeated", {"step": 2 / 126}, "repeatable", "gave two different answers."),
        ("even", {"changed": "pixels"}, "unchanged", "The argument pixels was changed in place."),
        ("even", {"problem": NO_NUMBER}, "returns", "Nothing (None) was"),
    ],
)
def test_each_wrong_scale_has_its_reason(
    task: str, probe: str, changes: dict[str, object], check: str, reason: str
) -> None:
    """A wrong answer on one probe fails the check that it was built for."""
    result = judged(**{probe: scale_answer(probe=probe, **changes)})[f"{task}.{check}"]

    assert result.outcome is Outcome.FAILED
    assert reason in sentence(result.reason)


def test_less_than_half_of_the_integers() -> None:
    """A four-bit scale wastes the range, and the layer is named."""
    result = judged(scale_answer(step=2 / 7))["activations.range"]

    assert sentence(result.reason) == (
        "The largest value of conv1 lands on 7, so that less than half of the integers up to 127"
        " are used."
    )
    assert result.evidence.where == "conv1"


@pytest.mark.parametrize(
    ("factor", "check"),
    [
        ("n_w", "weight_factor"),
        ("n_initial_input", "input_factor"),
        ("ns[0][1]", "preceding_factors"),
    ],
)
def test_a_factor_left_out(factor: str, check: str) -> None:
    """A scale that does not answer to one factor fails that factor's check and no other."""
    ignored = FactorAnswer(factor=FACTORS[factor], expected=4.0, actual=1.0)

    lost = [r for r in judged(factors=(ignored,)).values() if r.outcome is not Outcome.PASSED]

    assert [(r.check, sentence(r.reason)) for r in lost] == [
        (
            f"activations.{check}",
            f"{factor} times 4: the returned scale must be divided by 4; it was left as it was.",
        )
    ]


def test_a_layers_level_counts_all_factors() -> None:
    """E is the largest value times the accumulated factor over the step."""
    assert scale_answer(largest=2.0, accumulator=50.0, step=100 / 127).level == pytest.approx(127)


def test_a_rounded_scale_is_judged_as_closely_as_it_can_be() -> None:
    """Rounding to two decimals moves a quotient by a tenth here, and a factor left out by more."""
    numbers = {"skewed": 0.12, "repeated": 0.12, "rescaled": 0.03, "shrunk": 1.97, "even": 0.13}
    probes = {
        name: scale_answer(probe=name, largest=1.0, step=1 / n, returned=Value.float(n))
        for name, n in numbers.items()
    }
    answers = scale_answers(own=scale_answer(returned=Value.float(0.31)), **probes)

    assert answers.places == 2
    assert scales.output_scale_follows_the_activations(answers).remarks == ("scale-rounded",)
    ignored = FactorAnswer(factor=FACTORS["n_w"], expected=4.0, actual=1.0)
    answers = replace(answers, factors={**answers.factors, ignored.factor: ignored})
    assert scales.takes_weight_scale_into_account(answers).outcome is Outcome.FAILED


def test_powers_of_two_are_not_rounded_numbers() -> None:
    """They have few decimal places by themselves."""
    powers = {name: 2.0**k for k, name in enumerate(("skewed", "rescaled", "shrunk", "even"))}
    probes = {
        name: scale_answer(probe=name, step=1 / n, returned=Value.float(n))
        for name, n in powers.items()
    }

    assert scale_answers(own=scale_answer(returned=Value.float(16.0)), **probes).places is None
