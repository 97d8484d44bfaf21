"""From a layer's accumulators to the integers that enter the next layer."""

from __future__ import annotations

import torch
from torch import Tensor

from reference.spec import QuantScheme, Rounding


def accumulator_scale(weight_scale: float, input_scale: float) -> float:
    """Return ``s_W s_in``, the real value of 1 in an accumulator; the handouts' ``1 / A_k``."""
    return weight_scale * input_scale


def requantize_multiplier(accumulator_scale: float, output_scale: float) -> float:
    """Return ``M = s_W s_in / s_out``, which is the handouts' ``n_O = 127 / (max|O| A_k)``."""
    return accumulator_scale / output_scale


def requantize(
    accumulators: Tensor,
    multiplier: float,
    scheme: QuantScheme,
    rounding: Rounding = Rounding.NEAREST,
) -> Tensor:
    """
    Return ``clamp(round(M acc), quant_min, quant_max)``.

    *rounding* "nearest" rounds halves to even, "floor" downwards. The product is float32's, as in
    the lab.
    """
    product = accumulators * multiplier
    integers = product.floor() if rounding is Rounding.FLOOR else product.round()
    return integers.clamp(scheme.quant_min, scheme.quant_max)


def fixed_point_multiplier(multiplier: float, fraction_bits: int = 16) -> int:
    """Return ``m = round(M 2^fraction_bits)``."""
    return round(multiplier * (1 << fraction_bits))


def requantize_fixed_point(
    accumulators: Tensor,
    multiplier: int,
    scheme: QuantScheme,
    fraction_bits: int = 16,
    rounding: Rounding = Rounding.FLOOR,
) -> Tensor:
    """
    Return ``clamp((acc m) >> fraction_bits, quant_min, quant_max)``, computed in int64.

    *rounding* "nearest" adds ``2^(fraction_bits - 1)`` before the shift: halves round up.
    """
    half = (1 << fraction_bits) >> 1 if rounding is Rounding.NEAREST else 0
    integers = (accumulators.to(torch.int64) * multiplier + half) >> fraction_bits
    return integers.clamp(scheme.quant_min, scheme.quant_max).to(torch.float32)


def reciprocal_divisor(multiplier: float) -> int:
    """Return ``d = round(1 / M)``, at least 1."""
    return max(1, round(1 / multiplier))


def requantize_divisor(accumulators: Tensor, divisor: int, scheme: QuantScheme) -> Tensor:
    """Return ``clamp(floor(acc / d), quant_min, quant_max)``, computed in int64."""
    integers = torch.div(accumulators.to(torch.int64), divisor, rounding_mode="floor")
    return integers.clamp(scheme.quant_min, scheme.quant_max).to(torch.float32)


def quantize_input_by_divisor(pixels: Tensor, multiplier: float, scheme: QuantScheme) -> Tensor:
    """
    Return ``clamp(floor(n / round(1 / x)), quant_min, quant_max)`` of real *pixels* x.

    n is the *multiplier*, 1 over the input's step; the reciprocal of 0 is infinite and gives 0.
    """
    integers = (multiplier / (1 / pixels).round()).floor()
    return integers.clamp(scheme.quant_min, scheme.quant_max)
