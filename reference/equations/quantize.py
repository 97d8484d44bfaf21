"""Real values to integers and back; the integers stay in float tensors, as in the lab."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from reference.spec import QuantScheme


def quantize(x: Tensor, scale: float, scheme: QuantScheme) -> Tensor:
    """Return ``clamp(round(x / s), quant_min, quant_max)``, still in float."""
    return (x / scale).round().clamp(scheme.quant_min, scheme.quant_max)


def dequantize(q: Tensor, scale: float) -> Tensor:
    """Return ``q s``."""
    return q * scale


def quantize_bias(bias: Tensor, accumulator_scale: float, bits: int = 32) -> Tensor:
    """
    Return ``clamp(round(b / (s_W s_in)), -2^(bits-1), 2^(bits-1) - 1)`` as float32.

    The quotient is rounded in float64. Beyond 2^24 float32 holds every second, fourth, ... integer
    only, and 2^31 - 1 would become 2^31, which is no int32: the upper limit is therefore the
    largest float32 that *bits* bits hold, 2^31 - 128 for 32.
    """
    limit = 1 << (bits - 1)
    integers = (bias.to(torch.float64) / accumulator_scale).round()
    return integers.clamp(-limit, _float32_at_most(limit - 1)).to(torch.float32)


def _float32_at_most(integer: int) -> float:
    nearest = np.float32(integer)
    return float(nearest if int(nearest) <= integer else np.nextafter(nearest, np.float32(0)))
