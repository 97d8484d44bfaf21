# ruff: noqa: RUF001 - Greek letters are what is printed
"""How values are spread: histograms of real tensors and of quantized ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from reference.figures.style import (
    BAR,
    INK,
    LIMIT,
    LOG_FROM,
    blank,
    count_axis,
    set_ticks,
    signed,
    styled,
    text_width,
    value_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from reference.equations.ranges import Values

# pt; three of these stand beside each other on A4.
WIDTH, LEFT, RIGHT = 157.0, 25.0, 152.0


@dataclass(frozen=True, kw_only=True)
class Bins:
    """Counts of equal bins between *low* and *high*, and the values' range, mean and deviation."""

    low: float
    high: float
    counts: tuple[int, ...]
    minimum: float
    maximum: float
    mean: float
    std: float

    @classmethod
    def of(cls, values: Values, *, bins: int = 100) -> Bins:
        """
        Return the histogram of all *values* (any shape) and their population deviation.

        Raises:
            ValueError: There are no values, or one of them is not finite.

        """
        from reference.equations.ranges import measure_histogram, measure_range

        measured, found = measure_range(values), measure_histogram(values, bins=bins)
        return cls(
            low=found.low,
            high=found.high,
            counts=found.counts,
            minimum=measured.min,
            maximum=measured.max,
            mean=measured.mean,
            std=measured.std,
        )

    @property
    def limits(self) -> tuple[float, float]:
        """Return the three-sigma limits."""
        return self.mean - 3 * self.std, self.mean + 3 * self.std

    @property
    def dominated(self) -> bool:
        """Return whether one bin holds so much that the others would be flat on a linear scale."""
        filled = [count for count in self.counts if count > 0]
        return bool(filled) and max(filled) > max(0.25 * sum(filled), 4 * median(filled))


@dataclass(frozen=True, kw_only=True)
class RangeWords:
    """The words in a histogram."""

    mean: str = "μ"
    sigma_low: str = "μ\u22123σ"
    sigma_high: str = "μ+3σ"
    minimum: str = "min"
    maximum: str = "max"


def tensor_histogram(
    values: Values, *, bins: int = 100, words: RangeWords | None = None
) -> Figure:
    """
    Return the histogram of a tensor or array of any shape, as the lab asks for it.

    Dashed lines are the limits ``mu - 3 sigma`` and ``mu + 3 sigma``, the solid one is the mean;
    triangles mark the smallest and the largest value. Where one bin holds most (zeros after a
    ReLU), counts are on a log scale.

    Raises:
        ValueError: There are no values, or one of them is not finite.

    """
    return binned_histogram(Bins.of(values, bins=bins), words)


@styled
def binned_histogram(data: Bins, words: RangeWords | None = None) -> Figure:
    """Return the figure of ``tensor_histogram`` from counts that were made before."""
    figure, axes = blank(WIDTH, 106, (LEFT, 32, RIGHT, 93))
    low, high = min(data.low, data.limits[0]), max(data.high, data.limits[1])
    value_axis(axes, low, high, most=4)
    count_axis(axes, max((*data.counts, 1)), logarithmic=data.dominated)
    _draw_bars(axes, data)
    words = words or RangeWords()
    _mark_limits(axes, data, words)
    _mark_ends(axes, data, words)
    return figure


def quantized_histogram(values: Values, *, lowest: int = -128, highest: int = 127) -> Figure:
    """
    Return the histogram of integers (any shape, any number type), a bar for each of them.

    Raises:
        ValueError: A value is no integer, or outside of *lowest* ... *highest*.

    """
    import numpy as np

    from reference.equations.ranges import flat_float64

    flat = flat_float64(values)
    whole = flat.round()
    inside = not flat.size or (lowest <= flat.min() and flat.max() <= highest)
    if not (inside and np.array_equal(whole, flat)):
        msg = f"not all values are integers from {lowest} to {highest}; quantize and clamp first"
        raise ValueError(msg)
    counts = np.bincount((whole - lowest).astype(int), minlength=highest - lowest + 1)
    return integer_histogram([int(count) for count in counts], lowest=lowest)


