"""Known mistakes in ``quantized_bias``: what the bias was multiplied by, and where it was cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from grader.border.answers import BiasAnswer
from grader.border.conventions import Floats
from grader.border.probes import RESCALE, Factor, Probe
from grader.editions.notation import SumMistake
from grader.tasks.accumulator_bias.checks import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, growth
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.hypotheses import factors
from grader.tasks.hypotheses.fit import Fit, constant, fit

# Values on which a prediction is neither zero nor clamped: so many have to agree.
FEWEST = 20
# The sheets round to this many bits at most; some students clamp one float32 step below.
EDGE = 2.0**31
MOST_PLACES = 32
FEWEST_RATIOS = 3
# Of numbers that were never rounded, beside the relative tolerance.
UNROUNDED_TOLERANCE = 1e-3
# Integers from 10 on tell a ratio: rounding moves it by 5 percent at most, float32 by far less.
SMALLEST_TOLD, RATIO_TOLERANCE = 10, 0.06
# Of factors that are each the mean of several ratios.
FACTOR_TOLERANCE = 0.01
UNROUNDED = 1e6  # from here on, rounding is below float32's own error

_FACTOR_IDS = {
    SumMistake.MISSES_ALL_SCALES: "bias-not-scaled",
    SumMistake.MULTIPLIES_BY_ACCUMULATED_SCALE: "bias-divided-by-scale",
}


def explain(answers: BiasAnswers) -> list[Fit]:
    """Return the altered quantizations that reproduce every bias that was returned."""
    every = (*answers.all, *answers.magnified.values())
    shown = answers.own
    if any(a.integers.shape != a.bias.shape for a in every):
        return _explain_shape(every)
    found = [
        fit(finding, **_numbers(shown))
        for finding, reproduces in _ALTERED.items()
        if all(map(reproduces, every))
    ]
    return (
        found
        or _explain_own_range(every, shown)
        or _explain_factors(answers, every)
        or _explain_shift(every, shown)
        or _explain_constant(every, shown)
    )


# -- right factors ------------------------------------------------------------------------------


def _is_not_rounded(a: BiasAnswer) -> bool:
    predicted = np.clip(a.expected, -EDGE, EDGE)
    error = np.abs(np.clip(a.integers, -EDGE, EDGE) - predicted)
    return bool(np.all(error <= UNROUNDED_TOLERANCE + RELATIVE_TOLERANCE * np.abs(predicted)))


_ALTERED: Mapping[str, Callable[[BiasAnswer], bool]] = {
    "bias-clamped-to-8-bits": lambda a: _near(a.integers, a.expected, 2.0**7),
    "bias-clamped-to-16-bits": lambda a: _near(a.integers, a.expected, 2.0**15),
    "bias-wrong-sign": lambda a: _near(a.integers, -a.expected, EDGE),
    "bias-not-rounded": _is_not_rounded,
}


def _near(integers: Floats, predicted: Floats, edge: float) -> bool:
    """Return whether integers are the predicted ones, rounded and clamped to plus-minus *edge*."""
    predicted = np.clip(predicted, -edge, edge)
    error = np.abs(np.clip(integers, -edge, edge) - predicted)
    allowed = np.maximum(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * np.abs(predicted))
    fits_edge = edge >= EDGE or float(np.abs(integers).max()) <= edge
    return fits_edge and bool(np.all(error <= allowed))


# -- other factors ------------------------------------------------------------------------------


def _explain_own_range(every: Sequence[BiasAnswer], shown: BiasAnswer) -> list[Fit]:
    """Return whether the bias was stretched to a range of its own, whatever the scales."""
    ratios = [(a, _ratio(a)) for a in every]
    known = [(a, ratio) for a, ratio in ratios if ratio is not None]
    if len(known) < len(ratios):
        return []
    for width in (_reach, _extent):
        level = constant((ratio * width(a.bias) for a, ratio in known), tolerance=FACTOR_TOLERANCE)
        if level is not None:
            return [fit("bias-scale-from-own-range", c=level, **_numbers(shown))]
    return []


def _reach(bias: Floats) -> float:
    return float(np.abs(bias).max())


def _extent(bias: Floats) -> float:
    return float(bias.max() - bias.min())


def _ratio(a: BiasAnswer) -> float | None:
    """Return the factor between a bias and its integers, from those that are not clamped."""
    largest = float(np.abs(a.integers).max())
    inside = (np.abs(a.integers) < largest) & (np.abs(a.integers) >= SMALLEST_TOLD)
    if inside.sum() < 2:
        return None
    ratios = a.integers[inside] / a.bias[inside]
    return constant((float(r) for r in ratios), tolerance=RATIO_TOLERANCE) and float(
        np.abs(a.integers[inside]).sum() / np.abs(a.bias[inside]).sum()
    )


def _explain_factors(answers: BiasAnswers, every: Sequence[BiasAnswer]) -> list[Fit]:
    def error(accumulator: factors.Accumulator) -> float:
        predicted = [a.bias.astype(np.float64) * accumulator(a.scales) for a in every]
        telling = sum(int(((np.abs(p) >= 1) & (np.abs(p) < EDGE)).sum()) for p in predicted)
        if telling < FEWEST:
            return math.inf
        if not all(_near(a.integers, p, EDGE) for a, p in zip(every, predicted, strict=True)):
            return math.inf
        return max(_error(a.integers, p) for a, p in zip(every, predicted, strict=True))

    numbers = _numbers(answers.own)
    found = factors.find_mistakes(error, answers.own.scales)
    if found:
        return [fit(_FACTOR_IDS.get(name, f"bias-{name}"), **numbers) for name in found]
    powers = factors.whole_powers(_measured(answers))
    if powers is None or not math.isfinite(error(factors.with_powers(powers))):
        return []
    wanted = factors.whole_powers(_wanted(answers))
    if wanted is None or powers == wanted:
        return []
    texts = {
        "powers": factors.describe_powers(powers),
        "wanted": factors.describe_powers(wanted),
    }
    return [fit("bias-factor-powers", **texts, **numbers)]


def _explain_constant(every: Sequence[BiasAnswer], shown: BiasAnswer) -> list[Fit]:
    """Return whether every bias was multiplied by the same number, whatever the scales."""
    ratios = [ratio for a in every if (ratio := _ratio(a)) is not None]
    factor = constant(ratios, tolerance=FACTOR_TOLERANCE) if len(ratios) >= FEWEST_RATIOS else None
    if factor is None or len({a.scales.accumulator for a in every}) == 1:
        return []
    factor = math.copysign(float(np.median(np.abs(ratios))), ratios[0])
    alike = all(_near(a.integers, a.bias.astype(np.float64) * factor, EDGE) for a in every)
    return [fit("bias-scale-constant", c=factor, **_numbers(shown))] if alike else []


def _explain_shift(every: Sequence[BiasAnswer], shown: BiasAnswer) -> list[Fit]:
    """Return whether the bias became a fixed-point number, on its right scale or on none."""
    for finding, exact in _SHIFTED.items():
        for places in range(1, MOST_PLACES):
            predicted = [exact(a) * 2.0**places for a in every]
            inside = sum(int(((np.abs(p) >= 1) & (np.abs(p) < EDGE)).sum()) for p in predicted)
            pairs = zip(every, predicted, strict=True)
            if inside >= FEWEST and all(_near(a.integers, p, EDGE) for a, p in pairs):
                return [fit(finding, places=places, **_numbers(shown))]
    return []


_SHIFTED: Mapping[str, Callable[[BiasAnswer], Floats]] = {
    "bias-shifted": lambda a: a.expected,
    "bias-in-fixed-point": lambda a: a.bias.astype(np.float64),
}


def _error(integers: Floats, predicted: Floats) -> float:
    """Return the largest relative error of the values that rounding and clamping hardly touch."""
    telling = (np.abs(predicted) >= UNROUNDED) & (np.abs(predicted) < EDGE)
    if not telling.any():
        return 0.0
    return float(np.abs(integers[telling] / predicted[telling] - 1.0).max())


def _measured(answers: BiasAnswers) -> dict[Factor, float]:
    base = answers.probes[Probe.BASE]
    grown = {f: growth(answer.integers, base.integers) for f, answer in answers.factors.items()}
    return {
        factor: math.log(abs(ratio)) / math.log(RESCALE) if ratio else math.nan
        for factor, ratio in grown.items()
    }


def _wanted(answers: BiasAnswers) -> dict[Factor, float]:
    """Return the power in which each factor belongs into A."""
    base = answers.probes[Probe.BASE].scales.accumulator
    grown = {f: answer.scales.accumulator / base for f, answer in answers.factors.items()}
    return {factor: math.log(ratio) / math.log(RESCALE) for factor, ratio in grown.items()}


# -- shape, and numbers to show -----------------------------------------------------------------


def _explain_shape(every: Sequence[BiasAnswer]) -> list[Fit]:
    for a in every:
        same = a.integers.size == a.bias.size
        if not same or not _near(a.integers.reshape(-1), a.expected.reshape(-1), EDGE):
            return []
    shapes = {"expected": every[0].bias.shape, "actual": every[0].integers.shape}
    return [fit("bias-shape-changed", **shapes)]


def _numbers(a: BiasAnswer) -> dict[str, object]:
    """Return the numbers of the largest value of the network's own bias."""
    i = int(np.abs(a.bias).argmax())
    value, actual = float(a.bias.flat[i]), float(a.integers.flat[i])
    return {
        "bias": value,
        "actual": actual,
        "expected": float(np.rint(a.expected.flat[i])),
        "factor": a.written(1.0 / a.scales.accumulator),
        "found": actual / value if value else math.nan,
    }
