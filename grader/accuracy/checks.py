"""Claims about accuracy, judged on the same images as the float network, pair by pair."""

from __future__ import annotations

from grader.baseline.loss import Loss
from grader.editions.schema import Thresholds
from grader.tasks.check import Check, Verdict, check, pending, right, wrong
from grader.words.message import say


@check("weights.accuracy")
def weights_keep_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """With quantized weights, accuracy falls by no more than the course allows."""
    return _keeps(loss, limits)


@check("activations.accuracy")
def scales_keep_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """With these scales, the integer network loses no more accuracy than the course allows."""
    return _keeps(loss, limits)


@check("forward.accuracy")
def forward_keeps_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """Run by this forward pass, the quantized network loses no more accuracy than allowed."""
    return _keeps(loss, limits)


@check("bias.accuracy")
def bias_keeps_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """With the quantized bias, accuracy falls by no more than the course allows."""
    return _keeps(loss, limits)


def is_unexplained(loss: Loss, limits: Thresholds) -> Verdict | None:
    """Return the verdict that a person has to look, where far more is gained than lost."""
    gain = -loss.points - limits.confidence * loss.standard_error
    if gain <= limits.degradation:
        return None
    return pending(say("reason", "accuracy-too-high", points=f"{-loss.points:.2f}"))


CHECKS: tuple[Check[...], ...] = (
    weights_keep_accuracy,
    scales_keep_accuracy,
    forward_keeps_accuracy,
    bias_keeps_accuracy,
)


def _keeps(loss: Loss, limits: Thresholds) -> Verdict:
    margin = limits.confidence * loss.standard_error
    if loss.points - margin <= limits.degradation:
        return right()
    return wrong(
        say(
            "reason",
            "accuracy-falls",
            points=f"{loss.points:.2f}",
            yardstick=loss.against or say("yardstick", "float"),
        ),
        expected=say("value", "at-most", number=limits.degradation),
        actual=f"{loss.points:.2f}",
        tolerance=say("value", "standard-errors", number=f"{margin:.2f}", count=limits.confidence),
    )