@styled
def integer_histogram(counts: Sequence[int], *, lowest: int) -> Figure:
    """Return the figure of ``quantized_histogram`` from the counts of *lowest* and upwards."""
    figure, axes = blank(WIDTH, 88, (LEFT, 14, RIGHT - 4, 82))
    highest = lowest + len(counts) - 1
    low, high = lowest - 0.5, highest + 0.5
    axes.set_xlim(low, high)
    ticks = [float(tick) for tick in (lowest, lowest // 2, 0, -(lowest // 2), highest)]
    set_ticks(axes.xaxis, ticks, [signed(tick, 0) for tick in ticks])
    count_axis(axes, max((*counts, 1)))
    _draw_bars(
        axes,
        Bins(low=low, high=high, counts=tuple(counts), minimum=0, maximum=0, mean=0, std=0),
    )
    return figure


def _draw_bars(axes: Axes, data: Bins) -> None:
    """Draw all bars as one outline; what holds a value is never too low to be seen."""
    width = (data.high - data.low) / max(len(data.counts), 1) or 0.1
    edges = [data.low + index * width for index in range(len(data.counts) + 1)]
    bottom, top = axes.get_ylim()
    least = (LOG_FROM * 1.1) if data.dominated else (top - bottom) / 160
    heights = [max(count, least) if count else 0 for count in data.counts]
    base = LOG_FROM if axes.get_yscale() == "log" else 0
    axes.stairs(
        [max(h, base) for h in heights], edges, baseline=base, fill=True, color=BAR, clip_on=False
    )


def _mark_limits(axes: Axes, data: Bins, words: RangeWords) -> None:
    """Draw the three-sigma limits and the mean, their names above them, apart from each other."""
    low, high = data.limits
    across = axes.get_xaxis_transform()
    axes.vlines((low, high), 0, 1, LIMIT, "dashed", transform=across, linewidth=0.9, clip_on=False)
    axes.vlines((data.mean,), 0, 1, INK, transform=across, linewidth=0.8, clip_on=False)
    names = (words.sigma_low, words.mean, words.sigma_high)
    places = _apart(axes, (low, data.mean, high), names)
    for name, place, colour in zip(names, places, (LIMIT, INK, LIMIT), strict=True):
        axes.text(place, 1.04, name, transform=axes.transAxes, ha="center", color=colour)


def _apart(axes: Axes, values: Sequence[float], names: Sequence[str]) -> list[float]:
    """Return where three names stand, in shares of the axis: over their values where they can."""
    room = RIGHT - LEFT
    start, end = axes.get_xlim()
    first, middle, last = ((value - start) / (end - start) for value in values)
    wide = [text_width(name) / room for name in names]
    gap = 5.0 / room
    left_gap, right_gap = ((wide[1] + side) / 2 + gap for side in (wide[0], wide[2]))
    least, most = wide[0] / 2 - LEFT / room, 1 + (WIDTH - RIGHT) / room - wide[2] / 2
    middle = min(max(middle, least + left_gap), most - right_gap)
    return [
        max(min(first, middle - left_gap), least),
        middle,
        min(max(last, middle + right_gap), most),
    ]


def _mark_ends(axes: Axes, data: Bins, words: RangeWords) -> None:
    """Mark the smallest and the largest value under the axis, and write them below it."""
    across = axes.get_xaxis_transform()
    ends = (data.minimum, data.maximum)
    axes.plot(
        ends,
        (-0.035, -0.035),
        "^",
        color=INK,
        markersize=4,
        markeredgewidth=0,
        transform=across,
        clip_on=False,
    )
    axes.tick_params(axis="x", pad=6)
    for place, side, name, value in zip(
        (0, 1), ("left", "right"), (words.minimum, words.maximum), ends, strict=True
    ):
        axes.text(
            place, -0.5, f"{name} {signed(value)}", transform=axes.transAxes, ha=side, color=INK
        )
