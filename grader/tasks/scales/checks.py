"""
Claims about the functions that return the scale of an array: the initial input's and the layers'.

Steps are what is judged; a layer's step is that of its accumulator, 1/n_O of a multiplier n_O.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grader.baseline.loss import Loss
from grader.border.answers import ScaleAnswer
from grader.border.conventions import from_step
from grader.border.probes import FILLED_EVENLY, RESCALE, Factor, Probe
from grader.editions.rubric import Thresholds
from grader.editions.schema import Role, ScaleForm, TaskSpec
from grader.model import CheckResult
from grader.tasks import accuracy, conduct
from grader.tasks.check import Check, Step, Verdict, check, right, run_steps, wrong
from grader.tasks.scales.seen import FactorAnswer, ScaleAnswers
from grader.words.message import Message, say
from grader.words.places import probe_name
from reference.spec import QuantScheme


@check("initial_input.returns")
def input_scale_is_a_number(answers: Sequence[ScaleAnswer]) -> Verdict:
    """The function returns one positive, finite number: the scale of the input."""
    return conduct.answered(answers)


@check("initial_input.range")
def input_uses_the_range(
    answers: ScaleAnswers, limits: Thresholds, scheme: QuantScheme
) -> Verdict:
    """The largest pixel lands near the edge of the 8-bit range."""
    return _range(answers, limits, scheme)


@check("initial_input.rescaling")
def input_scale_follows_the_pixels(answers: ScaleAnswers) -> Verdict:
    """The scale follows the pixels: pixels four times as large give a quarter of it."""
    return _rescales(answers)


@check("initial_input.sign")
def input_counts_both_signs(answers: ScaleAnswers) -> Verdict:
    """The range covers negative pixels as well as positive ones."""
    return _signs(answers)


@check("initial_input.unchanged")
def leaves_pixels_alone(answers: Sequence[ScaleAnswer]) -> Verdict:
    """The pixels that are handed in are not changed."""
    return conduct.left_alone(answers)


@check("initial_input.repeatable")
def input_scale_is_repeatable(answers: ScaleAnswers) -> Verdict:
    """The same pixels give the same scale every time."""
    return _repeatable(answers)


@check("initial_input.depends")
def input_scale_depends_on_pixels(answers: ScaleAnswers) -> Verdict:
    """The scale depends on the pixels."""
    return _depends(answers)


@check("activations.returns")
def output_scale_is_a_number(answers: Sequence[ScaleAnswer]) -> Verdict:
    """The function returns one positive, finite number: the scale of the layer's output."""
    return conduct.answered(answers)


@check("activations.weight_factor", Role.WEIGHT_SCALE)
def takes_weight_scale_into_account(answers: ScaleAnswers) -> Verdict:
    """The layer's own weight scale is taken into account, once."""
    return _answers_to(answers, Role.WEIGHT_SCALE)


@check("activations.input_factor", Role.INPUT_SCALE)
def takes_input_scale_into_account(answers: ScaleAnswers) -> Verdict:
    """The scale of the initial input is taken into account, once."""
    return _answers_to(answers, Role.INPUT_SCALE)


@check("activations.preceding_factors", Role.PRECEDING_SCALES)
def takes_preceding_scales_into_account(answers: ScaleAnswers) -> Verdict:
    """Every weight and output scale of the preceding layers is taken into account, once."""
    return _answers_to(answers, Role.PRECEDING_SCALES)


@check("activations.output_scale", Role.OUTPUT_SCALE)
def output_scale_belongs_to_the_returned_one(
    answers: ScaleAnswers, limits: Thresholds, scheme: QuantScheme
) -> Verdict:
    """The scale that is handed on to the next layer is that of this layer's output."""
    return _hands_on(answers, limits, scheme)


@check("activations.range")
def output_uses_the_range(
    answers: ScaleAnswers, limits: Thresholds, scheme: QuantScheme
) -> Verdict:
    """With the scale returned, a layer's largest output lands near the edge of the 8-bit range."""
    return _range(answers, limits, scheme)


@check("activations.rescaling")
def output_scale_follows_the_activations(answers: ScaleAnswers) -> Verdict:
    """The scale follows the activations: four times as large, they get a quarter of it."""
    return _rescales(answers)


