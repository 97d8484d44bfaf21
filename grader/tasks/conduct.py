"""What every function owes its caller, and what every range rule has in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from grader.border.answers import Answer, BiasAnswer, WeightAnswer
from grader.border.conventions import Floats, from_step, is_power_of_two
from grader.editions.rubric import Thresholds
from grader.editions.schema import ScaleForm
from grader.model import Fault
from grader.sandbox.calls.replies import CallError
from grader.tasks.check import Verdict, pending, raised, right, wrong
from grader.words.message import Message, Value, named, say
from grader.words.numbers import significant
from grader.words.places import cell_named, line_of, probe_name

# Between round-half-even, round-half-up and float32's last bit.
ROUNDING_TOLERANCE = 0.5 + 1e-3
TRUNCATION_TOLERANCE = 1.0 + 1e-3
# Histogram searches move by a bin or two; a forgotten abs or a constant moves by far more.
SLACK = 0.1
RATIO_TOLERANCE = 0.02
# The level on which a power of two rounded up may land: twice that of a right scale.
HIGHEST_POWER_OF_TWO = 256.0
# Levels beyond the largest integer up to which nothing clips: 128 and 128.5 round to the edge.
BEYOND_EDGE = 1.5
# Of a scale that is the template's: float32, and a number that was typed with four digits.
STUB_TOLERANCE = 1e-4


def answered(answers: Iterable[Answer]) -> Verdict:
    """Judge whether every call gave a value of the right kind."""
    for answer in answers:
        if answer.error is not None:
            return failed_call(answer.error)
        if answer.problem:
            return wrong(answer.problem, where=probe(answer))
    return right()


def failed_call(error: CallError) -> Verdict:
    """Return the verdict on a call that ended without a value."""
    if error.kind == "internal":
        return pending(say("reason", "grader-failed-in-call"), Fault(exception=str(error.message)))
    if error.kind in ("newer_python", "not_installed"):
        return pending(error.message)
    return raised(error.message, where=place(error))


def place(error: CallError) -> Message | None:
    """Return the line of the student's own code that raised, if it is known."""
    if error.line is None:
        return None if error.cell is None else cell_named(error.cell, error.counter)
    if error.cell is None and not error.file:
        return say("where", "line", line=error.line)
    return line_of(error.file or "", error.cell, error.line, error.counter)


def probe(answer: Answer) -> Message:
    """Return which inputs a call was made with."""
    return say("where", "probe", where=probe_name(answer.probe))


def about(answer: Answer) -> Value:
    """Return what an answer is about: one of the probes, or a tensor of the network."""
    probe = named("where", f"probe {answer.probe}", otherwise=answer.probe)
    if isinstance(probe, Message):
        return say("where", "quoted-probe", where=probe)
    return named("where", answer.probe)


def is_float32(answers: Iterable[WeightAnswer | BiasAnswer]) -> Verdict:
    """Judge whether every tensor is one that the next float32 layer accepts."""
    for answer in answers:
        if answer.dtype != "float32":
            return wrong(
                say("reason", "not-float32", dtype=answer.dtype),
                expected="float32",
                actual=answer.dtype,
                where=probe(answer),
            )
    return right()


def holds_integers(name: Value, integers: Floats) -> Verdict:
    """Judge whether every value is an integer; a tensor without values has nothing to judge."""
    if not integers.size:
        return _empty(name)
    broken = integers[integers != np.rint(integers)]
    if not broken.size:
        return right()
    sample = float(broken.flat[int(np.abs(broken - np.rint(broken)).argmax())])
    return wrong(
        say(
            "reason",
            "not-integers",
            count=broken.size,
            total=integers.size,
            where=name,
            value=sample,
        ),
        expected=say("value", "integers"),
        actual=sample,
        where=name,
    )


