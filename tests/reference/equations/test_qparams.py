"""Choosing a scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference.equations.qparams import choose_scale, next_power_of_two
from reference.spec import QuantScheme, RangeRule

BELL = torch.from_numpy(np.random.default_rng(0).normal(0.1, 2.0, 20_000)).float()


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 8])
def test_max_abs_puts_the_largest_value_on_the_edge(bits: int) -> None:
    """A largest magnitude of 2 is 2^(bits-1) - 1 steps."""
    scale = choose_scale(torch.tensor([-2.0, 1.0]), QuantScheme(bits=bits))

    assert scale * (2 ** (bits - 1) - 1) == pytest.approx(2.0)


def test_max_abs_matches_pytorchs_symmetric_observer() -> None:
    """PyTorch's symmetric min-max observer over -127 ... 127 chooses the same step."""
    observer = torch.ao.quantization.MinMaxObserver(
        dtype=torch.qint8, qscheme=torch.per_tensor_symmetric, quant_min=-127, quant_max=127
    )
    observer(BELL)

    expected, _ = observer.calculate_qparams()
    assert choose_scale(BELL, QuantScheme()) == pytest.approx(expected.item(), rel=1e-6)


def test_the_total_range_matches_pytorchs_signed_observer() -> None:
    """PyTorch's symmetric observer over -128 ... 127 chooses the same step, 2 max|x| / 255."""
    observer = torch.ao.quantization.MinMaxObserver(
        dtype=torch.qint8, qscheme=torch.per_tensor_symmetric, quant_min=-128, quant_max=127
    )
    observer(BELL)

    expected, _ = observer.calculate_qparams()
    scheme = QuantScheme(range_rule=RangeRule.TOTAL_RANGE)
    assert choose_scale(BELL, scheme) == pytest.approx(expected.item(), rel=1e-6)
    assert choose_scale(torch.tensor([-2.0, 1.0]), scheme) == pytest.approx(4 / 255)


def test_min_max_divides_the_whole_range_into_255_steps() -> None:
    """A range from -1 to 4.1 has steps of 0.02."""
    scheme = QuantScheme(range_rule=RangeRule.MIN_MAX)

    assert choose_scale(torch.tensor([-1.0, 4.1]), scheme) == pytest.approx(0.02)


def test_three_sigma_reaches_the_farther_of_its_two_ends() -> None:
    """Mean 1 and deviation 1 reach to 4, which is 127 steps."""
    scheme = QuantScheme(range_rule=RangeRule.THREE_SIGMA)

    assert choose_scale(torch.tensor([0.0, 2.0]), scheme) == pytest.approx(4 / 127)


def test_percentile_leaves_one_in_a_thousand_outside() -> None:
    """Of 0, 1, ..., 1000 the 99.9th percentile is 999."""
    scheme = QuantScheme(range_rule=RangeRule.PERCENTILE)

    assert choose_scale(torch.arange(1001.0), scheme) == pytest.approx(999 / 127)


@pytest.mark.parametrize("bits", [3, 4, 8])
def test_mse_errs_less_than_max_abs_on_a_bell(bits: int) -> None:
    """PyTorch's own fake quantization loses no more with the mse scale than with max-abs."""

    def error(rule: RangeRule) -> float:
        scheme = QuantScheme(bits=bits, range_rule=rule)
        scale = choose_scale(BELL, scheme)
        restored = torch.fake_quantize_per_tensor_affine(
            BELL, scale, 0, scheme.quant_min, scheme.quant_max
        )
        return float((BELL - restored).square().mean())

    assert error(RangeRule.MSE) <= error(RangeRule.MAX_ABS) * (1.0 if bits == 8 else 0.9)


@pytest.mark.parametrize("rule", list(RangeRule))
@pytest.mark.parametrize("power_of_two", [False, True])
def test_zeros_have_the_scale_one(rule: RangeRule, power_of_two: bool) -> None:
    """A tensor of zeros has no range, and its scale is 1."""
    scheme = QuantScheme(range_rule=rule, power_of_two=power_of_two)

    assert choose_scale(torch.zeros(10), scheme) == 1.0


def test_a_mostly_zero_tensor_still_has_a_scale() -> None:
    """Where the percentile itself is zero, the largest value decides."""
    scheme = QuantScheme(range_rule=RangeRule.PERCENTILE)
    values = torch.zeros(100_000)
    values[0] = 12.7

    assert choose_scale(values, scheme) == pytest.approx(0.1)


@given(scale=st.floats(1e-30, 1e30))
def test_a_power_of_two_never_clips_and_never_wastes_a_bit(scale: float) -> None:
    """The next power of two is at least the scale and less than twice it."""
    power = next_power_of_two(scale)

    assert scale <= power < 2 * scale
    assert math.log2(power).is_integer()
