"""Claims about ``quantized_bias``: the bias on the scale of the sum that it is added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.baseline.loss import Agreement, Loss
from grader.border.answers import BiasAnswer
from grader.border.conventions import Floats
from grader.border.probes import RESCALE, Factor, Probe
from grader.editions.rubric import Thresholds
from grader.editions.schema import Role, ScaleForm, TaskSpec
from grader.model import CheckResult
from grader.tasks import accuracy, conduct
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.check import Check, Step, Verdict, check, right, run_steps, wrong
from grader.words.message import Message, say
from grader.words.places import probe_name

# A float32 product of nine factors is off by a few units in its last place, 2^-24 each.
RELATIVE_TOLERANCE = 1e-5
ABSOLUTE_TOLERANCE = 1.0 + 1e-3
# How far a measured growth may be off: the probe's values are rounded to whole numbers.
GROWTH_TOLERANCE = 0.01
# Of one product of two float32 numbers.
FLOAT32_TOLERANCE = 1e-6


@check("bias.returns")
def returns_tensor(answers: Sequence[BiasAnswer]) -> Verdict:
    """The function returns a float32 tensor, as the layer that it is added in needs it."""
    verdict = conduct.answered(answers)
    return verdict if verdict.reason else conduct.is_float32(answers)


@check("bias.shape")
def keeps_shape(answers: Sequence[BiasAnswer]) -> Verdict:
    """The quantized bias has the shape of the bias."""
    for a in answers:
        if a.integers.shape != a.bias.shape:
            return wrong(
                say("reason", "bias-shape", given=a.bias.shape, returned=a.integers.shape),
                expected=a.bias.shape,
                actual=a.integers.shape,
                where=a.probe,
            )
    return right()


@check("bias.integers")
def are_integers(answers: Sequence[BiasAnswer]) -> Verdict:
    """Every value of the quantized bias is an integer."""
    return conduct.first_wrong(
        conduct.holds_integers(conduct.about(a), a.integers) for a in answers
    )


@check("bias.bounds")
def are_within_bits(answers: Sequence[BiasAnswer], bits: int) -> Verdict:
    """Every value of the quantized bias fits a signed 32-bit integer."""
    edge = float(2 ** (bits - 1))  # float32 has no 2^31 - 1: its neighbour is 2^31
    return conduct.first_wrong(
        conduct.within(conduct.about(a), a.integers, -edge, edge) for a in answers
    )


@check("bias.weight_factor", Role.WEIGHT_SCALE)
def carries_weight_scale(answers: BiasAnswers) -> Verdict:
    """The bias is multiplied by the layer's own weight scale, once."""
    return _carries(answers, Role.WEIGHT_SCALE)


@check("bias.input_factor", Role.INPUT_SCALE)
def carries_input_scale(answers: BiasAnswers) -> Verdict:
    """The bias is multiplied by the scale of the initial input, once."""
    return _carries(answers, Role.INPUT_SCALE)


@check("bias.preceding_factors", Role.PRECEDING_SCALES)
def carries_preceding_scales(answers: BiasAnswers) -> Verdict:
    """The bias is multiplied by every weight and output scale of the preceding layers, once."""
    return _carries(answers, Role.PRECEDING_SCALES)


@check("bias.rescaling")
def follows_the_bias(probes: Mapping[Probe, BiasAnswer]) -> Verdict:
    """A bias four times as large gives integers four times as large."""
    return _grows(probes[Probe.RESCALED], probes[Probe.BASE], RESCALE, None)


@check("bias.value")
def is_on_the_accumulators_scale(answers: Sequence[BiasAnswer], bits: int) -> Verdict:
    """Each value is the bias times all the factors on the layer's sum, rounded."""
    return conduct.first_wrong(_value(a, float(2 ** (bits - 1))) for a in answers)


@check("bias.agreement")
def predicts_alike(agreement: Agreement, limits: Thresholds) -> Verdict:
    """With a large random bias, the integer network predicts what it does with the right one."""
    percent = 100.0 * agreement.agreeing / agreement.images
    if percent >= limits.bias_agreement:
        return right()
    return wrong(
        say("reason", "bias-agreement", share=f"{percent:.1f}", images=agreement.images),
        expected=say("value", "at-least", number=f"{limits.bias_agreement:g} %"),
        actual=f"{percent:.1f} %",
    )


@check("bias.unchanged")
def leaves_bias_alone(answers: Sequence[BiasAnswer]) -> Verdict:
    """The bias and the list of scales that are handed in are not changed."""
    return conduct.left_alone(answers)


@check("bias.repeatable")
def answers_alike(probes: Mapping[Probe, BiasAnswer]) -> Verdict:
    """The same bias and scales give the same answer every time."""
    same = np.array_equal(probes[Probe.BASE].integers, probes[Probe.REPEATED].integers)
    return right() if same else wrong(say("reason", "answers-differ"))


@check("bias.depends")
def depends_on_bias(answers: Sequence[BiasAnswer], factors: Sequence[float]) -> Verdict:
    """The answer follows from the bias, and is not the one that the template gives."""
    given = [a for a in answers if a.usable]
    if returns_bias(given):
        return conduct.returns_argument(given)
    if template_factor(given, factors) is not None:
        return conduct.is_template(given)
    return conduct.not_constant([a.integers for a in given])


