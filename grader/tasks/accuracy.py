"""How much accuracy may be lost, on the same images as the float network, pair by pair."""

from __future__ import annotations

from grader.baseline.loss import Loss
from grader.editions.rubric import Thresholds
from grader.tasks.check import Verdict, pending, right, wrong
from grader.words.message import say


def keeps(loss: Loss, limits: Thresholds) -> Verdict:
    """Judge whether a loss is no larger than the course allows, noise in the student's favour."""
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


def is_unexplained(loss: Loss, limits: Thresholds) -> Verdict | None:
    """Return the verdict that a person has to look, where far more is gained than lost."""
    gain = -loss.points - limits.confidence * loss.standard_error
    if gain <= limits.degradation:
        return None
    return pending(say("reason", "accuracy-too-high", points=f"{-loss.points:.2f}"))
