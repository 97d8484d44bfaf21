"""A class at a glance: how many reached what, and one measure beside another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reference.figures.style import (
    ACCENT,
    BAR,
    INK,
    blank,
    count_axis,
    round_ticks,
    set_ticks,
    styled,
    tick_labels,
    value_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 493.0, 150.0


@styled
def count_bars(
    counts: Sequence[int],
    *,
    high: float,
    axis_label: str = "",
    unit: str = "",
    width: float = WIDTH,
) -> Figure:
    """Return a bar with its count above it for each equal bin between 0 and *high*."""
    figure, axes = blank(width, HEIGHT, (26, 30 if axis_label else 16, width - 12, HEIGHT - 14))
    axes.set_xlim(0, high)
    ticks = round_ticks(0, high, 10 if width == WIDTH else 5)
    set_ticks(axes.xaxis, ticks, [label + unit for label in tick_labels(ticks)])
    count_axis(axes, max((*counts, 1)))
    step = high / max(len(counts), 1)
    shown = [(step * (at + 0.5), count) for at, count in enumerate(counts) if count]
    if shown:
        places, heights = zip(*shown, strict=True)
        axes.bar(places, heights, step * 0.9, color=BAR, clip_on=False)
    for place, count in shown:
        axes.text(place, count, f"{count:,}", ha="center", va="bottom", color=INK)
    axes.set_xlabel(axis_label)
    return figure


@styled
def scatter(points: Sequence[tuple[float, float]], *, high: float, axis_label: str = "") -> Figure:
    """Return a hollow mark for each (x, y), y between 0 and *high*."""
    figure, axes = blank(WIDTH, HEIGHT, (30, 30, WIDTH - 12, HEIGHT - 8))
    xs, ys = zip(*points, strict=True) if points else ((0.0, 100.0), ())
    value_axis(axes, min(xs), max(xs), most=8)
    axes.set_ylim(0, high * 1.02)
    ticks = round_ticks(0, high, 4)
    set_ticks(axes.yaxis, ticks, tick_labels(ticks))
    axes.grid(axis="y")
    axes.set_xlabel(axis_label)
    if points:
        axes.plot(xs, ys, "o", markerfacecolor="none", markeredgecolor=ACCENT, clip_on=False)
    return figure
