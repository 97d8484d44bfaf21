"""Claims about accuracy: pairwise losses with their standard errors."""

from __future__ import annotations

import pytest
from answers_by_hand import LIMITS

from grader.baseline.loss import Loss
from grader.model import Outcome
from grader.tasks.check import Check, Step, all_passed, pending, run_steps, wrong
from grader.tasks.kinds import kinds
from grader.tasks.quantized_tensor.checks import weights_keep_accuracy
from grader.words.message import say, sentence

CHECKS = [kind.accuracy for kind in kinds().values() if kind.accuracy is not None]
WRONG = say("reason", "answers-differ")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
@pytest.mark.parametrize(
    ("points", "standard_error", "outcome"),
    [
        (1.9, 0.0, Outcome.PASSED),
        (2.1, 0.0, Outcome.FAILED),
        (2.9, 0.5, Outcome.PASSED),
        (3.1, 0.5, Outcome.FAILED),
        (-5.0, 0.5, Outcome.PASSED),
    ],
)
def test_noise_is_held_in_the_students_favour(
    check: Check[...], points: float, standard_error: float, outcome: Outcome
) -> None:
    """A loss counts only as far as it exceeds two points by two standard errors."""
    assert check(Loss(points=points, standard_error=standard_error), LIMITS).outcome is outcome


def test_the_loss_and_the_yardstick_are_named() -> None:
    """The reason says how much is lost and against what."""
    result = weights_keep_accuracy(Loss(points=12.345, standard_error=0.5), LIMITS)

    assert sentence(result.reason) == (
        "Accuracy falls by 12.35 percentage points against the float network."
    )
    assert str(result.evidence.tolerance) == "1.00 (2 standard errors)"
    assert str(result.evidence.expected) == "at most 2"


def test_the_claim_is_the_docstring_on_one_line() -> None:
    """What the report prints is the first thing written in the check."""
    assert weights_keep_accuracy.claim == (
        "With quantized weights, accuracy falls by no more than the course allows."
    )


def test_what_rests_on_our_failure_is_pending_too() -> None:
    """A check that needs one that we failed to run is pending, not skipped."""
    first, second = CHECKS[:2]
    steps = [
        Step(check=first, run=lambda: first.result(pending(say("reason", "grader-failed")))),
        Step(check=second, run=lambda: second.result(wrong(WRONG)), needs=(first.id,)),
    ]

    assert [r.outcome for r in run_steps(steps)] == [Outcome.PENDING] * 2


def test_a_reason_is_not_repeated_along_a_chain() -> None:
    """Two steps down, the reason still says once that it was not checked."""
    first, second, third = CHECKS[:3]
    steps = [
        Step(check=first, run=lambda: first.result(wrong(WRONG))),
        Step(check=second, run=lambda: second.result(wrong(WRONG)), needs=(first.id,)),
        Step(check=third, run=lambda: third.result(wrong(WRONG)), needs=(second.id,)),
    ]

    assert sentence(run_steps(steps)[2].reason) == (
        "Not checked: The same arguments gave two different answers."
    )


def test_named_checks_may_be_left_out() -> None:
    """What is excepted does not stand in the way of all others having passed."""
    failed = CHECKS[0].result(wrong(WRONG))

    assert not all_passed([failed])
    assert all_passed([failed], except_for=[failed.check])
