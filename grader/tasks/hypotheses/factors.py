"""
Which of the factors in front of a layer's sum were used: the accumulated factor A, altered.

As multipliers, ``A = n_W n_I prod(n_Wj n_Oj)`` over the preceding layers j. Where a layer's output
scale already holds all that came before, ``A = n_W n_O(k-1)``, and ``n_W n_I`` of the first layer.
Each mistake is another A of the same factors; the factor search measures the power of every factor
instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grader.border.probes import Factor, Scales
from grader.editions.notation import Quotient, SumMistake
from grader.editions.schema import Role

Accumulator = Callable[[Scales], float]

# How far a measured power may be from a whole number.
POWER_TOLERANCE = 0.03
HIGHEST_POWER = 6
# Errors below this are float32's own; beyond that, ten times closer is closer.
EXACT = 2e-6
CLOSER = 10.0


def own(scales: Scales) -> float:
    """Return n_W n_I."""
    return scales.weight * scales.input


def _product(pairs: Sequence[Sequence[float]]) -> float:
    return math.prod(math.prod(pair) for pair in pairs)


def _weights(scales: Scales) -> list[float]:
    return [pair[0] for pair in scales.preceding]


def _outputs(scales: Scales) -> list[float]:
    return [pair[-1] for pair in scales.preceding]


def _repeats_first(scales: Scales) -> float:
    return own(scales) * _product(scales.preceding[:1]) ** len(scales.preceding)


def _running(scales: Scales, start: int) -> float:
    """Return the product of the running products after *start*, ... all of the layers."""
    count = len(scales.preceding)
    if count == 0:
        return own(scales)
    steps = range(start, count + 1)
    return math.prod(own(scales) * _product(scales.preceding[:k]) for k in steps)


def _sum(numbers: Sequence[float]) -> float:
    return sum(numbers) if numbers else 1.0


def _sums(scales: Scales) -> float:
    return own(scales) * _sum([math.prod(pair) for pair in scales.preceding])


def _sum_with_own(scales: Scales) -> float:
    return own(scales) + sum(math.prod(pair) for pair in scales.preceding)


def _pair_sums(scales: Scales) -> float:
    return own(scales) * math.prod(sum(pair) for pair in scales.preceding)


def _everything_added(scales: Scales) -> float:
    return scales.weight + scales.input + sum(sum(pair) for pair in scales.preceding)


def _sum_of_weights_and_sum_of_outputs(scales: Scales) -> float:
    return own(scales) * _sum(_weights(scales)) * _sum(_outputs(scales))


def _last_again(scales: Scales) -> float:
    return scales.accumulator * (_outputs(scales) or [1.0])[-1]


def _last_output(scales: Scales) -> float:
    """Return n_W n_O of the layer before; of the first layer, n_W n_I."""
    outputs = _outputs(scales)
    return scales.weight * outputs[-1] if outputs else own(scales)


MISTAKES: Mapping[SumMistake, tuple[Accumulator, ...]] = {
    SumMistake.MISSES_WEIGHT_SCALE: (lambda s: s.accumulator / s.weight,),
    SumMistake.MISSES_INPUT_SCALE: (lambda s: s.accumulator / s.input,),
    SumMistake.MISSES_PRECEDING_LAYERS: (own,),
    SumMistake.MISSES_ALL_SCALES: (lambda _s: 1.0,),
    SumMistake.MISSES_PRECEDING_WEIGHT_SCALES: (lambda s: own(s) * math.prod(_outputs(s)),),
    SumMistake.MISSES_PRECEDING_OUTPUT_SCALES: (lambda s: own(s) * math.prod(_weights(s)),),
    SumMistake.ONLY_LAST_LAYER: (lambda s: own(s) * _product(s.preceding[-1:]),),
    SumMistake.ONLY_LAST_OUTPUT: (_last_output, lambda s: own(s) * (_outputs(s) or [1.0])[-1]),
    SumMistake.SKIPS_FIRST_LAYER: (lambda s: own(s) * _product(s.preceding[1:]),),
    SumMistake.SKIPS_LAST_LAYER: (lambda s: own(s) * _product(s.preceding[:-1]),),
    SumMistake.REPEATS_FIRST_LAYER: (_repeats_first,),
    SumMistake.REPEATS_INPUT_SCALE: (
        lambda s: s.accumulator * s.input,
        lambda s: s.accumulator * s.input ** len(s.preceding),
    ),
    SumMistake.REPEATS_WEIGHT_SCALE: (
        lambda s: s.accumulator * s.weight,
        lambda s: s.accumulator * s.weight ** len(s.preceding),
    ),
    SumMistake.REPEATS_LAST_OUTPUT_SCALE: (_last_again,),
    SumMistake.REAPPLIES_ACCUMULATED_SCALE: (lambda s: _running(s, 1), lambda s: _running(s, 0)),
    SumMistake.ADDS_PRECEDING_SCALES: (
        _sums,
        _sum_with_own,
        _pair_sums,
        _everything_added,
        _sum_of_weights_and_sum_of_outputs,
    ),
    SumMistake.MULTIPLIES_BY_ACCUMULATED_SCALE: (lambda s: 1.0 / s.accumulator,),
}

# -- scales that hold all that came before ------------------------------------------------------


def _entered(scales: Scales) -> list[float]:
    """Return what the input carries, and what each layer's output does."""
    return [scales.input, *(entry[-1] for entry in scales.preceding)]


def _of_entered(choose: Callable[[list[float]], float]) -> Accumulator:
    """Return n_W times the one factor that is chosen of those that entered the layers so far."""
    return lambda scales: scales.weight * choose(_entered(scales))


def _before_last(entered: list[float]) -> float:
    return entered[-2] if len(entered) > 2 else entered[-1]


