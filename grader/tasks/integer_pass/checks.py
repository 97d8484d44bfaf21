"""Claims about ``NetQuantized.forward``: nothing but 8-bit integers passes between the layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from grader.baseline.loss import Loss
from grader.baseline.replay import OUTPUT
from grader.border.conventions import Floats
from grader.editions.rubric import Thresholds
from grader.editions.schema import ScaleForm
from grader.model import CheckResult, Outcome
from grader.tasks import accuracy, conduct
from grader.tasks.check import (
    Check,
    Step,
    Verdict,
    check,
    right,
    run_steps,
    wrong,
)
from grader.tasks.conduct import ROUNDING_TOLERANCE, TRUNCATION_TOLERANCE
from grader.tasks.integer_pass.forms import asked_for, rounded_up, scheme_taken
from grader.tasks.integer_pass.seen import MOSTLY, ForwardAnswers, Replay
from grader.words.message import Message, say
from grader.words.numbers import percent
from reference.spec import QuantScheme, Rounding

# The 2024 sheet's 16 binary places and finer: what a multiplier loses there costs no accuracy.
FIXED_POINT_PLACES = range(16, 33)


@check("forward.runs")
def runs(answers: ForwardAnswers) -> Verdict:
    """The quantized network runs and returns one row of class scores for every image."""
    verdict = conduct.answered([answers.trace])
    if verdict.reason:
        return verdict
    shape = None if answers.trace.output is None else answers.trace.output.shape
    expected = (answers.trace.images, answers.classes)
    if shape != expected:
        return wrong(
            say("reason", "output-shape", images=expected[0], returned=shape),
            expected=expected,
            actual=shape,
        )
    return right()


@check("forward.depends")
def depends_on_images(answers: ForwardAnswers) -> Verdict:
    """What enters the layers and what comes out depends on the image."""
    if answers.ignores_images:
        return wrong(say("reason", "images-ignored", images=answers.trace.images))
    return right()


@check("forward.integers")
def integers_enter(answers: ForwardAnswers) -> Verdict:
    """What enters each convolutional and fully-connected layer is integers."""
    entering = answers.trace.entering
    return _unseen(answers) or conduct.first_wrong(
        conduct.holds_integers(_place(name), entering[name]) for name in answers.layers
    )


@check("forward.bounds")
def integers_fit(answers: ForwardAnswers, scheme: QuantScheme) -> Verdict:
    """What enters each convolutional and fully-connected layer lies within -128 and 127."""
    return _unseen(answers) or _seen_fit(answers, scheme)


@check("forward.output")
def output_is_quantized(answers: ForwardAnswers, scheme: QuantScheme) -> Verdict:
    """The output of the last layer is scaled, rounded and clamped like every other."""
    output = answers.trace.output
    if output is None:
        return wrong(say("reason", "no-output"))
    name = _place(OUTPUT)
    integers = conduct.holds_integers(name, output)
    bounds = (scheme.quant_min, scheme.quant_max)
    return conduct.first_wrong((integers, conduct.within(name, output, *bounds)))


@check("forward.input")
def input_is_scaled(answers: ForwardAnswers, scheme: QuantScheme) -> Verdict:
    """What enters the first layer is the image times the input scale, rounded and clamped."""
    return _matches(answers, (answers.layers[0],), scheme)


@check("forward.layers")
def layers_are_scaled(answers: ForwardAnswers, scheme: QuantScheme) -> Verdict:
    """Every layer's output is its exact integer sum times its scale, rounded and clamped."""
    return _matches(answers, (*answers.layers[1:], OUTPUT), scheme)


@check("forward.unchanged")
def leaves_images_alone(answers: ForwardAnswers) -> Verdict:
    """The images that are handed in are not changed."""
    return conduct.left_alone([answers.trace])


@check("forward.accuracy")
def forward_keeps_accuracy(loss: Loss, limits: Thresholds) -> Verdict:
    """Run by this forward pass, the quantized network loses no more accuracy than allowed."""
    return accuracy.keeps(loss, limits)


CHECKS: tuple[Check[...], ...] = (
    runs,
    integers_enter,
    integers_fit,
    output_is_quantized,
    input_is_scaled,
    layers_are_scaled,
    leaves_images_alone,
    depends_on_images,
)


