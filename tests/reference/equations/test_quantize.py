"""Quantizing values and biases."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference.equations.qparams import choose_scale
from reference.equations.quantize import dequantize, quantize, quantize_bias
from reference.spec import QuantScheme


@given(values=st.lists(st.floats(-4, 4, width=32), min_size=1), exponent=st.integers(-8, 0))
def test_quantizing_is_pytorchs(values: list[float], exponent: int) -> None:
    """With a power-of-two step, where no product is rounded, PyTorch's integers are the same."""
    x, scale = torch.tensor(values), 2.0**exponent

    expected = torch.quantize_per_tensor(x, scale, 0, torch.qint8).int_repr()
    assert torch.equal(quantize(x, scale, QuantScheme()), expected.float())


def test_an_awkward_step_differs_from_pytorchs_nowhere_but_at_halves() -> None:
    """With a step of any size, integers differ by one at most, and only beside a half."""
    x = torch.from_numpy(np.random.default_rng(1).normal(0, 1, 100_000)).float()
    scale = choose_scale(x, QuantScheme())
    expected = torch.quantize_per_tensor(x, scale, 0, torch.qint8).int_repr().float()

    differing = quantize(x, scale, QuantScheme()) != expected
    quotients = x[differing].double() / scale
    assert torch.all((quotients - quotients.floor() - 0.5).abs() < 1e-4)


@pytest.mark.parametrize(("bits", "low", "high"), [(8, -128, 127), (4, -8, 7), (2, -2, 1)])
def test_values_out_of_range_land_on_the_edges(bits: int, low: int, high: int) -> None:
    """Whatever lies outside is clamped onto the smallest and the largest integer."""
    quantized = quantize(torch.tensor([-1e9, 1e9]), 0.5, QuantScheme(bits=bits))

    assert quantized.tolist() == [low, high]


def test_the_argument_is_left_as_it_was() -> None:
    """Quantizing does not change its argument in place."""
    x = torch.tensor([0.3, -0.7])
    quantize(x, 0.1, QuantScheme())

    assert x.tolist() == torch.tensor([0.3, -0.7]).tolist()


# Below the smallest normal float32 a step has no half, so that "half a step" means nothing there.
ABOVE_UNDERFLOW = st.floats(-10, 10, width=32).filter(lambda x: x == 0 or abs(x) > 2.0**-100)


@given(values=st.lists(ABOVE_UNDERFLOW, min_size=1))
def test_what_comes_back_is_off_by_half_a_step_at_most(values: list[float]) -> None:
    """Dequantizing restores every value of the range to within half a step."""
    x = torch.tensor(values)
    scale = choose_scale(x, QuantScheme())

    error = (dequantize(quantize(x, scale, QuantScheme()), scale) - x).abs().max()
    assert error <= scale * 0.5001


def test_a_bias_becomes_the_number_of_accumulator_steps() -> None:
    """0.5, -0.25 and 1.26 in steps of 0.01 are 50, -25 and 126."""
    bias = torch.tensor([0.5, -0.25, 1.26])

    assert quantize_bias(bias, 0.01).tolist() == [50, -25, 126]


def test_a_bias_is_not_clamped_to_eight_bits() -> None:
    """A bias of a thousand steps stays a thousand."""
    assert quantize_bias(torch.tensor([1.0]), 0.001).tolist() == [1000]


def test_a_huge_bias_still_fits_an_int32() -> None:
    """Both ends survive the conversion to int32, which 2^31 would not."""
    quantized = quantize_bias(torch.tensor([-1e20, 1e20]), 1e-3)

    assert quantized.to(torch.int64).tolist() == [-(2**31), 2**31 - 128]


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_a_narrower_bias_is_clamped_to_its_own_limits(bits: int) -> None:
    """Up to 24 bits, float32 holds the limits themselves."""
    quantized = quantize_bias(torch.tensor([-1e20, 1e20]), 1.0, bits)

    assert quantized.tolist() == [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
