"""What the recorded sums were made from, where not from the weights and bias of the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

import numpy as np

from grader.border.answers import nothing
from grader.border.conventions import Floats
from grader.tasks.exported_parameters import arithmetic, comparison
from grader.tasks.exported_parameters.arithmetic import Integers
from grader.tasks.exported_parameters.comparison import Compared, first_where
from grader.tasks.exported_parameters.layout import Layer
from grader.tasks.exported_parameters.seen import LARGEST_FACTOR, Exported
from grader.tasks.hypotheses.fit import Fit, fit

Told = Mapping[str, object]


def explain_weights(seen: Exported) -> Iterator[Fit]:
    """Yield that the weights are the float network's, or have lost their sign."""
    for layer in seen.layout.weighted:
        weights = seen.weights(layer)
        told = {"file": layer.weights_file, "low": weights.min(), "high": weights.max()}
        if np.any(weights % 1):
            yield fit("parameters-weights-real", **told)
        elif np.any(weights > 127) and _sums_of(
            seen, layer, np.where(weights > 127, weights - 256, weights)
        ):
            yield fit("parameters-weights-unsigned", **told)


def explain_bias(seen: Exported) -> Iterator[Fit]:
    """Yield that the bias is the float network's."""
    for layer in seen.layout.biased:
        bias = seen.bias(layer)
        if np.any(bias % 1):
            told = {"file": layer.bias_file, "low": bias.min(), "high": bias.max()}
            yield fit("parameters-bias-real", **told)


def explain_sums(seen: Exported) -> Iterator[Fit]:
    """Yield for each layer whose sums are wrong what they are instead."""
    for layer in seen.layout.weighted:
        compared = Compared(numbers=comparison.leaving(seen, layer), expected=seen.exact(layer))
        spot = first_where([(compared.numbers, compared.mask)])
        if spot is None:
            continue
        told = {
            "block": layer.block,
            "file": spot.file,
            "entry": spot.entry,
            "actual": spot.actual,
            "expected": int(compared.expected[spot.row, spot.index]),
        }
        first = next(_hits(seen, layer), None)
        if first is not None:
            finding, values = first
            yield fit(finding, **told, **values)


def _hits(seen: Exported, layer: Layer) -> Iterator[tuple[str, Told]]:
    """Yield the findings that reproduce a layer's recorded sums, with what else they say."""
    exact, found = seen.exact(layer), seen.leaving(layer)
    if layer.spec.relu and np.array_equal(found, np.maximum(exact, 0)):
        yield "parameters-sums-after-relu", {}
    if seen.scales and _is_requantized(seen, layer, exact):
        yield "parameters-sums-after-shift", {}
    yield from _other_bias(seen, layer)
    yield from _other_order(seen, layer)
    yield from _earlier_weights(seen, layer)
    yield from _solved_weights(seen, layer)


def _is_requantized(seen: Exported, layer: Layer, exact: Integers) -> bool:
    """Return whether the sums are written after the shift, clamped and rectified or not."""
    layout = seen.layout
    shifted = arithmetic.shifted(exact, seen.multiplier(layer), layout)
    ways = (
        shifted,
        np.maximum(shifted, 0),
        np.clip(shifted, layout.quant_min, layout.quant_max),
        np.clip(shifted, 0, layout.quant_max),
    )
    return any(np.array_equal(seen.leaving(layer), way) for way in ways)


def _other_bias(seen: Exported, layer: Layer) -> Iterator[tuple[str, Told]]:
    """Yield the bias that the sums have, where it is the same for all images."""
    if not layer.spec.bias:
        return
    bare = arithmetic.exact_sums(layer, seen.entering(layer), seen.weights(layer), nothing())
    rest = (seen.leaving(layer) - bare).reshape(len(bare), layer.spec.out_features, -1)
    own = rest[0, :, 0]
    if np.any(rest != own[:, None]):
        return
    if not np.any(own):
        yield "parameters-bias-missing", {}
    else:
        at = int(np.argmax(own != seen.bias(layer)))
        told = {"at": at + 1, "used": float(own[at]), "written": float(seen.bias(layer)[at])}
        yield "parameters-bias-differs", told


def _other_order(seen: Exported, layer: Layer) -> Iterator[tuple[str, Told]]:
    """Yield the order of axes in which the weights were written."""
    shape = layer.spec.weight_shape
    axes = range(len(shape))
    for order in permutations(axes):
        if order == (*axes,):
            continue
        written = tuple(shape[axis] for axis in order)
        weights = seen.weights(layer).reshape(written).transpose(np.argsort(order))
        if _sums_of(seen, layer, weights.reshape(-1)):
            told = {"written": str([*written]), "shape": str([*shape])}
            yield "parameters-weights-in-another-order", told
            return


def _earlier_weights(seen: Exported, layer: Layer) -> Iterator[tuple[str, Told]]:
    """Yield that an earlier file of the same name is the one that was used."""
    for weights in seen.earlier.get(layer.weights_file, ()):
        if _sums_of(seen, layer, weights):
            copies = seen.copies[layer.weights_file]
            yield "parameters-weights-replaced", {"weights": layer.weights_file, "copies": copies}
            return


def _solved_weights(seen: Exported, layer: Layer) -> Iterator[tuple[str, Told]]:
    """
    Yield that the sums were made with other weights: the ones that solve all of them exactly.

    There are more sums than weights in layers whose weights are used at many places.
    """
    inputs = arithmetic.columns(layer, seen.entering(layer))
    bias = np.ones((len(inputs), 1)) if layer.spec.bias else np.empty((len(inputs), 0))
    known = np.hstack([inputs, bias])
    if len(known) <= known.shape[1]:
        return
    found = seen.leaving(layer).reshape(len(seen.pixels), layer.spec.out_features, -1)
    sums = found.transpose(0, 2, 1).reshape(len(known), -1)
    solved = np.rint(np.linalg.lstsq(known.T @ known, known.T @ sums, rcond=None)[0]).T
    weights = solved[:, : inputs.shape[1]]
    if not np.array_equal(known @ solved.T, sums) or np.abs(weights).max() > 128:
        return
    own = seen.weights(layer).reshape(weights.shape)
    used = np.any(inputs != 0, axis=0)
    differing = int(np.sum((weights != own)[:, used]))
    at = int(np.argmax(((weights != own) & used).reshape(-1)))
    if 2 * differing > used.sum() * len(own):
        told = {
            "weights": layer.weights_file,
            "at": at + 1,
            "used": float(weights.reshape(-1)[at]),
            "written": float(own.reshape(-1)[at]),
            "differing": differing,
            "count": own.size,
        }
        yield "parameters-weights-of-another-run", told


def _sums_of(seen: Exported, layer: Layer, weights: Floats) -> bool:
    """Return whether a layer's recorded sums are those of other weights."""
    needed = (f"{layer.block}/input.csv", f"{layer.block}/output.csv")
    if seen.lacks_recordings(*needed) or seen.lacks(layer.bias_file):
        return False
    if np.abs(seen.entering(layer)).max() > LARGEST_FACTOR:
        return False
    return all(  # most are refuted by the first image alone
        np.array_equal(
            arithmetic.exact_sums(layer, seen.entering(layer)[:count], weights, seen.bias(layer)),
            seen.leaving(layer)[:count],
        )
        for count in (1, len(seen.pixels))
    )