@check("activations.sign")
def output_counts_both_signs(answers: ScaleAnswers) -> Verdict:
    """The range covers negative activations as well as positive ones."""
    return _signs(answers)


@check("activations.unchanged")
def leaves_activations_alone(answers: Sequence[ScaleAnswer]) -> Verdict:
    """The activations and the list of scales that are handed in are not changed."""
    return conduct.left_alone(answers)


@check("activations.repeatable")
def output_scale_is_repeatable(answers: ScaleAnswers) -> Verdict:
    """The same activations and scales give the same answer every time."""
    return _repeatable(answers)


@check("activations.depends")
def output_scale_depends_on_arguments(answers: ScaleAnswers) -> Verdict:
    """The scale depends on the activations and the scales before them."""
    return _depends(answers)


@check("activations.accuracy")
def scales_keep_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """With these scales, the integer network loses no more accuracy than the course allows."""
    return accuracy.keeps(loss, limits)


INPUT_CHECKS: tuple[Check[...], ...] = (
    input_scale_is_a_number,
    input_uses_the_range,
    input_scale_follows_the_pixels,
    input_counts_both_signs,
    leaves_pixels_alone,
    input_scale_is_repeatable,
    input_scale_depends_on_pixels,
)
FACTOR_CHECKS: tuple[Check[...], ...] = (
    takes_weight_scale_into_account,
    takes_input_scale_into_account,
    takes_preceding_scales_into_account,
)
OUTPUT_CHECKS: tuple[Check[...], ...] = (
    output_scale_is_a_number,
    output_uses_the_range,
    output_scale_follows_the_activations,
    output_counts_both_signs,
    leaves_activations_alone,
    output_scale_is_repeatable,
    output_scale_depends_on_arguments,
)


def judge_input(
    answers: ScaleAnswers, limits: Thresholds, scheme: QuantScheme
) -> tuple[CheckResult, ...]:
    """Return the results for the scale of the initial input."""
    return run_steps(_steps(INPUT_CHECKS, answers, limits, scheme))


def judge_outputs(
    answers: ScaleAnswers, task: TaskSpec, limits: Thresholds, scheme: QuantScheme
) -> tuple[CheckResult, ...]:
    """Return the results for the scales of the layers' outputs."""
    needs = (output_scale_is_a_number.id,)
    factors = [
        Step(check=c, run=lambda c=c: c(answers), needs=needs)  # type: ignore[misc]
        for c in FACTOR_CHECKS
    ]
    belongs = output_scale_belongs_to_the_returned_one
    handed_on = Step(check=belongs, run=lambda: belongs(answers, limits, scheme), needs=needs)
    steps = [*_steps(OUTPUT_CHECKS, answers, limits, scheme), *factors, handed_on]
    return run_steps([step for step in steps if step.check.applies_to(task)])


def _steps(
    checks: Sequence[Check[...]], answers: ScaleAnswers, limits: Thresholds, scheme: QuantScheme
) -> list[Step]:
    returns, fits, follows, signs, unchanged, repeatable, depends = checks
    needs = (returns.id,)
    return [
        Step(check=returns, run=lambda: returns(answers.all)),
        Step(check=fits, run=lambda: fits(answers, limits, scheme), needs=needs),
        Step(check=follows, run=lambda: follows(answers), needs=needs),
        Step(check=signs, run=lambda: signs(answers), needs=needs),
        Step(check=unchanged, run=lambda: unchanged(answers.all), needs=needs),
        Step(check=repeatable, run=lambda: repeatable(answers), needs=needs),
        Step(check=depends, run=lambda: depends(answers), needs=needs),
    ]


def _range(answers: ScaleAnswers, limits: Thresholds, scheme: QuantScheme) -> Verdict:
    own = [(a.probe, a.level) for a in answers.own.values()]
    even = [answers.probes[name].level for name in FILLED_EVENLY]
    verdict = conduct.fits_range(own, even, limits, scheme.quant_max, _highest(answers, limits))
    upside_down = verdict.reason and conduct.is_upside_down(answers.rescaling())
    return conduct.upside_down(answers.rescaling(), answers.form) if upside_down else verdict