def returns_bias(answers: Sequence[BiasAnswer]) -> bool:
    """Return whether every bias came back as it was."""
    return all(np.array_equal(a.integers, a.bias) for a in answers)


def template_factor(answers: Sequence[BiasAnswer], factors: Sequence[float]) -> float | None:
    """Return by which of the template's *factors* the bias came back multiplied, None by none."""
    given = [a for a in answers if a.usable and a.integers.shape == a.bias.shape]
    for factor in factors:
        scaled = [(a.bias * np.float32(factor), a.integers) for a in given]
        as_it_is = all(
            np.allclose(found, value, rtol=FLOAT32_TOLERANCE) for value, found in scaled
        )
        rounded = all(np.array_equal(found, np.rint(value)) for value, found in scaled)
        if given and (as_it_is or rounded):
            return factor
    return None


@check("bias.accuracy")
def bias_keeps_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """With the quantized bias, accuracy falls by no more than the course allows."""
    return accuracy.keeps(loss, limits)


CHECKS: tuple[Check[...], ...] = (
    returns_tensor,
    keeps_shape,
    are_integers,
    are_within_bits,
    carries_weight_scale,
    carries_input_scale,
    carries_preceding_scales,
    follows_the_bias,
    is_on_the_accumulators_scale,
    predicts_alike,
    leaves_bias_alone,
    answers_alike,
    depends_on_bias,
)


def judge(
    answers: BiasAnswers, task: TaskSpec, limits: Thresholds, bits: int
) -> tuple[CheckResult, ...]:
    """Return the results of the family, in order; what rests on a failed check is skipped."""
    every, probes = answers.all, answers.probes
    returns, shape = (returns_tensor.id,), (returns_tensor.id, keeps_shape.id)
    agreement = answers.agreement or Agreement(agreeing=0, images=1)
    runs = (
        (lambda: returns_tensor(every), ()),
        (lambda: keeps_shape(every), returns),
        (lambda: are_integers(every), returns),
        (lambda: are_within_bits(every, bits), returns),
        (lambda: carries_weight_scale(answers), shape),
        (lambda: carries_input_scale(answers), shape),
        (lambda: carries_preceding_scales(answers), shape),
        (lambda: follows_the_bias(probes), shape),
        (lambda: is_on_the_accumulators_scale(every, bits), shape),
        (lambda: predicts_alike(agreement, limits), shape),
        (lambda: leaves_bias_alone(every), returns),
        (lambda: answers_alike(probes), returns),
        (lambda: depends_on_bias(every, task.stub.factors), returns),
    )
    steps = zip(CHECKS, runs, strict=True)
    return run_steps(
        [Step(check=c, run=run, needs=needs) for c, (run, needs) in steps if c.applies_to(task)]
    )


def _carries(answers: BiasAnswers, role: str) -> Verdict:
    """Judge whether the integers grow with every factor of a role."""
    base = answers.probes[Probe.BASE]
    before = base.scales.accumulator
    return conduct.first_wrong(
        _grows(answer, base, answer.scales.accumulator / before, factor)
        for factor, answer in answers.factors.items()
        if factor.role == role
    )


def _grows(
    after: BiasAnswer, before: BiasAnswer, expected: float, factor: Factor | None
) -> Verdict:
    """Judge whether the integers grew as expected with one *factor*; None: with the bias."""
    actual = growth(after.integers, before.integers)
    if abs(actual - expected) <= GROWTH_TOLERANCE * expected:
        return right()
    return wrong(
        _growth_told(expected, actual, factor),
        expected=expected,
        actual=actual,
        tolerance=conduct.percent(GROWTH_TOLERANCE),
        where=say("factor", "bias") if factor is None else factor.name,
    )


def _growth_told(expected: float, actual: float, factor: Factor | None) -> Message:
    """Return how the integers changed when the factor, or the bias, was made larger."""
    name = say("factor", "bias") if factor is None else factor.name
    told = {"times": RESCALE, "needed": conduct.change(expected, many=True)}
    found = conduct.change(actual, many=True)
    if factor is not None and factor.form is ScaleForm.STEP:
        return say("reason", "bias-growth-divided", factor=name, **told, change=found)
    return say("reason", "bias-growth", factor=name, **told, change=found)


def growth(after: Floats, before: Floats) -> float:
    """Return by what factor integers grew, negative where their signs changed."""
    size = float(np.abs(before).sum())
    sign = float(np.sign((after * before).sum()))
    return sign * float(np.abs(after).sum()) / size if size else float("nan")


def _value(a: BiasAnswer, edge: float) -> Verdict:
    expected = np.clip(a.expected, -edge, edge)
    error = np.abs(np.clip(a.integers, -edge, edge) - expected)
    excess = error - np.maximum(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * np.abs(expected))
    if not excess.size or excess.max() <= 0:
        return right()
    worst = int(excess.argmax())
    wanted, actual = float(np.rint(expected.flat[worst])), float(a.integers.flat[worst])
    return wrong(
        say(
            "reason",
            "bias-value",
            bias=float(a.bias.flat[worst]),
            wanted=wanted,
            actual=actual,
            where=probe_name(a.probe),
        ),
        expected=wanted,
        actual=actual,
        tolerance=say("value", "one-or-share", share=conduct.percent(RELATIVE_TOLERANCE)),
        where=a.probe,
    )