def _every_scale_added(scales: Scales) -> float:
    """Return n_W and the multiplier whose step is the sum of the list's; first, n_W n_I."""
    steps = [1.0 / entry[-1] for entry in scales.listed]
    return scales.weight * (1.0 / sum(steps) if steps else scales.input)


def _with_own_output(scales: Scales) -> float:
    return scales.accumulator * (scales.own[-1] if scales.own else math.nan)


def _every_scale(scales: Scales) -> float:
    """Return n_W and the product of the whole list; of the first layer, n_W n_I."""
    return scales.weight * (_product(scales.listed) if scales.listed else scales.input)


CUMULATIVE_MISTAKES: Mapping[SumMistake, tuple[Accumulator, ...]] = {
    SumMistake.MISSES_WEIGHT_SCALE: (lambda s: s.accumulator / s.weight,),
    SumMistake.MISSES_ENTERING_SCALE: (
        lambda s: s.weight,
        lambda s: s.weight * (1.0 if s.preceding else s.input),
    ),
    SumMistake.MISSES_INPUT_SCALE: (lambda s: s.accumulator / (1.0 if s.preceding else s.input),),
    SumMistake.MISSES_ALL_SCALES: (lambda _s: 1.0,),
    SumMistake.MULTIPLIES_EVERY_SCALE: (
        _every_scale,
        lambda s: s.weight * _product(s.preceding),
        lambda s: own(s) * _product(s.preceding),
    ),
    SumMistake.LAYER_BEFORE_LAST: (
        _of_entered(_before_last),
        _of_entered(lambda entered: entered[max(len(entered) - 2, 0)]),
    ),
    SumMistake.FIRST_LAYERS_SCALE: (
        _of_entered(lambda entered: entered[min(len(entered) - 1, 1)]),
    ),
    SumMistake.INPUT_SCALE_FOR_EVERY_LAYER: (own,),
    SumMistake.INPUT_SCALE_NOT_INVERTED: (
        lambda s: s.accumulator if s.preceding else s.weight / s.input,
    ),
    SumMistake.ADDS_EVERY_SCALE: (_every_scale_added,),
    SumMistake.WITH_OWN_OUTPUT_SCALE: (_with_own_output,),
    SumMistake.OWN_OUTPUT_SCALE: (lambda s: s.weight * (s.own[-1] if s.own else math.nan),),
    SumMistake.REPEATS_INPUT_SCALE: (
        lambda s: s.accumulator * (s.input if s.preceding else 1.0),
        lambda s: s.accumulator * s.input,
    ),
    SumMistake.REPEATS_WEIGHT_SCALE: (lambda s: s.accumulator * s.weight,),
    SumMistake.MULTIPLIES_BY_ACCUMULATED_SCALE: (lambda s: 1.0 / s.accumulator,),
}


# -- which of them it was -----------------------------------------------------------------------


def find_mistakes(
    error: Callable[[Accumulator], float], scales: Scales
) -> dict[SumMistake, Accumulator]:
    """
    Return the mistakes whose altered A reproduces the student's numbers, the closest ones.

    *error* is the largest relative error that an A leaves, infinite where it does not fit. A sum
    of a large and a small factor is nearly the large one alone: the closer of the two counts.
    """
    mistakes = CUMULATIVE_MISTAKES if scales.cumulative else MISTAKES
    errors = {
        (name, accumulator): error(accumulator)
        for name, variants in mistakes.items()
        for accumulator in variants
    }
    closest = min(errors.values())
    limit = max(CLOSER * closest, EXACT) if math.isfinite(closest) else -1.0
    if error(lambda s: s.accumulator) <= limit:
        return {}  # the right A does as well as they
    found = [key for key, left in errors.items() if left <= limit]
    return dict(reversed(found))


def whole_powers(measured: Mapping[Factor, float]) -> dict[Factor, int] | None:
    """Return the measured powers as whole numbers, None where one of them is no whole number."""
    powers = {}
    for factor, power in measured.items():
        if not math.isfinite(power) or abs(power) > HIGHEST_POWER + 0.5:
            return None
        powers[factor] = round(power)
        if abs(power - powers[factor]) > POWER_TOLERANCE:
            return None
    return powers


def with_powers(powers: Mapping[Factor, int]) -> Accumulator:
    """Return the A in which each factor has the given power."""
    last = max(factor.layer for factor in powers)

    def accumulator(scales: Scales) -> float:
        is_first = scales.cumulative and not scales.preceding
        used = ((factor, power) for factor, power in powers.items() if factor.is_first is is_first)
        return math.prod(_value_of(scales, factor, last) ** power for factor, power in used)

    return accumulator


def _value_of(scales: Scales, factor: Factor, last: int) -> float:
    """
    Return a factor's number; *last* is the place of the layer right before, where it was measured.

    Cumulative scales are told by how far before a layer they stand; before all stands the input's.
    """
    if not scales.cumulative or factor.role != Role.PRECEDING_SCALES:
        return scales.value_of(factor)
    layer = len(scales.listed) - 1 - (last - factor.layer)
    if layer == -1:
        return scales.input
    return scales.value_of(replace(factor, layer=layer)) if layer >= 0 else 1.0


def describe_powers(powers: Mapping[Factor, int]) -> str:
    """
    Return the powers as a formula: ``n_w · ns[0][0]^2 · ns[1][0]``.

    Factors that are written the other way up than the weights' are those that it is divided by.
    """
    form = next(factor.form for factor in powers if factor.role == Role.WEIGHT_SCALE)
    terms = [
        (factor.form is form, factor.name if power == 1 else f"{factor.name}^{power}")
        for factor, power in powers.items()
        if power != 0
    ]
    above, below = (tuple(t for same, t in terms if same is side) for side in (True, False))
    return Quotient(above, below).text()