def _hands_on(answers: ScaleAnswers, limits: Thresholds, scheme: QuantScheme) -> Verdict:
    """
    Judge the output scale that is returned beside the one judged elsewhere.

    Where the other answers rightly to every factor, both have to belong together; where it does
    not, it is charged for that itself.
    """
    own = [(a.probe, a.largest / a.output_step) for a in answers.own.values()]
    fits = conduct.fits_range(own, (0.0,), limits, scheme.quant_max)
    if fits.reason or any(_wrong_answers(answers)):
        return fits
    for a in answers.all:
        expected = a.expected_output_step
        if not _close(a.output_step, expected, answers.rounding(a)):
            return wrong(
                say("reason", "output-scale-differs", where=probe_name(a.probe)),
                expected=expected,
                actual=a.output_step,
                tolerance=conduct.percent(conduct.RATIO_TOLERANCE),
                where=a.probe,
            )
    return right()


def _rescales(answers: ScaleAnswers) -> Verdict:
    """Judge whether the scale follows the values, as closely as a rounded one can."""
    growing = (Probe.SKEWED, Probe.RESCALED, Probe.SHRUNK)
    slack = answers.rounding(*(answers.probes[name] for name in growing))
    verdict = conduct.rescales(answers.rescaling(), answers.form, slack)
    return right("scale-rounded") if _is_coarse(answers) and not verdict.reason else verdict


def _signs(answers: ScaleAnswers) -> Verdict:
    probes = answers.probes
    return conduct.ignores_sign(probes[Probe.SKEWED].step, probes[Probe.NEGATED].step)


def _is_coarse(answers: ScaleAnswers) -> bool:
    """Return whether decimal rounding changes some scale of the network by more than a little."""
    return answers.places is not None and any(
        answers.rounding(a) > conduct.RATIO_TOLERANCE for a in answers.own.values()
    )


def _highest(answers: ScaleAnswers, limits: Thresholds) -> float:
    """Return the highest level allowed; a power of two is one before or after the factors."""
    every = (*answers.own.values(), *answers.probes.values())
    returned = (a.step for a in every)
    of_values = (a.step / a.accumulator for a in every)
    return max(conduct.highest_level(steps, limits) for steps in (returned, of_values))


def _depends(answers: ScaleAnswers) -> Verdict:
    given = [a.returned for a in answers.all if a.usable and a.returned is not None]
    numbers = [value.number for value in given]
    return conduct.not_constant([np.array([n]) for n in numbers if n is not None])


def _repeatable(answers: ScaleAnswers) -> Verdict:
    first, second = answers.probes[Probe.SKEWED].step, answers.probes[Probe.REPEATED].step
    if first == second:
        return right()
    return wrong(say("reason", "answers-differ"), expected=first, actual=second)


def _answers_to(answers: ScaleAnswers, role: str) -> Verdict:
    """Judge whether the scale answers to every factor of a role."""
    wrong_ones = (one for one in _wrong_answers(answers) if one[0].factor.role == role)
    answer, call = next(wrong_ones, (None, None))
    if answer is None or call is None:
        return right()
    needed, found = (from_step(g, call.form) for g in (answer.expected, answer.actual))
    return wrong(
        _growth_told(answer.factor, needed, found),
        expected=answer.expected,
        actual=answer.actual,
        tolerance=conduct.percent(conduct.RATIO_TOLERANCE),
        where=answer.factor.name,
    )


def _wrong_answers(answers: ScaleAnswers) -> Iterator[tuple[FactorAnswer, ScaleAnswer]]:
    """Yield the factors to which the scale does not answer as it should, with the calls."""
    for answer, call in zip(answers.factors.values(), answers.factor_calls, strict=True):
        slack = answers.rounding(answers.probes[Probe.SKEWED], call)
        if not _close(answer.actual, answer.expected, slack):
            yield answer, call


def _close(actual: float, expected: float, slack: float) -> bool:
    return abs(actual / expected - 1.0) <= conduct.RATIO_TOLERANCE + slack


def _growth_told(factor: Factor, needed: float, found: float) -> Message:
    """Return how the scale changed when the multiplier in a *factor* was made larger."""
    told = {"factor": factor.name, "times": RESCALE, "needed": conduct.change(needed)}
    if factor.form is ScaleForm.STEP:
        return say("reason", "scale-growth-divided", **told, change=conduct.change(found))
    return say("reason", "scale-growth", **told, change=conduct.change(found))
