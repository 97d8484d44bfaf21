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

from reference.network import Network
from reference.ranges import Histogram, HistogramAccumulator, RangeAccumulator, TensorRange
from reference.spec import NetworkSpec, Shape

INPUT = "input"
"""The name under which what enters the first layer is kept, beside the layers' own names."""

Activations = dict[str, NDArray[np.float32]]
OnValue = Callable[[str, Tensor], None]


def activation_shapes(spec: NetworkSpec, *, before_pooling: bool = False) -> dict[str, Shape]:
    """
    Return the shape, for one image, of what is observed under each name.

    ``INPUT`` is what enters the first layer. A weighted layer's name stands for its value after
    activation and pooling, as the next weighted layer receives it, the last one's for its output;
    with *before_pooling* for its value after activation alone, as it leaves the layer.
    """
    weighted = [
        pair for layer, pair in zip(spec.layers, spec.shapes(), strict=True) if layer.has_weights
    ]
    names = (INPUT, *(layer.name for layer in spec.weighted_layers))
    entering = [given for given, _ in weighted]
    if before_pooling:
        return dict(zip(names, (entering[0], *(given for _, given in weighted)), strict=True))
    return dict(zip(names, (*entering, spec.shapes()[-1][1]), strict=True))


@contextmanager
def observing(
    network: Network, on_value: OnValue, *, before_pooling: bool = False
) -> Iterator[None]:
    """Call *on_value* with each name of ``activation_shapes`` and its batch, at every pass."""
    hook = _hook_outputs if before_pooling else _hook_inputs
    handles = hook(network, on_value)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


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


def collect_activations(
    network: Network, images: Tensor, *, batch_size: int = 250, before_pooling: bool = False
) -> Activations:
    """
    Return every observed value whole, as 1-D float32 arrays in the order of the images.

    Each array is allocated once; ``.astype(numpy.float64)`` gives the templates' float64 exactly.
    """
    shapes = activation_shapes(network.spec, before_pooling=before_pooling)
    arrays = {
        name: np.empty(len(images) * math.prod(shape), dtype=np.float32)
        for name, shape in shapes.items()
    }
    filled = dict.fromkeys(arrays, 0)

    def store(name: str, value: Tensor) -> None:
        start, end = filled[name], filled[name] + value.numel()
        arrays[name][start:end] = value.reshape(-1).numpy()
        filled[name] = end

    _run(network, torch.split(images, batch_size), store, before_pooling=before_pooling)
    return arrays


def _run(
    network: Network, batches: Iterable[Tensor], on_value: OnValue, *, before_pooling: bool = False
) -> None:
    with (
        torch.inference_mode(),
        observing(network, on_value, before_pooling=before_pooling),
    ):
        for batch in batches:
            network(batch)


def _hook_inputs(network: Network, on_value: OnValue) -> list[RemovableHandle]:
    """Observe each weighted layer's value as what enters the next one."""
    layers = network.spec.weighted_layers
    names = (INPUT, *(layer.name for layer in layers))
    handles = [
        network.get_submodule(layer.module).register_forward_pre_hook(_before(name, on_value))
        for name, layer in zip(names, layers, strict=False)
    ]
    return [*handles, network.register_forward_hook(_after(layers[-1].name, on_value))]


def _hook_outputs(network: Network, on_value: OnValue) -> list[RemovableHandle]:
    """Observe each weighted layer's value as what leaves it, its ReLU applied."""
    handles = [network.register_forward_pre_hook(_before(INPUT, on_value))]
    for layer in network.spec.weighted_layers:
        hook = _after(layer.name, on_value, relu=layer.relu)
        handles.append(network.get_submodule(layer.module).register_forward_hook(hook))
    return handles


def _before(name: str, on_value: OnValue) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    return lambda _module, inputs: on_value(name, inputs[0])


def _after(
    name: str, on_value: OnValue, *, relu: bool = False
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    return lambda _module, _inputs, output: on_value(name, output.relu() if relu else output)
