"""Known mistakes in the output scale that is returned beside the one of a layer's sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from grader.border.answers import ScaleAnswer
from grader.border.conventions import from_step
from grader.editions.schema import Role, TaskSpec
from grader.tasks.hypotheses.fit import Fit, constant, fit
from grader.tasks.scales.seen import ScaleAnswers

_PREFIX = "activations-output-scale"
# What an inverted or swapped scale changes in the measurements.
_CONSEQUENCES = ("activations-factor-powers", "activations-scale-inverted-by-growth")
_CLOSE = 1e-6


def explain(
    answers: ScaleAnswers, task: TaskSpec, found: Sequence[Fit], *, sums_right: bool
) -> list[Fit]:
    """
    Return what is wrong with the scales that are returned together.

    *found* explains the scales of the layers' sums, of which nothing is wrong if *sums_right*.
    """
    every = [*answers.own.values(), *answers.probes.values(), *answers.factor_calls]
    shown = next(iter(answers.own.values()))
    if _are_swapped(every):
        return [_shown("first", shown, task)]
    name = _known(every)
    if name:
        others = [one for one in found if one.finding not in _CONSEQUENCES]
        return [*others, _shown(name, shown, task)]
    if not sums_right:
        return [*found]
    worst = max(answers.own.values(), key=lambda a: abs(np.log(_off(a))))
    return [_shown("of-another-range", worst, task)]


def explain_constant(answers: ScaleAnswers, task: TaskSpec) -> list[Fit]:
    """Return whether the output scales are one number, from which those of the sums follow."""
    every = [*answers.own.values(), *answers.probes.values(), *answers.factor_calls]
    shown = next(iter(answers.own.values()))
    return [_shown("constant", shown, task)] if _known(every) == "constant" else []


def _known(every: Sequence[ScaleAnswer]) -> str:
    """Return what all the output scales are instead, "" where it is not known."""
    if constant(a.output_step for a in every) is not None:
        return "constant"
    if constant(a.output_step * a.largest for a in every) is not None:
        return "inverted"
    numbers = [(a.number, a.handed_on.number) for a in every if a.handed_on is not None]
    pairs = [(one, other) for one, other in numbers if one and other]
    same = all(abs(one / other - 1.0) <= _CLOSE for one, other in pairs)
    return "is-multiplier" if pairs and same else ""


def _are_swapped(every: Sequence[ScaleAnswer]) -> bool:
    """Return whether the first value is a step of the output, the second that of the sum."""
    ratios = (a.number / a.largest for a in every if a.number)
    products = (a.output_step * a.largest * a.accumulator for a in every)
    return constant(ratios) is not None and constant(products) is not None


def _off(a: ScaleAnswer) -> float:
    return a.output_step / a.expected_output_step


def _shown(name: str, a: ScaleAnswer, task: TaskSpec) -> Fit:
    form = task.form_of(Role.OUTPUT_SCALE)
    found = fit(
        f"{_PREFIX}-{name}",
        place=a.probe,
        actual=from_step(a.output_step, form),
        expected=from_step(a.largest / 127.0, form),
        implied=from_step(a.expected_output_step, form),
        beside=a.number,
        level=a.largest / a.output_step,
    )
    return replace(found, form=form)