def judge(answers: ForwardAnswers, scheme: QuantScheme) -> tuple[CheckResult, ...]:
    """
    Return the results of the family, in order.

    What was seen to enter the layers is judged even where the pass ended in an error later on.
    """
    ran = (runs.id,)
    seen = () if answers.seen else ran
    steps = (
        (lambda: runs(answers), ()),
        (lambda: integers_enter(answers), seen),
        (lambda: _clipping_too(integers_fit, answers, scheme), seen),
        (lambda: _clipping_too(output_is_quantized, answers, scheme), ran),
        (lambda: _clipping_too(input_is_scaled, answers, scheme), seen),
        (lambda: _clipping_too(layers_are_scaled, answers, scheme), ran),
        (lambda: leaves_images_alone(answers), ran),
        (lambda: depends_on_images(answers), () if answers.seen_at else ran),
    )
    pairs = zip(CHECKS, steps, strict=True)
    return run_steps([Step(check=c, run=run, needs=needs) for c, (run, needs) in pairs])


def agrees(answers: ForwardAnswers, scheme: QuantScheme) -> bool:
    """Return whether all that was seen are the integers of the exact replay."""
    seen = (runs.verdict(answers), input_is_scaled.verdict(answers, scheme))
    return not any(v.reason for v in (*seen, layers_are_scaled.verdict(answers, scheme)))


def scheme_of(answers: ForwardAnswers, scheme: QuantScheme) -> QuantScheme | None:
    """Return *scheme* with the rounding and fixed point that reproduce what was seen, if any."""
    if scheme.fraction_bits is not None:
        return scheme_taken(answers, scheme)
    places = [name for name in answers.seen_at if name in answers.replay.multipliers]
    fixed = (_fixed_point_of(answers, name, scheme) for name in places)
    return replace(
        scheme,
        input_rounding=_rounding_at(answers, answers.layers[:1]),
        rounding=_rounding_at(answers, places),
        fraction_bits=next((count for count in fixed if count is not None), None),
    )


def scores_follow(answers: ForwardAnswers) -> bool:
    """Return whether the scores name the class that the integers before the last layer name."""
    output, real = answers.trace.output, answers.replay.reals.get(OUTPUT)
    if output is None or real is None or output.shape != real.shape:
        return False
    return bool(np.mean(output.argmax(axis=1) == real.argmax(axis=1)) > MOSTLY)


def _fixed_point_of(answers: ForwardAnswers, name: str, scheme: QuantScheme) -> int | None:
    """Return the binary places of a layer's multiplier where only those explain what was seen."""
    actual, real = answers.seen_at[name], answers.replay.reals.get(name)
    if real is None or actual.size != real.size:
        return None
    if _fits(actual, real, scheme.quant_max):
        return None
    return fixed_point_places(name, actual, answers.replay, scheme.quant_max)


def _rounding_at(answers: ForwardAnswers, names: Sequence[str]) -> Rounding:
    """Return the rounding that more of the values seen at the places *names* are made by."""
    nearest = floors = 0
    for name in names:
        actual, real = answers.seen_at.get(name), answers.replay.reals.get(name)
        if actual is not None and real is not None and actual.size == real.size:
            nearest += int(np.sum(actual.reshape(-1) == np.rint(real.reshape(-1))))
            floors += int(np.sum(actual.reshape(-1) == np.floor(real.reshape(-1))))
    return Rounding.FLOOR if floors > nearest else Rounding.NEAREST


def _clipping_too(
    judged: Check[ForwardAnswers, QuantScheme], answers: ForwardAnswers, scheme: QuantScheme
) -> CheckResult:
    """Judge the pass with the network's own scales and, where that is right, the clipping one."""
    own, clipping = judged(answers, scheme), answers.clipping
    if own.outcome is not Outcome.PASSED or clipping is None:
        return own
    if clipping.trace.usable:
        other = judged(clipping, scheme)
    else:
        other = judged.result(_broken_off(clipping, scheme, judged.id))
    if other.outcome is Outcome.PASSED or other.reason is None:
        return own
    if answers.forms.images is ScaleForm.STEP:
        return replace(other, reason=say("reason", "clipping-steps", reason=other.reason))
    return replace(other, reason=say("reason", "clipping-scales", reason=other.reason))


def _broken_off(clipping: ForwardAnswers, scheme: QuantScheme, judged: str) -> Verdict:
    """
    Judge a pass that did not run through with scales by which every layer clips.

    Where it broke off at values that do not fit, as the template's own hooks do, that is judged
    once. For anything else, nothing was shown of how it clips.
    """
    fit = _seen_fit(clipping, scheme)
    if fit.reason:
        return fit if judged == integers_fit.id else right()
    return runs.verdict(clipping)


def _seen_fit(answers: ForwardAnswers, scheme: QuantScheme) -> Verdict:
    bounds = (scheme.quant_min, scheme.quant_max)
    return conduct.first_wrong(
        conduct.within(_place(name), answers.trace.entering[name], *bounds)
        for name in answers.layers
        if name in answers.trace.entering
    )


