"""The quantized network: integers between layers, exact integer sums within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from reference.calibration import INPUT
from reference.equations.qparams import choose_scale
from reference.equations.quantize import quantize, quantize_bias
from reference.equations.ranges import Values
from reference.equations.requantize import (
    accumulator_scale,
    fixed_point_multiplier,
    quantize_input_by_divisor,
    reciprocal_divisor,
    requantize,
    requantize_divisor,
    requantize_fixed_point,
    requantize_multiplier,
)
from reference.network import Network, bias_of, copy_model, weight_of, weighted_sums
from reference.spec import LayerKind, LayerSpec, NetworkSpec, QuantScheme

FLOAT32_INTEGERS = 1 << 24
"""float32 holds every integer up to this magnitude, so sums that stay below it are exact."""


class InexactSumError(ValueError):
    """With the numbers given a sum could be rounded, so the integers would not be exact."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """
    Everything that one integer pass computes, all integers kept in float32.

    ``inputs`` and ``accumulators`` are keyed by weighted layer; an accumulator is the exact sum
    of the layer before activation, pooling and requantization, its bias added. It is int64 where
    the scheme requantizes in integers.
    """

    inputs: dict[str, Tensor] = field(default_factory=dict)
    accumulators: dict[str, Tensor] = field(default_factory=dict)
    output: Tensor = field(default_factory=lambda: torch.empty(0))


class IntegerNetwork:
    """
    A quantized network made of given numbers: integer weights, multipliers, integer biases.

    A bias is added to the exact sum in one float32 addition, so one that was left in real values
    may be given as well: that is the network "with unquantized bias". Where the scheme requantizes
    in integers, everything behind the weights is int64 arithmetic, and so must a bias be.
    """

    def __init__(  # noqa: PLR0913  these numbers are the network
        self,
        spec: NetworkSpec,
        *,
        weights: Mapping[str, Tensor],
        multipliers: Mapping[str, float],
        input_multiplier: float,
        bias: Mapping[str, Tensor] | None = None,
        scheme: QuantScheme | None = None,
    ) -> None:
        """
        Build the network; the mappings are keyed by the names of the weighted layers.

        Raise InexactSumError where a weight is no integer, a sum without its bias could reach
        2^24, or a bias is no integer in a scheme of integers.
        """
        self.spec = spec
        self.scheme = scheme or QuantScheme()
        self.multipliers = dict(multipliers)
        self.input_multiplier = input_multiplier
        self.weights = {name: weight.to(torch.float32) for name, weight in weights.items()}
        dtype = torch.int64 if self.scheme.in_integers else torch.float32
        for name, values in (bias or {}).items() if self.scheme.in_integers else ():
            _require_integers(name, "bias values", values)
        self.bias = {name: values.to(dtype) for name, values in (bias or {}).items()}
        for layer in spec.weighted_layers:
            _require_exact(layer.name, self.weights[layer.name], self.scheme)

    def __call__(self, images: Tensor) -> Tensor:
        """Return the integers of the last layer, float32 of shape (images, classes)."""
        return self._run(images, {}, {})

    forward = __call__

    def trace(self, images: Tensor) -> Trace:
        """Return the integers that enter each weighted layer, its sums, and the last output."""
        inputs: dict[str, Tensor] = {}
        accumulators: dict[str, Tensor] = {}
        output = self._run(images, inputs, accumulators)
        return Trace(inputs=inputs, accumulators=accumulators, output=output)

    def _run(
        self, images: Tensor, inputs: dict[str, Tensor], accumulators: dict[str, Tensor]
    ) -> Tensor:
        x = self._quantize_input(images)
        for layer in self.spec.layers:
            if layer.kind is LayerKind.MAX_POOL2D:
                x = functional.max_pool2d(x, layer.kernel, layer.stride)
                continue
            if not layer.has_weights:
                msg = f"{layer.name}: {layer.kind} does not give integers"
                raise InexactSumError(msg)
            inputs[layer.name] = x
            accumulators[layer.name] = self._accumulate(layer, x)
            x = accumulators[layer.name]
            x = self._requantize(layer, x.relu() if layer.relu else x)
        return x

    def _quantize_input(self, images: Tensor) -> Tensor:
        if self.scheme.input_divides:
            return quantize_input_by_divisor(images, self.input_multiplier, self.scheme)
        return requantize(images, self.input_multiplier, self.scheme, self.scheme.input_rounding)

    def _accumulate(self, layer: LayerSpec, x: Tensor) -> Tensor:
        """Return ``W * x + b`` in integers."""
        sums = weighted_sums(layer, x, self.weights[layer.name], None)
        sums = sums.to(torch.int64) if self.scheme.in_integers else sums
        bias = self.bias.get(layer.name)
        if bias is None:
            return sums
        return sums + (bias if layer.kind is LayerKind.LINEAR else bias[:, None, None])

    def _requantize(self, layer: LayerSpec, sums: Tensor) -> Tensor:
        multiplier, scheme = self.multipliers[layer.name], self.scheme
        places = scheme.fraction_bits
        if scheme.divides:
            return requantize_divisor(sums, reciprocal_divisor(multiplier), scheme)
        if places is None:
            return requantize(sums, multiplier, scheme, scheme.rounding)
        fixed = fixed_point_multiplier(multiplier, places)
        return requantize_fixed_point(sums, fixed, scheme, places, scheme.shift_rounding)


@dataclass(frozen=True, kw_only=True)
class QuantizedLayer:
    """One weighted layer's integers and the step sizes that give them their meaning."""

    name: str
    weight: Tensor
    weight_scale: float
    input_scale: float
    output_scale: float
    bias: Tensor | None = None

    @property
    def accumulator_scale(self) -> float:
        """Return ``s_W s_in``."""
        return accumulator_scale(self.weight_scale, self.input_scale)

    @property
    def multiplier(self) -> float:
        """Return ``M = s_W s_in / s_out``."""
        return requantize_multiplier(self.accumulator_scale, self.output_scale)