def within(name: Value, integers: Floats, low: float, high: float) -> Verdict:
    """Judge whether every value lies between *low* and *high*, and there is one at all."""
    if not integers.size:
        return _empty(name)
    smallest, largest = float(integers.min()), float(integers.max())
    if smallest >= low and largest <= high:
        return right()
    return wrong(
        say("reason", "out-of-bounds", where=name, low=smallest, high=largest),
        expected=say("value", "range", low=low, high=high),
        actual=say("value", "range", low=smallest, high=largest),
        where=name,
    )


def _empty(name: Value) -> Verdict:
    return wrong(
        say("reason", "no-values", where=name),
        expected=say("value", "integers"),
        actual=say("value", "nothing"),
        where=name,
    )


def first_wrong(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the first verdict that is not a pass; the remarks of all where there is none."""
    remarks: set[str] = set()
    for verdict in verdicts:
        if verdict.reason:
            return verdict
        remarks.update(verdict.remarks)
    return right(*sorted(remarks))


def left_alone(answers: Iterable[Answer]) -> Verdict:
    """Judge whether no call changed an argument."""
    for answer in answers:
        if answer.changed:
            return wrong(
                say("reason", "changed-in-place", argument=named("argument", answer.changed)),
                expected=say("value", "unchanged"),
                actual=say("value", "changed"),
                where=probe(answer),
            )
    return right()


def returns_argument(answers: Sequence[Answer]) -> Verdict:
    """Judge a function that has returned its argument in each of the *answers*."""
    return (
        wrong(say("reason", "argument-returned"), where=probe(answers[0])) if answers else right()
    )


def is_template(answers: Sequence[Answer]) -> Verdict:
    """Judge a function that has computed what the template's does in each of the *answers*."""
    return wrong(say("reason", "as-template"), where=probe(answers[0])) if answers else right()


def not_constant(values: Sequence[Floats]) -> Verdict:
    """Judge whether several answers hold more than one and the same number."""
    numbers = {float(array.flat[0]) for array in values if array.size}
    if len(values) < 2 or len(numbers) != 1:
        return right()
    number = numbers.pop()
    if not all(np.all(array == number) for array in values):
        return right()
    return wrong(say("reason", "same-whatever", value=number), actual=number)


def rescales(ratios: Mapping[float, float], form: ScaleForm, slack: float = 0.0) -> Verdict:
    """
    Judge whether the step grew as the values did; *ratios* maps expected to actual growth.

    It is told of the scale as the edition writes it: a multiplier shrinks as the step grows.
    """
    for expected, actual in ratios.items():
        if not _close(actual, expected, RATIO_TOLERANCE + slack):
            found = _written(actual, form)
            return wrong(
                _does_not_follow(expected, actual, form),
                expected=from_step(expected, form),
                actual=found,
                tolerance=percent(RATIO_TOLERANCE),
            )
    return right()


def _written(growth: float, form: ScaleForm) -> float:
    """Return a step's growth as that of the scale; the quotient of two steps may underflow."""
    return from_step(growth, form) if growth else math.inf


def _does_not_follow(growth: float, actual: float, form: ScaleForm) -> Message:
    """Return that values grew by *growth* and their step by *actual*."""
    told = change(_written(actual, form))
    if growth < 1.0:
        times = 1.0 / growth
        if form is ScaleForm.STEP:
            return say("reason", "step-does-not-shrink", times=times, change=told)
        return say("reason", "scale-does-not-grow", times=times, change=told)
    if _close(_written(actual, ScaleForm.MULTIPLIER), growth, RATIO_TOLERANCE):
        return _upside_down(growth, actual, form)
    if form is ScaleForm.STEP:
        return say("reason", "step-does-not-grow", times=growth, change=told)
    return say("reason", "scale-does-not-shrink", times=growth, change=told)


def _upside_down(growth: float, actual: float, form: ScaleForm) -> Message:
    """Return that a scale answers to values which grew by *growth* the wrong way round."""
    found = significant(_written(actual, ScaleForm.MULTIPLIER))
    if form is ScaleForm.STEP:
        return say("reason", "step-upside-down", times=growth, actual=found)
    return say("reason", "scale-upside-down", times=growth, actual=found)


def change(ratio: float, *, many: bool = False) -> Message:
    """Return how a value changed that grew by *ratio*; *many* where there are several."""
    number = significant(ratio)
    if math.isnan(ratio):
        return say("change", "from-zero")
    if number == 1.0:
        return say("change", "none-of-many") if many else say("change", "none")
    if number in (0.0, -1.0):
        return say("change", "to-zero") if number == 0.0 else say("change", "sign")
    if abs(ratio) < 1.0:
        return say("change", "divided", number=significant(1.0 / ratio))
    return say("change", "multiplied", number=number)


def is_upside_down(ratios: Mapping[float, float]) -> bool:
    """Return whether the step shrank as the values grew, whatever the range rule."""
    return all(
        expected != 1.0 and _close(actual * expected, 1.0, RATIO_TOLERANCE)
        for expected, actual in ratios.items()
    )


def upside_down(ratios: Mapping[float, float], form: ScaleForm) -> Verdict:
    """Return the verdict on the range of a scale that follows the values the wrong way round."""
    expected, actual = next(iter(ratios.items()))
    return wrong(
        _upside_down(expected, actual, form),
        expected=from_step(expected, form),
        actual=from_step(actual, form),
        tolerance=percent(RATIO_TOLERANCE),
    )


def highest_level(steps: Iterable[float], limits: Thresholds) -> float:
    """
    Return the highest level that is right on values which fill their range evenly.

    The power of two next to a right scale lands up to twice as high: its values are spread over
    its range as those of any other rule are, but nothing between it and the next is to be had.
    """
    if all(is_power_of_two(step) for step in steps):
        return max(limits.highest_level, HIGHEST_POWER_OF_TWO)
    return limits.highest_level


def ignores_sign(step: float, negated_step: float) -> Verdict:
    """Judge whether a tensor and its negative get the same step, within ten percent."""
    if _close(negated_step, step, SLACK):
        return right()
    factor = max(step, negated_step) / min(step, negated_step)
    return wrong(
        say("reason", "sign-counts", factor_by=significant(factor)),
        expected=step,
        actual=negated_step,
        tolerance=percent(SLACK),
    )


def fits_range(
    own: Sequence[tuple[str, float]],
    even: Sequence[float],
    limits: Thresholds,
    quant_max: int,
    highest_even: float | None = None,
) -> Verdict:
    """
    Judge the levels on which the largest values land.

    *own* are the network's own tensors by name, *even* the levels on values that fill their
    range evenly: there, a level beyond *highest_even* (the rubric's highest level where there is
    none) means that many values clip.
    """
    least, most = limits.lowest_level, limits.highest_own_level
    for name, level in own:
        told = {"where": probe_name(name), "level": significant(level), "edge": quant_max}
        if not level >= least:
            wanted = say("value", "at-least", number=least)
            return _lands_off(say("reason", "range-wasted", **told), name, level, wanted)
        if not level <= most:
            wanted = say("value", "at-most", number=most)
            return _lands_off(say("reason", "range-missed", **told), name, level, wanted)
    highest, allowed = max(even), highest_even or limits.highest_level
    if not highest <= allowed:
        clipped = min(99, int(100.0 * (1.0 - quant_max / highest)))  # the smallest do not clip
        told = {"level": significant(highest), "edge": quant_max, "share": clipped}
        return wrong(
            say("reason", "range-exceeded", **told),
            expected=say("value", "at-most", number=allowed),
            actual=highest,
        )
    clips = any(level > quant_max + BEYOND_EDGE for _, level in own)
    return right(*(("range-clips",) if clips else ()))


def _lands_off(reason: Message, tensor: str, level: float, wanted: Message) -> Verdict:
    """Return that the largest value of a tensor lands on another level than is *wanted*."""
    return wrong(reason, expected=wanted, actual=level, where=probe_name(tensor))


def _close(actual: float, expected: float, tolerance: float) -> bool:
    return abs(actual - expected) <= tolerance * abs(expected)


def percent(share: float) -> Message:
    """Return a tolerance that is a share of the expected value: ``2 %``."""
    return say("value", "percent", number=significant(100.0 * share, 6))
