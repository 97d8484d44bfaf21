"""Known mistakes in the scale of the input and in the scales of the layers' outputs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from grader.border.answers import ScaleAnswer
from grader.border.probes import RESCALE, Probe, Scales
from grader.editions.rubric import Thresholds
from grader.tasks.conduct import is_upside_down
from grader.tasks.hypotheses import factors, ranges
from grader.tasks.hypotheses.fit import Fit, constant, fit, place_of, spread
from grader.tasks.hypotheses.ranges import QUANT_MAX, Sample, Statistic, explain_range, show
from grader.tasks.scales.seen import ScaleAnswers
from grader.words.message import Value

# How far beyond the integers an explained scale may put a layer's largest value.
FARTHEST = 64.0
# How far the measured numbers may scatter about a model: float32, and searched ranges.
SPREAD = 1e-3
# The range 1 of the images, by an edge of 8 bits, lies at hand; another constant is a guess.
INPUT_RANGE = (120.0, 132.0)
EDGES = (127.0, 127.5, 128.0)
WHOLE = 0.5 + 1e-6  # to the nearest whole number


def explain_input(answers: ScaleAnswers, limits: Thresholds) -> list[Fit]:
    """Return the mistakes that reproduce the input scale on its own pixels and on every probe."""
    samples = _samples([*answers.own.values()], "input") + _probe_samples(answers)
    inverted = constant(s.multiplier / _largest(s) for s in samples)
    if inverted is not None:
        return [fit("input-scale-inverted", c=1.0 / inverted, **show(samples[0]))]
    if is_upside_down(answers.rescaling()):
        return [fit("input-scale-inverted-by-growth", **show(samples[0]))]
    found = explain_range("input", samples, limits.lowest_level, limits.highest_level)
    names = {"input-scale-constant": "input-scale-hard-coded"}
    return [Fit(finding=names.get(f.finding, f.finding), values=f.values) for f in found]


def explain_outputs(
    answers: ScaleAnswers,
    limits: Thresholds,
    *,
    factors_wrong: bool,
    range_wrong: bool,
    fraction_bits: int | None = None,
) -> list[Fit]:
    """
    Return the mistakes that reproduce the output scales of the layers and of the probes.

    *fraction_bits* are those of an edition in which scales become fixed-point numbers later on.
    """
    base = answers.probes[Probe.SKEWED]
    if base.scales is None:
        return []
    everything = [*answers.own.values(), *answers.probes.values(), *answers.factor_calls]
    one = constant(a.written(a.step) for a in everything)
    if one is not None:
        shown = _samples([*answers.own.values()])[0]
        return [fit("activations-scale-constant", c=one, **show(shown))]
    inverted = constant(1.0 / (a.step * a.accumulator * a.largest) for a in everything)
    if inverted is not None:
        shown = _samples([*answers.own.values()])[0]
        return [fit("activations-scale-inverted", c=1.0 / inverted, **show(shown))]
    if is_upside_down(answers.rescaling()):
        shown = _samples([*answers.own.values()])[0]
        return [fit("activations-scale-inverted-by-growth", **show(shown))]
    if fraction_bits is not None and are_in_fixed_point(everything, fraction_bits):
        shown = _samples([*answers.own.values()])[0]
        return [fit("activations-scale-in-fixed-point", places=fraction_bits, **show(shown))]
    found, accumulator = _explain_factors(answers) if factors_wrong else ([], _right)
    if range_wrong and accumulator is not None:
        found += _explain_output_range(answers, accumulator, limits)
    return found


def are_in_fixed_point(answers: Sequence[ScaleAnswer], bits: int) -> bool:
    """Return whether each scale is round(127 / (max|O| A) 2^bits), for a usual edge of 8 bits."""
    exact = [2.0**bits / (a.largest * a.accumulator) for a in answers]
    return any(
        all(
            abs(edge * one - 1.0 / a.step) <= WHOLE + SPREAD * one
            for a, one in zip(answers, exact, strict=True)
        )
        for edge in EDGES
    )


def _right(scales: Scales) -> float:
    return scales.accumulator


def _explain_factors(answers: ScaleAnswers) -> tuple[list[Fit], factors.Accumulator | None]:
    """Return the mistakes in A that fit, and the A itself; no A where it is not known."""
    base = answers.probes[Probe.SKEWED]
    assert base.scales is not None
    calls = (base, *answers.factor_calls)

    def error(accumulator: factors.Accumulator) -> float:
        off = spread([_times(a, accumulator) / a.step for a in calls])
        return off if off <= SPREAD and _is_plausible(answers, accumulator) else math.inf

    found = factors.find_mistakes(error, base.scales)
    measured = {n: math.log(f.actual) / math.log(RESCALE) for n, f in answers.factors.items()}
    expected = {n: math.log(f.expected) / math.log(RESCALE) for n, f in answers.factors.items()}
    shown = _worst_layer(answers)
    if found:
        fits = [fit(f"activations-{name}", **_formula(shown)) for name in found]
        return fits, next(iter(found.values()))
    powers, wanted = factors.whole_powers(measured), factors.whole_powers(expected)
    if powers is None or wanted is None or powers == wanted:
        return [], None
    if not math.isfinite(error(factors.with_powers(powers))):
        return [], None
    # Name the first layer's formula where only that is wrong.
    first = all(factor.is_first for factor, power in powers.items() if power != wanted[factor])
    told = ({f: p for f, p in one.items() if f.is_first is first} for one in (powers, wanted))
    numbers = dict(zip(("powers", "wanted"), map(factors.describe_powers, told), strict=True))
    return (
        [fit("activations-factor-powers", **numbers, **_formula(shown))],
        factors.with_powers(powers),
    )


def _times(answer: ScaleAnswer, accumulator: factors.Accumulator) -> float:
    assert answer.scales is not None
    return accumulator(answer.scales)


def _is_plausible(answers: ScaleAnswers, accumulator: factors.Accumulator) -> bool:
    """Return whether the altered A puts every layer's largest value anywhere near the integers."""
    levels = [a.largest * _times(a, accumulator) / a.step for a in answers.own.values()]
    return all(QUANT_MAX / FARTHEST <= level <= QUANT_MAX * FARTHEST for level in levels)


