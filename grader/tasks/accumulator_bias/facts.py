"""What a report shows of the bias: each class's value as trained, as expected and as returned."""

from __future__ import annotations

import math

import numpy as np

from grader.border.answers import BiasAnswer
from grader.editions.schema import TaskSpec
from grader.measurements import BiasFactors, BiasRow, Facts, FunctionFacts
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.described import clamp_of, rounding_of
from grader.tasks.run import Run


def bias_facts(run: Run, task: TaskSpec, seen: BiasAnswers | None) -> Facts:
    """Return the layer that has the bias, and a row for each of its values that were seen."""
    rows = () if seen is None else _rows(run, seen)
    return Facts(
        bias_layer=task.layer,
        bias=rows,
        bias_factors=_factors(run, task),
        function=None if seen is None else _function(run, seen),
    )


def _factors(run: Run, task: TaskSpec) -> BiasFactors | None:
    """Return the factors of the network with bias; None where it was not put together."""
    chain = run.biased_chain
    if chain is None:
        return None
    scales = chain.scales_before(task.layer)
    return BiasFactors(
        accumulated=scales.accumulator,
        weight=scales.weight,
        entering=scales.accumulator / scales.weight,
        weights_only=math.prod(1.0 / one.step for one in chain.weights.values()),
        logit_size=chain.network.logit_size,
        substituted=tuple(sorted(chain.substituted)),
    )


def _function(run: Run, seen: BiasAnswers) -> FunctionFacts:
    """Return how the products became integers, and where they are cut off."""
    edge = 2.0 ** (run.edition.file.quantization.bias_bits - 1)
    pairs = [(a.expected, a.integers) for a in seen.all if a.usable]
    low, high = clamp_of([(a.expected, a.integers) for a in _magnified(seen)], edge)
    return FunctionFacts(rounding=rounding_of(pairs, int(edge)), clamp_low=low, clamp_high=high)


def _magnified(seen: BiasAnswers) -> list[BiasAnswer]:
    return [answer for answer in seen.magnified.values() if answer.usable]


def _rows(run: Run, seen: BiasAnswers) -> tuple[BiasRow, ...]:
    own = seen.own
    edge = 2.0 ** (run.edition.file.quantization.bias_bits - 1)
    expected = np.clip(own.expected, -edge, edge)
    fits = own.integers.shape == own.bias.shape
    rows = zip(run.baseline.class_names, own.bias, expected, strict=False)
    return tuple(
        BiasRow(
            name=name,
            value=float(value),
            expected=round(float(wanted)),
            actual=float(own.integers[index]) if fits else None,
        )
        for index, (name, value, wanted) in enumerate(rows)
    )
