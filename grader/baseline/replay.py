"""
Exact arithmetic on the integers that a student's network was seen to compute.

Each layer is recomputed from the integers that *entered it in the student's own pass*, so that a
difference in one layer is charged to that layer and does not spread into the next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from grader.baseline.quantized import QuantizedNumbers
from grader.border.conventions import Floats
from reference.spec import LayerKind, LayerSpec, NetworkSpec

OUTPUT = "<output>"
"""The key of what comes out of the last layer, beside the layers' own names."""


def real_values(
    spec: NetworkSpec, numbers: QuantizedNumbers, images: Floats, entering: Mapping[str, Floats]
) -> dict[str, Floats]:
    """
    Return what should be rounded to give the integers that enter each layer, and the output.

    *images* are normalised, (N, C, H, W); *entering* are the integers seen before each weighted
    layer. Keys are the weighted layers' names and ``OUTPUT``; a layer is left out when nothing
    of the right size was seen to enter the layer before it.
    """
    names = [layer.name for layer in spec.weighted_layers]
    pairs = zip(spec.layers, spec.shapes(), strict=True)
    shapes = {layer.name: (len(images), *given) for layer, (given, _) in pairs}
    reals: dict[str, Floats] = {names[0]: images.astype(np.float64) * numbers.input_multiplier}
    for name, following in zip(names, (*names[1:], OUTPUT), strict=True):
        if name in entering and entering[name].size == math.prod(shapes[name]):
            # In the layer's own shape: a wrong view in the pass must not end the replay.
            sums = _between(spec, name, numbers, entering[name].reshape(shapes[name]))
            reals[following] = sums.numpy().astype(np.float64) * numbers.multipliers[name]
    return reals


def rounded(reals: Floats) -> Floats:
    """Return the 8-bit integers nearest to *reals*, halves to even."""
    return np.clip(np.rint(reals), -128, 127)


def _between(spec: NetworkSpec, name: str, numbers: QuantizedNumbers, entering: Floats) -> Tensor:
    """Return a layer's exact sums after its activation and the pooling that follows it."""
    start = next(i for i, layer in enumerate(spec.layers) if layer.name == name)
    x = _accumulate(spec.layers[start], numbers, torch.tensor(entering, dtype=torch.float32))
    x = functional.relu(x) if spec.layers[start].relu else x
    for layer in spec.layers[start + 1 :]:
        if layer.kind is not LayerKind.MAX_POOL2D:
            break
        x = functional.max_pool2d(x, layer.kernel, layer.stride)
    return x


def _accumulate(layer: LayerSpec, numbers: QuantizedNumbers, x: Tensor) -> Tensor:
    weight = torch.tensor(numbers.weights[layer.name], dtype=torch.float32)
    bias = (numbers.bias or {}).get(layer.name)
    offset = None if bias is None else torch.tensor(bias, dtype=torch.float32)
    if layer.kind is LayerKind.LINEAR:
        return functional.linear(x.flatten(1), weight, offset)
    return functional.conv2d(x, weight, offset, stride=layer.stride)
