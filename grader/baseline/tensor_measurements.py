"""What is measured of a float network's tensors: their shape, and what each range costs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from grader.measurements import BitWidth, CandidateRange, Distribution, RangeAccuracy
from reference.calibration import INPUT
from reference.equations.qparams import choose_scale
from reference.equations.quality import measure_quality
from reference.equations.ranges import Histogram, TensorRange, measure_histogram, measure_range
from reference.equations.shape import Shape, measure_shape
from reference.evaluation import accuracy, paired_degradation, predict
from reference.integer_network import quantize_by, quantize_network
from reference.network import Network, weight_of
from reference.spec import NetworkSpec, QuantScheme, RangeRule

# Divides the 256 levels of a pixel, so that as many levels fall into every bin of the input.
BINS = 64
# The lab's two ranges, each by the rule that makes a scale of it.
RANGES = {"actual": RangeRule.MAX_ABS, "three_sigma": RangeRule.THREE_SIGMA}

_WIDTHS = range(8, 1, -1)
_SCHEMES = [(bits, power_of_two) for bits in _WIDTHS for power_of_two in (False, True)]

Arrays = Mapping[str, npt.NDArray[np.float32]]
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A float network with what it is measured on: calibration arrays, test images and labels."""

    network: Network
    activations: Arrays  # 1-D: "input" and each weighted layer
    images: Tensor
    labels: Tensor
    scheme: QuantScheme
    on_pass: Callable[[], None] = lambda: None  # after every pass over the images

    @property
    def passes(self) -> int:
        """Return how many passes over the images all measurements take."""
        return 1 + len([*self.tensors()]) + len(_SCHEMES)

    @property
    def spec(self) -> NetworkSpec:
        """Return what the network is made of."""
        return self.network.spec

    @property
    def weights(self) -> dict[str, npt.NDArray[np.float32]]:
        """Return every layer's weights."""
        return {x.name: weight_of(self.network, x).numpy() for x in self.spec.weighted_layers}

    def tensors(self) -> Iterator[tuple[str, str, str, npt.NDArray[np.float32]]]:
        """Yield every tensor: its name, its layer, its kind and its values."""
        for name, array in self.weights.items():
            yield f"{name}.weight", name, "weights", array
        for name, array in self.activations.items():
            yield tensor_of(name), name, "activations", array


def tensor_of(name: str) -> str:
    """Return what the activations of a layer, or of the input, are called."""
    return INPUT if name == INPUT else f"{name}.activations"


def measure_candidates(
    array: npt.NDArray[np.float32], scheme: QuantScheme
) -> tuple[CandidateRange, ...]:
    """Return what the lab's two ranges, the actual and the three-sigma range, cost a tensor."""
    found = []
    for name, rule in RANGES.items():
        step = choose_scale(array, replace(scheme, range_rule=rule))
        quality = measure_quality(array, step, scheme)
        found.append(CandidateRange(range=name, step=step, **asdict(quality)))
    return tuple(found)


def measure_range_accuracies(measured: Measured) -> dict[str, RangeAccuracy]:
    """
    Return what the three-sigma range costs the accuracy of the reference's network, by tensor.

    One tensor at a time is quantized over it, all others over their actual range; the loss is
    against the network in which all of them are, on the same images.
    """
    scheme = replace(measured.scheme, range_rule=RangeRule.MAX_ABS)
    scales = {name: choose_scale(array, scheme) for name, _, _, array in measured.tensors()}
    three_sigma = replace(scheme, range_rule=RangeRule.THREE_SIGMA)
    steps = {name: choose_scale(array, three_sigma) for name, _, _, array in measured.tensors()}
    changed = [scales | {name: step} for name, step in steps.items()]
    with _threads() as threads:
        predicted = threads.map(partial(_predict, measured), [scales, *changed])
        before, *others = _told(predicted, measured)
    found = {}
    for name, after in zip(steps, others, strict=True):
        loss = paired_degradation(before, after, measured.labels)
        found[name] = RangeAccuracy(
            actual_percent=accuracy(before, measured.labels),
            three_sigma_percent=accuracy(after, measured.labels),
            degradation=loss.points,
            standard_error=loss.standard_error,
        )
    return found


def _predict(measured: Measured, scales: Mapping[str, float]) -> Tensor:
    names = [layer.name for layer in measured.spec.weighted_layers]
    quantized = quantize_by(
        measured.network,
        measured.scheme,
        input_scale=scales[INPUT],
        weight_scales={name: scales[f"{name}.weight"] for name in names},
        output_scales={name: scales[f"{name}.activations"] for name in names},
    )
    return predict(quantized, measured.images)


def measure_bit_widths(measured: Measured) -> tuple[BitWidth, ...]:
    """Return the reference network's accuracy at 8 to 2 bits, free and power-of-two scales."""

    def percent(scheme: QuantScheme) -> float:
        quantized = quantize_network(measured.network, measured.activations, scheme)
        return accuracy(predict(quantized, measured.images), measured.labels)

    schemes = [
        replace(measured.scheme, bits=bits, power_of_two=power_of_two)
        for bits, power_of_two in _SCHEMES
    ]
    with _threads() as threads:
        found = iter([*_told(threads.map(percent, schemes), measured)])
    return tuple(
        BitWidth(bits=bits, percent=next(found), power_of_two_percent=next(found))
        for bits in _WIDTHS
    )


def _told(results: Iterable[Result], measured: Measured) -> Iterator[Result]:
    """Yield *results* as they come, each told to whoever waits."""
    for result in results:
        measured.on_pass()
        yield result


def _threads() -> ThreadPoolExecutor:
    """Return a thread a core, each of which computes alone: sums stay in one order."""
    return ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,))


def measure_distributions(measured: Measured) -> tuple[Distribution, ...]:
    """Return shape and histogram of every layer's weights, the input and every layer's output."""
    return tuple(_distribution(measured.spec, *tensor) for tensor in measured.tensors())


def _distribution(
    spec: NetworkSpec, tensor: str, layer: str, kind: str, array: npt.NDArray[np.float32]
) -> Distribution:
    measured: TensorRange = measure_range(array)
    histogram: Histogram = measure_histogram(array, bins=BINS)
    shape: Shape = measure_shape(array)
    return Distribution(
        tensor=tensor,
        layer=layer,
        kind=kind,
        numel=int(array.size),
        minimum=measured.min,
        maximum=measured.max,
        mean=measured.mean,
        std=measured.std,
        histogram_low=histogram.low,
        histogram_high=histogram.high,
        counts=tuple(int(count) for count in histogram.counts),
        **asdict(shape),
        after=_after(spec, layer) if kind == "activations" else (),
    )


def _after(spec: NetworkSpec, layer: str) -> tuple[str, ...]:
    """Return what a layer's values have passed when they are recorded: ``relu``, ``pooling``."""
    place = next((i for i, one in enumerate(spec.layers) if one.name == layer), None)
    if place is None:
        return ()
    following = spec.layers[place + 1 : place + 2]
    pooled = spec.pooled_activations and any(one.pools for one in following)
    relu = ("relu",) if spec.layers[place].relu else ()
    return (*relu, "pooling") if pooled else relu