@dataclass(frozen=True, kw_only=True)
class QuantizedNetwork:
    """A float network after quantization: its layers in order, and how images become integers."""

    spec: NetworkSpec
    scheme: QuantScheme
    input_scale: float
    layers: tuple[QuantizedLayer, ...]

    @cached_property
    def integer_network(self) -> IntegerNetwork:
        """Return the network that computes with these integers."""
        return IntegerNetwork(
            self.spec,
            weights={layer.name: layer.weight for layer in self.layers},
            multipliers={layer.name: layer.multiplier for layer in self.layers},
            input_multiplier=1.0 / self.input_scale,
            bias={layer.name: layer.bias for layer in self.layers if layer.bias is not None},
            scheme=self.scheme,
        )

    def __call__(self, images: Tensor) -> Tensor:
        """Return the integers of the last layer, float32 of shape (images, classes)."""
        return self.integer_network(images)


def quantize_network(
    network: Network,
    activations: Mapping[str, Values],
    scheme: QuantScheme | None = None,
    *,
    quantized_bias: bool = True,
) -> QuantizedNetwork:
    """
    Return *network* quantized: ``s_W`` and ``s_out`` by *scheme*, from weights and *activations*.

    *activations* are keyed as ``calibration.collect_activations`` keys them. With
    *quantized_bias* false a bias keeps its real values.
    """
    scheme = scheme or QuantScheme()
    layers = network.spec.weighted_layers
    return quantize_by(
        network,
        scheme,
        input_scale=choose_scale(activations[INPUT], scheme),
        weight_scales={x.name: choose_scale(weight_of(network, x), scheme) for x in layers},
        output_scales={x.name: choose_scale(activations[x.name], scheme) for x in layers},
        quantized_bias=quantized_bias,
    )


def quantize_by(  # noqa: PLR0913  a network, and the scales of all of its tensors
    network: Network,
    scheme: QuantScheme,
    *,
    input_scale: float,
    weight_scales: Mapping[str, float],
    output_scales: Mapping[str, float],
    quantized_bias: bool = True,
) -> QuantizedNetwork:
    """Return *network* quantized by the given steps, keyed by weighted layer."""
    entering, layers = input_scale, []
    for layer in network.spec.weighted_layers:
        weight_scale, bias = weight_scales[layer.name], bias_of(network, layer)
        if bias is not None and quantized_bias:
            factor = accumulator_scale(weight_scale, entering)
            bias = quantize_bias(bias, factor, scheme.bias_bits)
        quantized = QuantizedLayer(
            name=layer.name,
            weight=quantize(weight_of(network, layer), weight_scale, scheme),
            weight_scale=weight_scale,
            input_scale=entering,
            output_scale=output_scales[layer.name],
            bias=bias,
        )
        layers.append(quantized)
        entering = quantized.output_scale
    return QuantizedNetwork(
        spec=network.spec, scheme=scheme, input_scale=input_scale, layers=tuple(layers)
    )


def with_quantized_weights(network: Network, scheme: QuantScheme | None = None) -> Network:
    """
    Return a copy of *network* whose weights are ``q_W``; activations and biases stay real.

    Every output is ``1 / s_W`` times as large, so only a bias, which is not, can change by more
    than rounding which class is the largest.
    """
    scheme = scheme or QuantScheme()
    result = copy_model(network)
    for layer in network.spec.weighted_layers:
        weight = weight_of(result, layer)
        weight.copy_(quantize(weight, choose_scale(weight, scheme), scheme))
    return result


def _require_integers(name: str, what: str, values: Tensor) -> None:
    if not torch.equal(values, values.round()):
        msg = f"{name}: the {what} are not integers; quantize them before building the network"
        raise InexactSumError(msg)


def _require_exact(name: str, weight: Tensor, scheme: QuantScheme) -> None:
    _require_integers(name, "weights", weight)
    largest_sum = weight.abs().to(torch.float64).flatten(1).sum(1).max() * -scheme.quant_min
    if largest_sum >= FLOAT32_INTEGERS:
        msg = (
            f"{name}: a sum could reach {largest_sum:.0f}, and float32 holds integers exactly "
            f"only below {FLOAT32_INTEGERS}; use fewer bits"
        )
        raise InexactSumError(msg)
