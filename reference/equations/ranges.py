"""What values a tensor holds: its range, its three-sigma range, its histogram."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Values = Tensor | NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True, kw_only=True)
class TensorRange:
    """
    The range of *count* values.

    ``std`` is the population's standard deviation (divided by n, numpy's default ``ddof=0``).
    """

    count: int
    min: float
    max: float
    mean: float
    std: float

    @property
    def width(self) -> float:
        """Return ``max - min``."""
        return self.max - self.min

    @property
    def max_abs(self) -> float:
        """Return ``max |x|``."""
        return max(abs(self.min), abs(self.max))

    @property
    def three_sigma_min(self) -> float:
        """Return ``mu - 3 sigma``."""
        return self.mean - 3 * self.std

    @property
    def three_sigma_max(self) -> float:
        """Return ``mu + 3 sigma``."""
        return self.mean + 3 * self.std

    @property
    def three_sigma_width(self) -> float:
        """Return ``6 sigma``."""
        return 6 * self.std

    @property
    def larger(self) -> Literal["actual", "three_sigma"]:
        """Return which of the two ranges is the wider; the actual one where they are equal."""
        return "three_sigma" if self.three_sigma_width > self.width else "actual"


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Counts of values in bins of equal width from *low* to *high*, both ends included."""

    low: float
    high: float
    counts: tuple[int, ...]

    @property
    def edges(self) -> NDArray[np.float64]:
        """Return the ``len(counts) + 1`` edges of the bins."""
        return np.linspace(self.low, self.high, len(self.counts) + 1)


class RangeAccumulator:
    """
    A range that grows batch by batch, in float64 and in constant memory.

    Means and squared deviations merge as in Chan, Golub and LeVeque (1979), which does not cancel
    where the mean is large beside the deviation.
    """

    def __init__(self) -> None:
        self._count = 0
        self._min = math.inf
        self._max = -math.inf
        self._mean = 0.0
        self._squares = 0.0

    def update(self, batch: Values) -> None:
        """Take in *batch*, of any shape; raise ValueError where a value is not finite."""
        values = flat_float64(batch)
        if values.size == 0:
            return
        if not np.isfinite(values).all():
            msg = "the values hold nan or infinity, so they have no range"
            raise ValueError(msg)
        mean = float(values.mean())
        squares = float(np.square(values - mean).sum())
        self._merge(values.size, mean, squares)
        self._min = min(self._min, float(values.min()))
        self._max = max(self._max, float(values.max()))

    def _merge(self, count: int, mean: float, squares: float) -> None:
        total = self._count + count
        delta = mean - self._mean
        self._squares += squares + delta * delta * self._count * count / total
        self._mean += delta * count / total
        self._count = total

    def result(self) -> TensorRange:
        """Return the range of all values so far; raise ValueError if there were none."""
        if self._count == 0:
            msg = "no values were given, so there is no range"
            raise ValueError(msg)
        return TensorRange(
            count=self._count,
            min=self._min,
            max=self._max,
            mean=self._mean,
            std=math.sqrt(self._squares / self._count),
        )


class HistogramAccumulator:
    """A histogram that grows batch by batch between fixed ends; each value is counted exactly."""

    def __init__(self, low: float, high: float, *, bins: int) -> None:
        self._low = low
        self._high = high
        self._counts = np.zeros(bins, dtype=np.int64)

    def update(self, batch: Values) -> None:
        """Count the values of *batch*; those outside of the ends are not counted."""
        counts, _ = np.histogram(
            flat_float64(batch), bins=self._counts.size, range=(self._low, self._high)
        )
        self._counts += counts

    def result(self) -> Histogram:
        """Return the counts so far."""
        counts = tuple(int(count) for count in self._counts)
        return Histogram(low=self._low, high=self._high, counts=counts)


def measure_range(values: Values) -> TensorRange:
    """Return the range of a whole tensor or array."""
    accumulator = RangeAccumulator()
    accumulator.update(values)
    return accumulator.result()


def measure_histogram(values: Values, *, bins: int = 100) -> Histogram:
    """Return the histogram of a whole tensor or array, from its smallest to its largest value."""
    measured = measure_range(values)
    accumulator = HistogramAccumulator(measured.min, measured.max, bins=bins)
    accumulator.update(values)
    return accumulator.result()


def flat_float64(values: Values) -> NDArray[np.float64]:
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    return array.astype(np.float64, copy=False).reshape(-1)
