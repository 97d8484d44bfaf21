"""What a float network's layers see while images run through it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from reference.equations.ranges import (
    Histogram,
    HistogramAccumulator,
    RangeAccumulator,
    TensorRange,
)
from reference.network import Network
from reference.spec import LayerSpec, NetworkSpec, Shape

INPUT = "input"
"""The name under which what enters the first layer is kept, beside the layers' own names."""

Activations = dict[str, NDArray[np.float32]]


def activation_shapes(spec: NetworkSpec) -> dict[str, Shape]:
    """
    Return the shape, for one image, of what is observed under each name.

    ``INPUT`` is what enters the first layer. A weighted layer's name stands for its value after
    activation and pooling, as the next weighted layer receives it, or before the pooling where
    the spec says so; the last one's for its output.
    """
    shapes = [
        shape for layer, shape in zip(spec.layers, spec.shapes(), strict=True) if layer.has_weights
    ]
    if not spec.pooled_activations:
        names = (INPUT, *(layer.name for layer in spec.weighted_layers))
        return dict(zip(names, (shapes[0][0], *(made for _, made in shapes)), strict=True))
    entering = [given for given, _ in shapes]
    names = (INPUT, *(layer.name for layer in spec.weighted_layers))
    return dict(zip(names, (*entering, spec.shapes()[-1][1]), strict=True))


@contextmanager
def observing(network: Network, on_value: Callable[[str, Tensor], None]) -> Iterator[None]:
    """Call *on_value* with each name of ``activation_shapes`` and its batch, at every pass."""
    layers = network.spec.weighted_layers
    first = network.get_submodule(layers[0].module)
    handles = [first.register_forward_pre_hook(_before(INPUT, on_value))]
    for layer, following in zip(layers, (*layers[1:], None), strict=True):
        handles.append(_watch(network, layer, following, on_value))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _watch(
    network: Network,
    layer: LayerSpec,
    following: LayerSpec | None,
    on_value: Callable[[str, Tensor], None],
) -> RemovableHandle:
    """Watch what *layer* gives: before its pooling, or as the *following* layer receives it."""
    if not network.spec.pooled_activations:
        module = network.get_submodule(layer.relu_module or layer.module)
        return module.register_forward_hook(_after(layer.name, on_value))
    if following is None:
        return network.register_forward_hook(_after(layer.name, on_value))
    module = network.get_submodule(following.module)
    return module.register_forward_pre_hook(_before(layer.name, on_value))


def profile_ranges(network: Network, batches: Iterable[Tensor]) -> dict[str, TensorRange]:
    """Return the range of every observed value; memory does not grow with the batches."""
    accumulators = {name: RangeAccumulator() for name in activation_shapes(network.spec)}
    _run(network, batches, lambda name, value: accumulators[name].update(value))
    return {name: accumulator.result() for name, accumulator in accumulators.items()}


def profile_histograms(
    network: Network,
    batches: Iterable[Tensor],
    ranges: Mapping[str, TensorRange],
    *,
    bins: int = 100,
) -> dict[str, Histogram]:
    """Return the histogram of every observed value, in a second pass over the same *batches*."""
    accumulators = {
        name: HistogramAccumulator(measured.min, measured.max, bins=bins)
        for name, measured in ranges.items()
    }
    _run(network, batches, lambda name, value: accumulators[name].update(value))
    return {name: accumulator.result() for name, accumulator in accumulators.items()}


def collect_activations(network: Network, images: Tensor, *, batch_size: int = 250) -> Activations:
    """
    Return every observed value whole, as 1-D float32 arrays in the order of the images.

    Each array is allocated once; ``.astype(numpy.float64)`` gives the templates' float64 exactly.
    """
    arrays = {
        name: np.empty(len(images) * math.prod(shape), dtype=np.float32)
        for name, shape in activation_shapes(network.spec).items()
    }
    filled = dict.fromkeys(arrays, 0)

    def store(name: str, value: Tensor) -> None:
        start, end = filled[name], filled[name] + value.numel()
        arrays[name][start:end] = value.reshape(-1).numpy()
        filled[name] = end

    _run(network, torch.split(images, batch_size), store)
    return arrays


def _run(
    network: Network, batches: Iterable[Tensor], on_value: Callable[[str, Tensor], None]
) -> None:
    with torch.inference_mode(), observing(network, on_value):
        for batch in batches:
            network(batch)


def _before(
    name: str, on_value: Callable[[str, Tensor], None]
) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    return lambda _module, inputs: on_value(name, inputs[0])


def _after(
    name: str, on_value: Callable[[str, Tensor], None]
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    return lambda _module, _inputs, output: on_value(name, output)