def _unseen(answers: ForwardAnswers) -> Verdict | None:
    """Return the verdict on a pass that went round the layers, so that nothing was seen."""
    if answers.seen:
        return None
    if answers.equals_replay:
        return right()
    missing = ", ".join(n for n in answers.layers if n not in answers.trace.entering)
    return wrong(
        say("reason", "layers-not-run", layers=missing),
        expected=say("value", "every-layer"),
        actual=say("value", "layers-left-out", names=missing),
    )


def _matches(answers: ForwardAnswers, names: tuple[str, ...], scheme: QuantScheme) -> Verdict:
    unseen = _unseen(answers)
    if unseen is not None:
        return unseen
    compared = [name for name in names if name in answers.replay.reals]
    verdict = conduct.first_wrong(_matches_at(answers, name, scheme) for name in compared)
    if verdict.reason or len(compared) == len(names):
        return verdict
    missing = next(name for name in names if name not in compared)
    return wrong(say("reason", "not-compared", where=_place(missing)), where=_spot(missing))


def _matches_at(answers: ForwardAnswers, name: str, scheme: QuantScheme) -> Verdict:
    actual = answers.seen_at.get(name)
    if actual is None:  # the output: every layer was seen
        return wrong(say("reason", "no-output"))
    return _rounds(name, actual, answers.replay, scheme.quant_max)


def _rounds(name: str, actual: Floats, replay: Replay, quant_max: int) -> Verdict:
    real = replay.reals[name]
    if actual.size != real.size:
        told = {"where": _place(name), "count": actual.size, "wanted": real.size}
        return wrong(
            say("reason", "layer-size", **told),
            expected=real.size,
            actual=actual.size,
            where=_spot(name),
        )
    up = () if rounded_up(actual, replay, name, quant_max) is None else ("rounds-up",)
    if any(_fits(actual, asked, quant_max) for asked in asked_for(replay, name)):
        return right(*up)
    should, error = _compare(actual, real, quant_max)
    share = float(np.mean(~(error <= TRUNCATION_TOLERANCE)))
    # Where the sheet asks for fixed point, neither that nor rounding down is worth a remark.
    is_asked = replay.fraction_bits is not None
    if share == 0.0:
        floors = error.max() > ROUNDING_TOLERANCE and not is_asked
        return right(*(("rounds-down",) if floors else up))
    if fixed_point_places(name, actual, replay, quant_max) is not None:
        return right(*(() if is_asked else ("fixed-point-multiplier",)))
    worst = int(np.nan_to_num(error, nan=np.inf).argmax())
    wanted, found = float(np.rint(should[worst])), float(actual.reshape(-1)[worst])
    told = {"where": _place(name), "share": percent(share), "wanted": wanted, "actual": found}
    return wrong(
        say("reason", "layer-value", **told),
        expected=wanted,
        actual=found,
        tolerance=1,
        where=_spot(name),
    )


def _fits(actual: Floats, real: Floats, quant_max: int) -> bool:
    """Return whether every value is one of the two integers that its real value lies between."""
    _, error = _compare(actual, real, quant_max)
    return bool(np.all(error <= TRUNCATION_TOLERANCE))


def _compare(actual: Floats, real: Floats, quant_max: int) -> tuple[Floats, Floats]:
    """Return what the values should be before rounding, and how far off each is; both flat."""
    should = np.clip(real.reshape(-1), -quant_max, quant_max)
    return should, np.abs(np.clip(actual.reshape(-1), -quant_max, quant_max) - should)


def fixed_point_places(name: str, actual: Floats, replay: Replay, quant_max: int) -> int | None:
    """Return to how many binary places a layer's multiplier was rounded, None where to none."""
    if name not in replay.multipliers:
        return None
    few = slice(0, 4096)  # tells nearly every other pass apart, in no time
    for places, whole_of in product(FIXED_POINT_PLACES, (np.rint, np.floor, np.ceil)):
        real = replay.fixed_point(name, places, whole_of).reshape(-1)
        if all(_fits(actual.reshape(-1)[p], real[p], quant_max) for p in (few, slice(None))):
            return places
    return None


def _spot(name: str) -> str:
    """Return a place as the evidence has it: in a word."""
    return "output" if name == OUTPUT else name


def _place(name: str) -> Message:
    """Return where values were seen: in front of a layer, or after the last one."""
    return (
        say("where", "last-output") if name == OUTPUT else say("where", "layer-input", layer=name)
    )
