"""Claims about ``quantized_weights``: per tensor, symmetric, integers in a float32 tensor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from grader.baseline.loss import Loss
from grader.border.answers import WeightAnswer
from grader.border.probes import FILLED_EVENLY, RESCALE, Probe
from grader.editions.rubric import Thresholds
from grader.model import CheckResult
from grader.tasks import accuracy, conduct
from grader.tasks.check import Check, Step, Verdict, check, right, run_steps, wrong
from grader.tasks.conduct import ROUNDING_TOLERANCE, TRUNCATION_TOLERANCE
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.words.message import say
from grader.words.places import probe_name
from reference.spec import QuantScheme

# How many times its range weights may reach; the rubric's highest levels agree with it.
FARTHEST_OF_EVEN = 1.5
FARTHEST = 16.0
# So many clipped tensors that all end on one integer were clamped to it, whatever their range.
FEWEST_BOUNDS = 3


@check("weights.returns")
def returns_tensor_and_scale(answers: Sequence[WeightAnswer]) -> Verdict:
    """The function returns a float32 tensor and one positive, finite number for every tensor."""
    verdict = conduct.answered(answers)
    return verdict if verdict.reason else conduct.is_float32(answers)


@check("weights.shape")
def keeps_shape(answers: Sequence[WeightAnswer]) -> Verdict:
    """The quantized weights have the shape of the weights."""
    for a in answers:
        if a.integers.shape != a.weights.shape:
            return wrong(
                say("reason", "weights-shape", given=a.weights.shape, returned=a.integers.shape),
                expected=a.weights.shape,
                actual=a.integers.shape,
                where=a.probe,
            )
    return right()


@check("weights.integers")
def are_integers(answers: Sequence[WeightAnswer]) -> Verdict:
    """Every quantized weight is an integer."""
    return conduct.first_wrong(
        conduct.holds_integers(conduct.about(a), a.integers) for a in answers
    )


@check("weights.bounds")
def are_within_bits(answers: Sequence[WeightAnswer], scheme: QuantScheme) -> Verdict:
    """Every quantized weight fits a signed 8-bit integer."""
    bounds = (scheme.quant_min, scheme.quant_max)
    return conduct.first_wrong(
        conduct.within(conduct.about(a), a.integers, *bounds) for a in answers
    )


@check("weights.scale")
def scale_gives_integers(answers: Sequence[WeightAnswer], scheme: QuantScheme) -> Verdict:
    """Each quantized weight is the weight times the returned scale, rounded and clamped."""
    lowered = clips_one_side(answers, scheme.quant_max)
    return conduct.first_wrong(_rounds(a, scheme.quant_max, lowered=lowered) for a in answers)


def clips_one_side(answers: Sequence[WeightAnswer], quant_max: int) -> bool:
    """
    Return whether the values on the shorter side of a range, and those alone, are clipped to it.

    Weights clipped to mean - 3 sigma and mean + 3 sigma and scaled by the larger of the two end
    short of the integers' edge on the other side. Such a bound follows the weights and lies near
    them; one integer for all tensors, or one far within the range, is a clamp to fewer bits.
    """
    moved = {a.probe: _moved(a, quant_max) for a in answers if a.usable and a.integers.size}
    if any(len(sides) > 1 for sides in moved.values()):
        return False
    ends = [(probe, *side) for probe, sides in moved.items() for side in sides]
    if any(beyond > _farthest(probe) * end for probe, beyond, end in ends):
        return False
    return len(ends) < FEWEST_BOUNDS or len({end for _, _, end in ends}) > 1


def _farthest(probe: str) -> float:
    return FARTHEST_OF_EVEN if probe in FILLED_EVENLY else FARTHEST


def _moved(a: WeightAnswer, quant_max: int) -> list[tuple[float, float]]:
    """Return, of each side that ends short of its weights, their level and the one they got."""
    sides = ((a.scaled.max(), a.integers.max()), (-a.scaled.min(), -a.integers.min()))
    return [
        (float(beyond), float(end))
        for beyond, end in sides
        if min(beyond, quant_max) - end > TRUNCATION_TOLERANCE
    ]


def _rounds(a: WeightAnswer, quant_max: int, *, lowered: bool) -> Verdict:
    # -127 is as good as -128: some clamp symmetrically.
    real = np.clip(a.scaled, -quant_max, quant_max)
    error = np.abs(np.clip(a.integers, -quant_max, quant_max) - real)
    if error.max() <= TRUNCATION_TOLERANCE:
        return right(*(("rounds-down",) if error.max() > ROUNDING_TOLERANCE else ()))
    inside = np.clip(real, a.integers.min(), a.integers.max())
    if lowered and np.abs(a.integers - inside).max() <= TRUNCATION_TOLERANCE:
        return right("range-clips")
    worst = int(error.argmax())
    wanted, actual = float(np.rint(real.flat[worst])), float(a.integers.flat[worst])
    return wrong(
        say(
            "reason",
            "weights-value",
            weight=float(a.weights.flat[worst]),
            where=probe_name(a.probe),
            wanted=wanted,
            actual=actual,
        ),
        expected=wanted,
        actual=actual,
        tolerance=1,
        where=a.probe,
    )


@check("weights.range")
def uses_the_range(answers: WeightAnswers, limits: Thresholds, scheme: QuantScheme) -> Verdict:
    """The largest weight lands near the edge of the 8-bit range."""
    own = [(a.probe, a.level) for a in (*answers.own.values(), *answers.biased.values())]
    even = [answers.probes[name].level for name in FILLED_EVENLY]
    highest = conduct.highest_level((a.step for a in answers.all if a.usable), limits)
    verdict = conduct.fits_range(own, even, limits, scheme.quant_max, highest)
    grown = growth(answers.probes)
    upside_down = verdict.reason and conduct.is_upside_down(grown)
    form = answers.probes[Probe.SKEWED].form
    return conduct.upside_down(grown, form) if upside_down else verdict


@check("weights.rescaling")
def follows_the_weights(probes: Mapping[Probe, WeightAnswer]) -> Verdict:
    """The scale follows the weights: the same weights times four give a quarter of it."""
    return conduct.rescales(growth(probes), probes[Probe.SKEWED].form)


def growth(probes: Mapping[Probe, WeightAnswer]) -> dict[float, float]:
    """Return the expected and the actual growth of the step when the weights grow."""
    base = probes[Probe.SKEWED].step
    grown = {RESCALE: probes[Probe.RESCALED].step / base}
    return grown | {RESCALE**-4: probes[Probe.SHRUNK].step / base}


@check("weights.sign")
def counts_both_signs(probes: Mapping[Probe, WeightAnswer]) -> Verdict:
    """The range covers negative weights as well as positive ones."""
    return conduct.ignores_sign(probes[Probe.SKEWED].step, probes[Probe.NEGATED].step)


@check("weights.unchanged")
def leaves_weights_alone(answers: Sequence[WeightAnswer]) -> Verdict:
    """The weights that are handed in are not changed."""
    return conduct.left_alone(answers)


@check("weights.repeatable")
def answers_alike(probes: Mapping[Probe, WeightAnswer]) -> Verdict:
    """The same weights give the same answer every time."""
    first, second = probes[Probe.SKEWED], probes[Probe.REPEATED]
    same = first.step == second.step and np.array_equal(first.integers, second.integers)
    return right() if same else wrong(say("reason", "weights-differ"))


@check("weights.depends")
def depends_on_weights(answers: Sequence[WeightAnswer], stub_step: float | None) -> Verdict:
    """The answer follows from the weights, and is not the one that the template gives."""
    given = [a for a in answers if a.usable]
    if all(np.array_equal(a.integers, a.weights) for a in given):
        return conduct.returns_argument(given)
    if stub_step is not None and all(
        math.isclose(a.step, stub_step, rel_tol=conduct.STUB_TOLERANCE) for a in given
    ):
        return conduct.is_template(given)
    return conduct.not_constant([a.integers for a in given])


@check("weights.accuracy")
def weights_keep_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """With quantized weights, accuracy falls by no more than the course allows."""
    return accuracy.keeps(loss, limits)


CHECKS: tuple[Check[...], ...] = (
    returns_tensor_and_scale,
    keeps_shape,
    are_integers,
    are_within_bits,
    scale_gives_integers,
    uses_the_range,
    follows_the_weights,
    counts_both_signs,
    leaves_weights_alone,
    answers_alike,
    depends_on_weights,
)


def judge(
    answers: WeightAnswers,
    limits: Thresholds,
    scheme: QuantScheme,
    stub_step: float | None = None,
) -> tuple[CheckResult, ...]:
    """Return the results of the family, in order; what rests on a failed check is skipped."""
    every, probes = answers.all, answers.probes
    returns, shape, scale = (returns_tensor_and_scale.id, keeps_shape.id, scale_gives_integers.id)
    return run_steps(
        [
            Step(check=c, run=run, needs=needs)
            for c, run, needs in (
                (CHECKS[0], lambda: returns_tensor_and_scale(every), ()),
                (CHECKS[1], lambda: keeps_shape(every), (returns,)),
                (CHECKS[2], lambda: are_integers(every), (returns,)),
                (CHECKS[3], lambda: are_within_bits(every, scheme), (returns,)),
                (CHECKS[4], lambda: scale_gives_integers(every, scheme), (shape,)),
                (CHECKS[5], lambda: uses_the_range(answers, limits, scheme), (scale,)),
                (CHECKS[6], lambda: follows_the_weights(probes), (scale,)),
                (CHECKS[7], lambda: counts_both_signs(probes), (scale,)),
                (CHECKS[8], lambda: leaves_weights_alone(every), (returns,)),
                (CHECKS[9], lambda: answers_alike(probes), (returns,)),
                (CHECKS[10], lambda: depends_on_weights(every, stub_step), (returns,)),
            )
        ]
    )
