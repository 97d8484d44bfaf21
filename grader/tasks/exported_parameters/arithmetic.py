"""The integers of a network computed exactly, for many images at once; images are rows."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from grader.border.conventions import Floats
from grader.tasks.exported_parameters.layout import Layer, Layout
from reference.spec import LayerKind

Integers = NDArray[np.int64]


def quantize_pixels(pixels: Floats, multiplier: float, layout: Layout) -> Integers:
    """Return ``clamp(round(x . multiplier))``, halves to even."""
    rounded = np.rint(pixels * multiplier)
    return np.asarray(np.clip(rounded, layout.quant_min, layout.quant_max), np.int64)


def exact_sums(layer: Layer, entering: Floats, weights: Floats, bias: Floats) -> Integers:
    """
    Return ``W x + b`` of every image: (images, outputs), channel by channel.

    A product of matrices in float64 holds every integer below 2^53, so that no sum of 8-bit
    integers is rounded, in whatever order it is added up. *bias* is empty where there is none.
    """
    inputs = torch.from_numpy(np.ascontiguousarray(entering, dtype=np.float64))
    matrix = torch.from_numpy(
        np.ascontiguousarray(weights, dtype=np.float64).reshape(layer.spec.out_features, -1)
    )
    sums = matrix @ _columns(layer, inputs)
    if bias.size:
        sums = sums + torch.from_numpy(bias.astype(np.float64)).reshape(-1, 1)
    return sums.flatten(1).numpy().astype(np.int64)


def _columns(layer: Layer, inputs: torch.Tensor) -> torch.Tensor:
    """Return what each weight is multiplied by: (images, weights of an output, places)."""
    if layer.spec.kind is LayerKind.LINEAR:
        return inputs.unsqueeze(2)
    shaped = inputs.reshape(-1, *layer.input_shape)
    return functional.unfold(shaped, layer.spec.kernel, stride=layer.spec.stride)


def shifted(sums: Integers, multiplier: int, layout: Layout) -> Integers:
    """Return ``(sum . m) >> 16``, not clamped."""
    return (sums * multiplier) >> layout.fraction_bits


def clamped(values: Integers, layer: Layer, layout: Layout) -> Integers:
    """Return a layer's values within what may enter the next; ReLU makes 0 the lower edge."""
    return np.clip(values, 0 if layer.spec.relu else layout.quant_min, layout.quant_max)


def requantized(sums: Integers, multiplier: int, layer: Layer, layout: Layout) -> Integers:
    """Return ``clamp((sum . m) >> 16)``: what enters the next layer."""
    return clamped(shifted(sums, multiplier, layout), layer, layout)


def pooled(layer: Layer, entering: Floats) -> Integers:
    """Return the largest integer of each window: (images, outputs)."""
    shaped = torch.from_numpy(np.ascontiguousarray(entering)).reshape(-1, *layer.input_shape)
    largest = functional.max_pool2d(shaped, layer.spec.kernel, layer.spec.stride)
    return largest.flatten(1).numpy().astype(np.int64)


def averaged(layer: Layer, entering: Floats) -> Floats:
    """Return the mean of each window, not rounded: (images, outputs)."""
    shaped = torch.from_numpy(np.ascontiguousarray(entering)).reshape(-1, *layer.input_shape)
    mean = functional.avg_pool2d(shaped, layer.spec.kernel, layer.spec.stride)
    return np.asarray(mean.flatten(1).numpy())


def columns(layer: Layer, entering: Floats) -> Floats:
    """Return what each weight of an output is multiplied by: (images x places, weights)."""
    shaped = torch.from_numpy(np.ascontiguousarray(entering, dtype=np.float64))
    found = _columns(layer, shaped)
    return np.asarray(found.transpose(1, 2).reshape(-1, found.shape[1]).numpy())