def _explain_output_range(
    answers: ScaleAnswers, accumulator: factors.Accumulator, limits: Thresholds
) -> list[Fit]:
    own = [
        Sample(
            place=a.probe,
            values=a.array,
            multiplier=1.0 / a.step,
            accumulator=_times(a, accumulator),
            form=a.form,
        )
        for a in answers.own.values()
    ]
    probes = [
        Sample(
            place=place_of(name, answers.own),
            values=answers.probes[name].array,
            multiplier=1.0 / answers.probes[name].step,
            accumulator=_times(answers.probes[name], accumulator),
            form=answers.form,
        )
        for name in answers.probes
        if name != Probe.REPEATED
    ]
    samples = own + probes
    rule = ranges.find_rule(samples)
    found = explain_range("activations", samples, limits.lowest_level, limits.highest_level)
    if rule is None or rule.statistic is not Statistic.CONSTANT:
        return found
    if answers.is_cumulative and abs(rule.level - 1.0) <= SPREAD:
        return [Fit(finding="activations-misses-own-scale", values=found[0].values)]
    if INPUT_RANGE[0] <= rule.level <= INPUT_RANGE[1]:
        return [Fit(finding="activations-scale-from-input-range", values=found[0].values)]
    return []


def _worst_layer(answers: ScaleAnswers) -> Sample:
    samples = _samples([*answers.own.values()])
    return max(samples, key=lambda s: abs(math.log(s.multiplier / s.expected)))


def _formula(sample: Sample) -> dict[str, object]:
    ratio = sample.written(sample.multiplier / sample.expected)
    return {**show(sample), "ratio": ratio}


def _samples(answers: Sequence[ScaleAnswer], place: Value | None = None) -> list[Sample]:
    return [
        Sample(
            place=place or a.probe,
            values=a.array,
            multiplier=1.0 / a.step,
            accumulator=a.accumulator,
            form=a.form,
        )
        for a in answers
    ]


def _probe_samples(answers: ScaleAnswers) -> list[Sample]:
    return [
        sample
        for name in answers.probes
        if name != Probe.REPEATED
        for sample in _samples([answers.probes[name]], place_of(name, answers.own))
    ]


def _largest(sample: Sample) -> float:
    return float(np.abs(sample.values).max())
