"""From accumulators to the next layer's integers."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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
from reference.spec import QuantScheme, Rounding


def test_the_multiplier_is_the_handouts_output_scale() -> None:
    """With largest values 0.5, 1, 8 and 3, n_O2 of the second layer is 127 / (max|O2| A_2)."""
    n_w1, n_input, n_w2 = 127 / 0.5, 127 / 1.0, 127 / 0.25
    n_o1 = 127 / (8.0 * n_w1 * n_input)
    a_2 = n_w2 * n_input * (n_w1 * n_o1)
    expected = 127 / (3.0 * a_2)

    entering = accumulator_scale(0.25 / 127, 8.0 / 127)
    assert entering == pytest.approx(1 / a_2)
    assert requantize_multiplier(entering, 3.0 / 127) == pytest.approx(expected)


def test_halves_round_to_even_and_the_floor_goes_down() -> None:
    """1.5, 2.5 and -0.5 become 2, 2, 0 to the nearest and 1, 2, -1 to the floor."""
    sums = torch.tensor([3.0, 5.0, -1.0])

    assert requantize(sums, 0.5, QuantScheme()).tolist() == [2, 2, 0]
    assert requantize(sums, 0.5, QuantScheme(), Rounding.FLOOR).tolist() == [1, 2, -1]


def test_outputs_are_clamped() -> None:
    """Sums beyond the range end on its edges."""
    assert requantize(torch.tensor([-1e6, 1e6]), 1.0, QuantScheme()).tolist() == [-128, 127]


@given(total=st.integers(-(2**24), 2**24), multiplier=st.floats(1e-5, 1.0))
def test_fixed_point_is_the_floor_of_the_exact_product(total: int, multiplier: float) -> None:
    """Multiplying by m and shifting 16 places is floor(acc m / 2^16) in exact fractions."""
    m = round(Fraction(multiplier) * 2**16)
    exact = floor(Fraction(total * m, 2**16))

    actual = requantize_fixed_point(
        torch.tensor([float(total)]), fixed_point_multiplier(multiplier), QuantScheme()
    )
    assert actual.item() == max(-128, min(127, exact))


@given(total=st.integers(-(2**40), 2**40), multiplier=st.floats(1e-5, 1.0))
def test_a_half_is_added_before_a_shift_to_the_nearest(total: int, multiplier: float) -> None:
    """The nearest of fixed point is floor(acc m / 2^16 + 1/2) in exact fractions."""
    m = fixed_point_multiplier(multiplier)
    exact = floor(Fraction(total * m, 2**16) + Fraction(1, 2))

    actual = requantize_fixed_point(
        torch.tensor([total]), m, QuantScheme(), rounding=Rounding.NEAREST
    )
    assert actual.item() == max(-128, min(127, exact))


@given(total=st.integers(-(2**60), 2**60), multiplier=st.floats(1e-5, 3.0))
def test_the_divisor_is_the_rounded_reciprocal(total: int, multiplier: float) -> None:
    """acc / round(1 / M) rounds downwards, exactly, and a divisor is never 0."""
    divisor = max(1, round(1 / multiplier))
    exact = floor(Fraction(total, divisor))

    actual = requantize_divisor(
        torch.tensor([total]), reciprocal_divisor(multiplier), QuantScheme()
    )
    assert actual.item() == max(-128, min(127, exact))


def test_pixels_by_reciprocals_are_the_sheets_formula() -> None:
    """1, 0.7, 0.3, 0 and -0.4 become 127.5 over 1, 1, 3, infinity and -2, rounded down."""
    pixels = torch.tensor([1.0, 0.7, 0.3, 0.0, -0.4])

    assert quantize_input_by_divisor(pixels, 127.5, QuantScheme()).tolist() == [
        127, 127, 42, 0, -64,
    ]  # fmt: skip
