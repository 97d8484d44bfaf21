"""The range and the histogram of a tensor."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from reference.equations.ranges import (
    HistogramAccumulator,
    RangeAccumulator,
    TensorRange,
    measure_histogram,
    measure_range,
)

FLOATS = arrays.arrays(
    np.float32,
    st.integers(1, 200),
    elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
)


@given(values=FLOATS, cut=st.integers(0, 200))
def test_a_range_does_not_depend_on_the_batches(values: np.ndarray, cut: int) -> None:
    """Streaming in two batches gives numpy's statistics of the whole array."""
    accumulator = RangeAccumulator()

    accumulator.update(values[:cut])
    accumulator.update(values[cut:])

    measured = accumulator.result()
    whole = values.astype(np.float64)
    assert (measured.count, measured.min, measured.max) == (whole.size, whole.min(), whole.max())
    assert measured.mean == pytest.approx(whole.mean(), rel=1e-12, abs=1e-6)
    assert measured.std == pytest.approx(whole.std(ddof=0), rel=1e-9, abs=1e-6)


def test_a_large_mean_does_not_swallow_the_deviation() -> None:
    """A billion plus or minus one has the deviation 1."""
    accumulator = RangeAccumulator()
    for _ in range(100):
        accumulator.update(np.array([1e9 - 1, 1e9 + 1]))

    assert accumulator.result().std == pytest.approx(1.0, rel=1e-12)


def test_three_sigma_range_of_a_known_pair() -> None:
    """Zeros and twos in equal number have mean 1 and deviation 1, so 3-sigma is -2 to 4."""
    measured = measure_range(torch.tensor([[0.0, 2.0], [2.0, 0.0]]))

    assert (measured.three_sigma_min, measured.three_sigma_max) == (-2.0, 4.0)
    assert measured.three_sigma_width == 6.0
    assert measured.larger == "three_sigma"


def test_one_outlier_makes_the_actual_range_the_larger() -> None:
    """A far outlier widens the actual range beyond six deviations."""
    assert measure_range(torch.tensor([100.0] + [0.0] * 999)).larger == "actual"


def test_a_reported_layer_is_compared_as_its_report_compares_it() -> None:
    """Weights from -0.6597 to 0.6146 with deviation 0.2071 lie within their 3-sigma range's width
    but for 0.0317."""
    measured = TensorRange(count=450, min=-0.6597, max=0.6146, mean=0.0049, std=0.2071)

    assert measured.width == pytest.approx(1.2743, abs=1e-4)
    assert measured.three_sigma_min == pytest.approx(-0.6165, abs=2e-4)
    assert measured.three_sigma_max == pytest.approx(0.6263, abs=2e-4)
    assert measured.larger == "actual"


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_value_that_is_not_finite_has_no_range(bad: float) -> None:
    """Nan and infinity are refused in words."""
    with pytest.raises(ValueError, match="nan or infinity"):
        measure_range(torch.tensor([1.0, bad]))


def test_no_values_have_no_range() -> None:
    """An empty tensor is refused in words."""
    with pytest.raises(ValueError, match="no values"):
        measure_range(torch.empty(0))


def test_streaming_needs_no_more_memory_for_more_batches() -> None:
    """A hundred batches peak at the same memory as two."""

    def peak(batches: int) -> int:
        accumulator, histogram = RangeAccumulator(), HistogramAccumulator(0, 1, bins=50)
        tracemalloc.start()
        for seed in range(batches):
            batch = np.random.default_rng(seed).random(20_000)
            accumulator.update(batch)
            histogram.update(batch)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(2)  # numpy's first-use allocations
    assert peak(100) < 1.1 * peak(2)


def test_a_histogram_counts_every_value_once() -> None:
    """Four bins from 0 to 4 hold 1, 2, 0 and 3 values; the top edge belongs to the last bin."""
    histogram = measure_histogram(torch.tensor([0.0, 1.0, 1.5, 3.0, 3.5, 4.0]), bins=4)

    assert histogram.counts == (1, 2, 0, 3)
    assert histogram.edges.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


@given(values=FLOATS)
def test_batches_of_a_histogram_add_up(values: np.ndarray) -> None:
    """One value at a time fills the same bins as numpy does with all at once."""
    accumulator = HistogramAccumulator(-1e6, 1e6, bins=7)
    for value in values:
        accumulator.update(np.array([value]))

    expected, _ = np.histogram(values.astype(np.float64), bins=7, range=(-1e6, 1e6))
    assert accumulator.result().counts == tuple(expected)
