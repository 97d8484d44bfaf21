"""What a network, its layers and a quantization scheme are, as plain data (no torch here)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

Shape = tuple[int, ...]


class LayerKind(StrEnum):
    """The layers that the lab's networks are made of."""

    CONV2D = "conv2d"
    LINEAR = "linear"
    MAX_POOL2D = "max_pool2d"
    AVG_POOL2D = "avg_pool2d"
    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"


class RangeRule(StrEnum):
    """How the range that is mapped onto the integers is chosen from a tensor."""

    MAX_ABS = "max_abs"
    TOTAL_RANGE = "total_range"
    MIN_MAX = "min_max"
    THREE_SIGMA = "three_sigma"
    PERCENTILE = "percentile"
    MSE = "mse"


class Rounding(StrEnum):
    """How a multiplied accumulator becomes an integer again."""

    NEAREST = "nearest"
    FLOOR = "floor"


@dataclass(frozen=True, kw_only=True)
class QuantScheme:
    """
    Symmetric signed integers of *bits* bits, zero-point 0.

    ``fraction_bits`` is None where the multiplier between layers is a float, or the binary places
    of a fixed-point one; a fixed-point product is shifted right, which rounds to the floor, or to
    the nearest where ``shift_rounding`` adds a half first. With ``divides`` there is no
    multiplier, but a whole divisor ``round(1 / M)``.
    ``rounding`` is that of the layers' outputs by float multipliers, ``input_rounding`` that of
    the images; with ``input_divides`` a pixel x becomes the multiplier over ``round(1 / x)``.
    """

    bits: int = 8
    bias_bits: int = 32
    range_rule: RangeRule = RangeRule.MAX_ABS
    power_of_two: bool = False
    rounding: Rounding = Rounding.NEAREST
    input_rounding: Rounding = Rounding.NEAREST
    fraction_bits: int | None = None
    shift_rounding: Rounding = Rounding.FLOOR
    divides: bool = False
    input_divides: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= 32:
            msg = f"bits must be between 2 and 32, not {self.bits}"
            raise ValueError(msg)

    @property
    def in_integers(self) -> bool:
        """Return whether layers requantize in integers alone."""
        return self.divides or self.fraction_bits is not None

    @property
    def quant_min(self) -> int:
        """Return the smallest integer, ``-2^(bits-1)``."""
        return -(1 << (self.bits - 1))

    @property
    def quant_max(self) -> int:
        """Return the largest integer, ``2^(bits-1) - 1``."""
        return (1 << (self.bits - 1)) - 1


@dataclass(frozen=True, kw_only=True)
class LayerSpec:
    """
    One layer of a network, together with the ReLU that follows it; other activation functions are
    layers of their own.

    ``module`` is the dotted path of the module in the network: ``"conv1"``, or ``"conv1.conv"``
    where ``conv1`` is an ``nn.Sequential`` and ``conv`` its child. A pooling layer that is used
    twice names the same module twice.
    """

    name: str
    kind: LayerKind
    module: str
    in_features: int = 0
    out_features: int = 0
    kernel: int = 1
    stride: int = 1
    relu: bool = False
    relu_module: str | None = None
    bias: bool = False

    @property
    def has_weights(self) -> bool:
        """Return whether the layer has weights to quantize."""
        return self.kind in (LayerKind.CONV2D, LayerKind.LINEAR)

    @property
    def pools(self) -> bool:
        """Return whether the layer makes images smaller without weights."""
        return self.kind in (LayerKind.MAX_POOL2D, LayerKind.AVG_POOL2D)

    @property
    def block(self) -> str:
        """Return the path of the ``nn.Sequential`` that holds the module, else the module's."""
        return self.module.rpartition(".")[0] or self.module

    @property
    def weight_shape(self) -> Shape:
        """Return the shape of the weights, ``()`` where there are none."""
        if self.kind is LayerKind.CONV2D:
            return (self.out_features, self.in_features, self.kernel, self.kernel)
        return (self.out_features, self.in_features) if self.has_weights else ()

    @property
    def weights(self) -> int:
        """Return the number of weights, biases not counted."""
        return math.prod(self.weight_shape) if self.has_weights else 0

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of one image's output; *input_shape* is flat for a linear layer."""
        if self.kind is LayerKind.LINEAR:
            return (self.out_features,)
        if not (self.has_weights or self.pools):
            return input_shape
        channels = self.out_features if self.has_weights else input_shape[0]
        height, width = ((size - self.kernel) // self.stride + 1 for size in input_shape[1:])
        return (channels, height, width)


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """
    A feed-forward network: its layers run one after another.

    A layer's activations are observed after its pooling, as the next layer receives them, unless
    ``pooled_activations`` is false: then as the layer and its activation function give them.
    """

    name: str
    input_shape: Shape
    layers: tuple[LayerSpec, ...]
    pooled_activations: bool = True

    @property
    def weighted_layers(self) -> tuple[LayerSpec, ...]:
        """Return the layers that have weights, in the order in which they run."""
        return tuple(layer for layer in self.layers if layer.has_weights)

    def shapes(self) -> tuple[tuple[Shape, Shape], ...]:
        """Return each layer's (input shape, output shape) for one image."""
        pairs = []
        shape = self.input_shape
        for layer in self.layers:
            given = (math.prod(shape),) if layer.kind is LayerKind.LINEAR else shape
            shape = layer.output_shape(given)
            pairs.append((given, shape))
        return tuple(pairs)

    def multiply_adds(self) -> tuple[int, ...]:
        """Return each layer's multiply-adds for one image: weights times output positions."""
        return tuple(
            layer.weights * math.prod(output[1:])
            for layer, (_, output) in zip(self.layers, self.shapes(), strict=True)
        )

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> NetworkSpec:
        """Return the network whose fields are the *table*'s; other keys of it are left alone."""
        layers = (
            LayerSpec(**layer | {"kind": LayerKind(layer["kind"])}) for layer in table["layers"]
        )
        return cls(
            name=table["name"], input_shape=tuple(table["input_shape"]), layers=tuple(layers)
        )

    def with_bias(self, *names: str) -> NetworkSpec:
        """Return the same network with a bias on the named layers."""
        layers = tuple(
            replace(layer, bias=layer.bias or layer.name in names) for layer in self.layers
        )
        return replace(self, layers=layers)
