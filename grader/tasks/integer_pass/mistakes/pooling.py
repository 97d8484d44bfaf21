"""Pooling in the quantized forward pass that was left out, or took something else than maxima."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import numpy as np

from grader.baseline.quantized import QuantizedNumbers
from grader.baseline.replay import OUTPUT, real_values
from grader.border.conventions import Floats
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.integer_pass.mistakes.places import clipped
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.integer_pass.ways import Way, layer_ways
from reference.spec import LayerKind, LayerSpec, NetworkSpec, Shape

FEW_IMAGES = 16  # tell nearly every other mistake apart, in no time
_MOSTLY = 0.99  # of the integers, for ties in rounding


def explain_pooling(
    answers: ForwardAnswers, spec: NetworkSpec, explained: Collection[str]
) -> dict[str, Fit]:
    """
    Return what is wrong with pooling, by the layer that its result enters.

    What enters the *explained* layers is right, or explained otherwise.
    """
    if answers.numbers is None:
        return {}
    found, entering, bits = {}, answers.trace.entering, answers.replay.fraction_bits
    for layer, given, pool, following in _pooled(spec):
        seen = layer.name in entering and following in entering
        if not seen or following in explained:
            continue
        images, rest = divmod(entering[layer.name].size, math.prod(given))
        if not images or rest:
            continue
        multiplier = answers.numbers.multipliers[layer.name]
        before = _before_pooling(entering[layer.name], images, answers.numbers, layer, given)
        sums = np.rint(before / multiplier)
        values = entering[following].reshape(images, -1)
        reals = ((way.real(sums, multiplier), way) for way in layer_ways(bits))
        names = (_told(real, values, pool, way) for real, way in reals)
        name = next(filter(None, names), "")
        if name:
            place = f"{following}.input"
            found[following] = fit(name, place=place, layer=layer.name, size=pool.kernel)
    return found


def _pooled(spec: NetworkSpec) -> Iterator[tuple[LayerSpec, Shape, LayerSpec, str]]:
    """Yield layers whose output is pooled, with their input's shape, and what follows the pool."""
    triples = zip(spec.layers, spec.layers[1:], spec.layers[2:], strict=False)
    for (layer, pool, following), (given, _) in zip(triples, spec.shapes(), strict=False):
        if layer.has_weights and pool.kind is LayerKind.MAX_POOL2D and following.has_weights:
            yield layer, given, pool, following.name


def _before_pooling(
    entering: Floats, images: int, numbers: QuantizedNumbers, layer: LayerSpec, given: Shape
) -> Floats:
    """Return what a layer alone gives, times its multiplier: (N, C, H, W)."""
    alone = NetworkSpec(name=layer.name, input_shape=given, layers=(layer,))
    nothing = np.zeros((images, *given))
    return real_values(alone, numbers, nothing, {layer.name: entering})[OUTPUT]


def _told(real: Floats, seen: Floats, pool: LayerSpec, way: Way) -> str:
    """Return the mistake that gives all integers that were seen, if it gives those of a few."""
    few = slice(0, FEW_IMAGES)
    name = _told_by(real[few], seen[few].reshape(-1), pool, way)
    return name and _told_by(real, seen.reshape(-1), pool, way)


def _told_by(sums: Floats, seen: Floats, pool: LayerSpec, way: Way) -> str:
    """Return the mistake that gives the integers that were seen, ``""`` where none does."""

    def rounded(values: Floats) -> Floats:
        return clipped(way.whole(values))

    windows = np.lib.stride_tricks.sliding_window_view(sums, (pool.kernel, pool.kernel), (2, 3))
    windows = windows[:, :, :: pool.stride, :: pool.stride]
    rows, columns = windows.shape[2:4]
    means = windows.mean((4, 5))
    predicted = {
        "forward-average-pooling": (means, rounded(windows).mean((4, 5))),
        "forward-pooling-missing": (
            sums,
            windows[..., 0, 0],
            windows[..., -1, -1],
            sums[:, :, :rows, :columns],
        ),
    }
    for name, candidates in predicted.items():
        if any(_alike(seen, candidate, rounded(candidate)) for candidate in candidates):
            return name
    return ""


def _alike(seen: Floats, real: Floats, whole: Floats) -> bool:
    if seen.size != real.size:
        return False
    near = np.minimum(np.abs(seen - whole.ravel()), np.abs(seen - real.ravel()))
    return bool(np.mean(near < 1e-3) > _MOSTLY)
