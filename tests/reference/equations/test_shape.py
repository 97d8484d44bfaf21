"""The shape of a distribution, counted."""

from __future__ import annotations

import numpy as np
import pytest

from reference.equations.quality import measure_quality
from reference.equations.shape import measure_shape
from reference.spec import QuantScheme


def test_a_long_right_tail_is_skewed_and_lies_above() -> None:
    """Of 99 zeros and a one, mean 0.01 and variance 0.0099, the one alone is an outlier."""
    shape = measure_shape(np.array([0.0] * 99 + [1.0]))

    # (1 - 2p) / sqrt(p (1 - p)) and (1 - 6 p (1 - p)) / (p (1 - p)) of a Bernoulli variable
    assert shape.skewness == pytest.approx(0.98 / np.sqrt(0.0099))
    assert shape.tail_weight == pytest.approx((1 - 6 * 0.0099) / 0.0099)
    assert (shape.below, shape.above) == (0, 1)
    assert (shape.zeros, shape.at_minimum, shape.at_maximum) == (99, 99, 1)


def test_a_symmetric_shape_is_not_skewed() -> None:
    """Two points have the lightest tails there are: an excess kurtosis of -2."""
    shape = measure_shape(np.array([-1.0, 1.0]))

    assert (shape.skewness, shape.tail_weight) == (0.0, -2.0)


def test_equal_values_have_no_shape() -> None:
    """Where nothing varies, skewness and tail weight are 0 and nothing is an outlier."""
    shape = measure_shape(np.full(5, 0.25))

    assert (shape.skewness, shape.tail_weight, shape.below, shape.above) == (0.0, 0.0, 0, 0)


def test_the_error_is_that_of_clipped_values_and_that_of_rounding() -> None:
    """With step 1, 130 is cut off by 3 and 0.25 is rounded by 0.25: (9 + 0.0625) / 2."""
    quality = measure_quality(np.array([130.0, 0.25]), 1.0, QuantScheme())

    assert quality.mean_squared_error == (9 + 0.0625) / 2
    assert quality.clipping_error == 9 / 2
