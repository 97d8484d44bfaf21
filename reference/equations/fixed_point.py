"""
The lab's functions in the form of steps and fixed-point multipliers.

All scales are steps (real = integer x step), but for the input's, which is handed on as its
reciprocal ``1 / s_I``, and a layer's M, by which sums are multiplied. With the weights W_k and the
outputs O_k of layer k, and the input I:

    M_1 = s_W1 s_I / s_O1          M_k = s_Wk s_Ok-1 / s_Ok          m_k = round(2^16 M_k)

The functions take and give what the handout's do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from reference.equations.qparams import choose_scale
from reference.equations.quantize import quantize, quantize_bias
from reference.equations.ranges import Values
from reference.equations.requantize import accumulator_scale, requantize_multiplier
from reference.integer_network import IntegerNetwork
from reference.spec import NetworkSpec, QuantScheme, RangeRule

Floats = NDArray[np.float64]

FRACTION_BITS = 16

SCHEME = QuantScheme(range_rule=RangeRule.TOTAL_RANGE, fraction_bits=FRACTION_BITS)
"""8 bits, steps of ``2 max|x| / 255``, sums multiplied by m and shifted right by 16 places."""

INPUT_STUB = "quant"
"""The name of the network's quantized input among the scales that training found."""


def quantized_weights(weights: Tensor) -> tuple[Tensor, float]:
    """Return ``clamp(round(W / s_W), -128, 127)`` and ``s_W = 2 max|W| / 255``."""
    s_w = choose_scale(weights, SCHEME)
    return quantize(weights, s_w, SCHEME), s_w


def quantize_initial_input(pixels: Values) -> float:
    """Return ``1 / s_I``, ``s_I = 2 max|I| / 255``."""
    return 1.0 / choose_scale(pixels, SCHEME)


def quantize_activations(
    activations: Values, s_w: float, s_initial_input: float, s_o_prev: Sequence[float]
) -> tuple[float, float]:
    """
    Return a layer's ``M = s_W s_in / s_O`` and ``s_O = 2 max|O| / 255``.

    *s_o_prev* are the output steps of all layers before it. ``s_in`` is the last of them, for the
    first layer s_I, whose reciprocal is *s_initial_input*.
    """
    s_o = choose_scale(activations, SCHEME)
    s_in = s_o_prev[-1] if s_o_prev else 1.0 / s_initial_input
    return requantize_multiplier(accumulator_scale(s_w, s_in), s_o), s_o


def forward(  # noqa: PLR0913  these numbers are the network
    spec: NetworkSpec,
    images: Tensor,
    *,
    weights: Mapping[str, Tensor],
    multipliers: Mapping[str, float],
    input_scale: float,
    bias: Mapping[str, Tensor] | None = None,
) -> Tensor:
    """
    Return the last layer's integers: every layer's are ``clamp((sums m) >> 16, -128, 127)``.

    *multipliers* are each layer's M, *input_scale* is ``1 / s_I``.
    """
    network = IntegerNetwork(
        spec,
        weights=weights,
        multipliers=multipliers,
        input_multiplier=input_scale,
        bias=bias,
        scheme=SCHEME,
    )
    return network(images)


def quantized_bias(bias: Tensor, s_w: float, s_o_prev: Sequence[float]) -> Tensor:
    """
    Return ``clamp(round(b / (s_W s_in)), -2^31, 2^31 - 1)`` of the last layer.

    *s_o_prev* are the output steps of all layers, its own included: ``s_in`` is the last but one.
    """
    return quantize_bias(bias, accumulator_scale(s_w, s_o_prev[-2]), SCHEME.bias_bits)


def float_to_fixed_scale(
    act_scales: Mapping[str, Floats], weight_scales: Mapping[str, Floats], output_bias: Floats
) -> tuple[dict[str, int], NDArray[np.int64]]:
    """
    Return every layer's ``m = round(2^16 s_W s_in / s_out)``, and the bias as integers.

    *act_scales* are the steps of the quantized input and of each layer's output in the order in
    which they run, *weight_scales* those of the layers' weights, arrays of one element. The
    input's entry is ``round(1 / s_I)``, the bias ``round(b / (s_W s_in))`` of the last layer.
    """
    outputs = {name: act_scales[name].item() for name in (INPUT_STUB, *act_scales)}
    weights = {name: step.item() for name, step in weight_scales.items()}
    exact = unrounded_fixed_scale(outputs, weights)
    last = [*outputs][-1]
    bias = unrounded_bias(output_bias, outputs, weights, last)
    return {name: round(number) for name, number in exact.items()}, np.rint(bias).astype(np.int64)


def unrounded_fixed_scale(
    outputs: Mapping[str, float],
    weights: Mapping[str, float],
    fraction_bits: int = FRACTION_BITS,
) -> dict[str, float]:
    """
    Return ``1 / s_I`` of the input, and ``2^fraction_bits s_W s_in / s_out`` of every layer.

    *outputs* are the steps in the order in which the modules run, the input's first.
    """
    first, *layers = outputs
    scaled = {
        name: requantize_multiplier(_sums_step(outputs, weights, name), outputs[name])
        * 2.0**fraction_bits
        for name in layers
    }
    return {first: 1.0 / outputs[first], **scaled}


def unrounded_bias(
    bias: Floats, outputs: Mapping[str, float], weights: Mapping[str, float], layer: str
) -> Floats:
    """Return a layer's ``b / (s_W s_in)``."""
    return bias / _sums_step(outputs, weights, layer)


def _sums_step(outputs: Mapping[str, float], weights: Mapping[str, float], layer: str) -> float:
    names = [*outputs]
    return accumulator_scale(weights[layer], outputs[names[names.index(layer) - 1]])
