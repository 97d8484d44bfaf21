"""What every function owes its caller, and what every range rule has in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from grader.answers import Answer, BiasAnswer, WeightAnswer
from grader.checks.base import Verdict, raised, right, ungraded, wrong
from grader.conventions import Floats
from grader.editions.schema import Thresholds
from grader.sandbox.protocol import CallError

# Histogram searches move by a bin or two; a forgotten abs or a constant moves by far more.
SLACK = 0.1
RATIO_TOLERANCE = 0.02


def answered(answers: Iterable[Answer]) -> Verdict:
    """Judge whether every call gave a value of the right kind."""
    for answer in answers:
        if answer.error is not None:
            return failed_call(answer.error)
        if answer.problem:
            return wrong(f"{_sentence(answer.problem)}.", where=f"probe: {answer.probe}")
    return right()


def failed_call(error: CallError) -> Verdict:
    """Return the verdict on a call that ended without a value."""
    if error.kind == "internal":
        return ungraded(f"The grader failed here, not the code handed in: {error.message}")
    where = "" if error.line is None else f"line {error.line}"
    if error.cell is not None:
        where = f"cell {error.cell}, {where}" if where else f"cell {error.cell}"
    elif error.file and where:
        where = f"{error.file}, {where}"
    return raised(f"{_sentence(error.message)}.", where=where)


def is_float32(answers: Iterable[WeightAnswer | BiasAnswer]) -> Verdict:
    """Judge whether every tensor is one that the next float32 layer accepts."""
    for answer in answers:
        if answer.dtype != "float32":
            return wrong(
                f"The tensor is {answer.dtype}; the layer computes in float32 and rejects it.",
                expected="float32",
                actual=answer.dtype,
                where=f"probe: {answer.probe}",
            )
    return right()


def holds_integers(name: str, integers: Floats) -> Verdict:
    """Judge whether every value is an integer."""
    broken = integers[integers != np.rint(integers)]
    if not broken.size:
        return right()
    return wrong(
        f"{broken.size} of {integers.size} values of {name} are not integers,"
        f" {broken.flat[0]:.6g} among them.",
        expected="integers",
        actual=float(broken.flat[0]),
        where=name,
    )


def within(name: str, integers: Floats, low: float, high: float) -> Verdict:
    """Judge whether every value lies between *low* and *high*."""
    smallest, largest = float(integers.min()), float(integers.max())
    if smallest >= low and largest <= high:
        return right()
    return wrong(
        f"The values of {name} reach from {smallest:.6g} to {largest:.6g}.",
        expected=f"{low:g} to {high:g}",
        actual=f"{smallest:.6g} to {largest:.6g}",
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
                f"The argument {answer.changed} was changed in place.",
                expected="unchanged",
                actual="changed",
                where=f"probe: {answer.probe}",
            )
    return right()


def rescales(ratios: Mapping[float, float]) -> Verdict:
    """Judge whether the step grew as the values did; *ratios* maps expected to actual growth."""
    for expected, actual in ratios.items():
        if not _close(actual, expected, RATIO_TOLERANCE):
            return wrong(
                f"Values {expected:g} times as large must give a step {expected:g} times as large;"
                f" it became {actual:.4g} times as large.",
                expected=expected,
                actual=actual,
                tolerance=f"{100 * RATIO_TOLERANCE:g} %",
            )
    return right()


def ignores_sign(step: float, negated_step: float) -> Verdict:
    """Judge whether a tensor and its negative get the same step, within ten percent."""
    if _close(negated_step, step, SLACK):
        return right()
    return wrong(
        "A tensor and its negative must get the same scale, for zero stays zero;"
        f" they differ by a factor of {max(step, negated_step) / min(step, negated_step):.4g}.",
        expected=step,
        actual=negated_step,
        tolerance=f"{100 * SLACK:g} %",
    )


def fits_range(
    own: Sequence[tuple[str, float]], even: Sequence[float], limits: Thresholds, quant_max: int
) -> Verdict:
    """
    Judge the levels on which the largest values land.

    *own* are the network's own tensors by name, *even* the levels on values that fill their
    range evenly: there, a level far beyond the integers means that many values clip.
    """
    for name, level in own:
        if not level >= limits.lowest_level:
            return wrong(
                f"The largest value of {name} lands on {level:.4g}, so that less than half of the"
                f" integers up to {quant_max} are used.",
                expected=f"at least {limits.lowest_level:g}",
                actual=level,
                where=name,
            )
    highest = max(even)
    if not highest <= limits.highest_level:
        clipped = 100.0 * (1.0 - quant_max / highest)
        return wrong(
            f"The largest value lands on {highest:.4g}, far beyond {quant_max}: of values spread"
            f" evenly up to there, {clipped:.0f} % clip.",
            expected=f"at most {limits.highest_level:g}",
            actual=highest,
        )
    clips = any(level > quant_max + 1.5 for _, level in own)
    return right(*(("range-clips",) if clips else ()))


def _close(actual: float, expected: float, tolerance: float) -> bool:
    return abs(actual - expected) <= tolerance * abs(expected)


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return text[:1].upper() + text[1:]
