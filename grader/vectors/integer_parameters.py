"""The integers of a network, and everything that they compute from images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.baseline.quantized import QuantizedNumbers
from grader.border.answers import nothing
from grader.border.conventions import Floats
from grader.errors import GraderError
from grader.tasks.exported_parameters import arithmetic
from grader.tasks.exported_parameters.arithmetic import Integers
from grader.tasks.exported_parameters.layout import Layer, Layout
from reference.equations.requantize import fixed_point_multiplier
from reference.integer_network import QuantizedNetwork

SCALE_BITS = 32


class VectorsError(GraderError):
    """A network cannot be written as integers, or not there; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class IntegerParameters:
    """
    The integers that make up one network, keyed by module as in the files' names.

    ``weights`` and ``bias`` have the layers' own shapes; ``scales`` are the images' multiplier
    and each layer's m, by which a sum is multiplied before it is shifted.
    """

    layout: Layout
    weights: Mapping[str, Integers]
    scales: Mapping[str, int]
    bias: Mapping[str, Integers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise VectorsError where a number does not fit its bits."""
        edges = (self.layout.bits, self.layout.bias_bits)
        for held, bits in zip((self.weights, self.bias), edges, strict=True):
            for name, values in held.items():
                _require_fit(name, values, bits)
        for name in self.layout.scales:
            if not 0 < self.scales[name] < 1 << (SCALE_BITS - 1):
                msg = (
                    f"{name}: the scale {self.scales[name]} is no positive integer of 32 bits;"
                    f" with {self.layout.fraction_bits} binary places it cannot be written"
                )
                raise VectorsError(msg)

    def record(self, pixels: Floats) -> dict[str, Floats]:
        """
        Return what enters and leaves every layer: a row for each row of *pixels*.

        Keys are those of the layout's recordings, in its order.
        """
        layout = self.layout
        found: dict[str, Floats] = {"input.csv": pixels}
        x = arithmetic.quantize_pixels(pixels, self.scales[layout.input_scale], layout)
        for layer in layout.layers:
            found[f"{layer.block}/input.csv"] = x.astype(np.float64)
            left, x = self._run(layer, x.astype(np.float64))
            found[f"{layer.block}/output.csv"] = left.astype(np.float64)
        return {**found, "output.csv": x.astype(np.float64)}

    def _run(self, layer: Layer, entering: Floats) -> tuple[Integers, Integers]:
        """Return what leaves a layer, and what of it enters the next."""
        if not layer.spec.has_weights:
            largest = arithmetic.pooled(layer, entering)
            return largest, largest
        weights = self.weights[layer.module].astype(np.float64)
        bias = self.bias.get(layer.module, nothing()).astype(np.float64)
        sums = arithmetic.exact_sums(layer, entering, weights, bias)
        multiplier = self.scales[layer.module]
        return sums, arithmetic.requantized(sums, multiplier, layer, self.layout)


def of_numbers(numbers: QuantizedNumbers, layout: Layout) -> IntegerParameters:
    """
    Return a quantized network in fixed point: ``m = round(M 2^16)``, ``quant = round(1 / s_I)``.

    Raise VectorsError where a multiplier is too small or too large for that.
    """
    names = {layer.module: layer.spec.name for layer in layout.weighted}
    multipliers = {
        module: fixed_point_multiplier(numbers.multipliers[name], layout.fraction_bits)
        for module, name in names.items()
    }
    bias = numbers.bias or {}
    return IntegerParameters(
        layout=layout,
        weights={module: _integers(numbers.weights[name]) for module, name in names.items()},
        bias={module: _integers(bias[name]) for module, name in names.items() if name in bias},
        scales={layout.input_scale: round(numbers.input_multiplier), **multipliers},
    )


def of_quantized_network(network: QuantizedNetwork, layout: Layout) -> IntegerParameters:
    """Return a network that the reference has quantized in fixed point; raise VectorsError."""
    numbers = QuantizedNumbers(
        weights={layer.name: layer.weight.numpy() for layer in network.layers},
        multipliers={layer.name: layer.multiplier for layer in network.layers},
        input_multiplier=1.0 / network.input_scale,
        bias={one.name: one.bias.numpy() for one in network.layers if one.bias is not None},
    )
    return of_numbers(numbers, layout)


def _integers(values: Floats) -> Integers:
    return np.asarray(np.rint(values), dtype=np.int64)


def _require_fit(name: str, values: Integers, bits: int) -> None:
    edge = 1 << (bits - 1)
    if values.size and not (-edge <= values.min() and values.max() < edge):
        msg = (
            f"{name}: its numbers reach from {values.min()} to {values.max()}, beyond {bits} bits"
        )
        raise VectorsError(msg)
