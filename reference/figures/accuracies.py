"""How well a network does: the ladder of stages, confusion, bit widths, training, levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference.figures.style import (
    ACCENT,
    INK,
    LIMIT,
    MUTED,
    SPREAD,
    blank,
    round_ticks,
    set_ticks,
    short_count,
    signed,
    styled,
    text_width,
    tick_labels,
    value_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 493.0  # pt, A4 less its margins
HALF = 241.5
# Told apart by dashes and marks, not by colour alone.
_LINES = (
    (ACCENT, "solid", "o", "white"),
    (LIMIT, "dashed", "s", LIMIT),
    (INK, "dotted", "^", INK),
)
# How many shades there are; on those darker than _DARK, white words have the better contrast.
_DEPTHS, _DARK = 24, 0.77
# What fits a cell in full.
_MOST_IN_FULL = 10_000
_STEP = 15.0


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One stage of the accuracy ladder, in percent; *spread* is the half width of its bar."""

    label: str
    percent: float
    value: str = ""
    spread: float | None = None
    baseline: float | None = None
    hollow: bool = False


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A named series of (x, percent), from small x to large."""

    name: str
    points: tuple[tuple[float, float], ...]


@styled
def accuracy_ladder(rungs: Sequence[Rung], *, axis_label: str = "accuracy, %") -> Figure:
    """
    Return the accuracies as a dot plot, one stage in a row, with bars of uncertainty.

    A tick marks the *baseline* that a stage is compared with; half a row more parts two networks.
    """
    places = _places(rungs)
    left = min(max(text_width(rung.label) for rung in rungs) + 10.0, 230.0)
    height = places[-1] + _STEP / 2 + 38.0
    figure, axes = blank(WIDTH, height, (left, 30, WIDTH - 52, height - 4))
    low, high = _around(rungs)
    value_axis(axes, low, high, most=6, margin=0.02)
    axes.set_ylim(places[-1] + _STEP / 2, 0)
    axes.grid(axis="x")
    set_ticks(axes.yaxis, places, [rung.label for rung in rungs])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_xlabel(axis_label)
    _draw_rungs(axes, rungs, places)
    return figure


def _places(rungs: Sequence[Rung]) -> list[float]:
    places: list[float] = []
    place = _STEP / 2
    for index, rung in enumerate(rungs):
        place += _STEP / 2 if index and rung.baseline is None else 0.0
        places.append(place)
        place += _STEP
    return places


def _around(rungs: Sequence[Rung]) -> tuple[float, float]:
    """Return the ends of an axis around all accuracies, at least two percentage points apart."""
    found = [r.percent + side * (r.spread or 0.0) for r in rungs for side in (-1, 1)]
    found += [rung.baseline for rung in rungs if rung.baseline is not None]
    low, high = min(found), max(found)
    missing = max(0.0, 2.0 - (high - low)) / 2
    return max(0.0, low - missing), min(100.0, high + missing)


def _draw_rungs(axes: Axes, rungs: Sequence[Rung], places: Sequence[float]) -> None:
    rows = list(zip(rungs, places, strict=True))
    spread = [(place, r.percent - r.spread, r.percent + r.spread) for r, place in rows if r.spread]
    losses = [(place, r.baseline, r.percent) for r, place in rows if r.baseline is not None]
    if losses:
        ys, starts, ends = zip(*losses, strict=True)
        axes.hlines(ys, starts, ends, MUTED, "dotted", linewidth=0.8, clip_on=False)
        axes.plot(starts, ys, "|", color=MUTED, markersize=8, markeredgewidth=0.8, clip_on=False)
    if spread:
        ys, starts, ends = zip(*spread, strict=True)
        axes.hlines(ys, starts, ends, SPREAD, linewidth=2.2, clip_on=False)
    for hollow, fill in ((False, ACCENT), (True, "white")):
        dots = [(r.percent, place) for r, place in rows if r.hollow is hollow]
        if dots:
            xs, ys = zip(*dots, strict=True)
            axes.plot(
                xs,
                ys,
                "o",
                markersize=6,
                markerfacecolor=fill,
                markeredgecolor=ACCENT,
                markeredgewidth=1.2,
                clip_on=False,
                zorder=3,
            )
    right = axes.get_yaxis_transform()
    for rung, place in rows:
        words = rung.value or f"{signed(rung.percent, 2)} %"
        axes.text(1.02, place, words, transform=right, va="center_baseline", color=INK)


@styled
def confusion_matrix(
    rows: Sequence[Sequence[float]],
    classes: Sequence[str],
    *,
    axes_names: tuple[str, str] = ("true", "answered"),
) -> Figure:
    """
    Return a square matrix of counts: *rows* are true classes, columns what was answered.

    Raises:
        ValueError: The matrix is not square, or there are fewer class names than rows.

    """
    size = len(rows)
    if not size or any(len(row) != size for row in rows) or len(classes) < size:
        msg = f"{size} rows of counts need {size} columns and {size} class names"
        raise ValueError(msg)
    names = [name[:10] for name in classes[:size]]
    left = max(text_width(axes_names[0]), *(text_width(name) for name in names)) + 5
    top = 182 - 13 - max(text_width(name) for name in names)
    figure, axes = blank(HALF, 182, (left, 2, HALF - 2, top))
    axes.set_axis_off()
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    _draw_cells(axes, rows)
    for index, name in enumerate(names):
        axes.text(-0.15, index + 0.5, name, ha="right", va="center_baseline")
        axes.text(index + 0.5, -0.15, name, ha="center", va="bottom", rotation=90)
    axes.text(-0.15, -0.2, axes_names[0], ha="right", color=MUTED)
    axes.text(
        1,
        1 + (182 - top - 9) / (top - 2),
        axes_names[1],
        ha="right",
        color=MUTED,
        transform=axes.transAxes,
    )
    return figure


def _draw_cells(axes: Axes, rows: Sequence[Sequence[float]]) -> None:
    """Draw a square for each count, the darker the more, and the count in it; none stays white."""
    from matplotlib.collections import PolyCollection

    highest = max((value for row in rows for value in row), default=0.0) or 1.0
    cells = [(x, y, value) for y, row in enumerate(rows) for x, value in enumerate(row) if value]
    cells.sort(key=lambda cell: cell[2])
    corners = [[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)] for x, y, _ in cells]
    colours = [shade(value / highest) for *_, value in cells]
    squares = PolyCollection(
        corners, facecolors=colours, edgecolors="white", linewidths=0.5, clip_on=False
    )
    axes.add_collection(squares)
    size = len(rows)
    around = ((0, size, size, 0, 0), (0, 0, size, size, 0))
    axes.plot(*around, color=MUTED, linewidth=0.6, clip_on=False)
    for x, y, value in cells:
        words = f"{value:.0f}" if value < _MOST_IN_FULL else short_count(value)
        colour = "white" if depth(value / highest) > _DARK else "black"
        written = axes.text(x + 0.5, y + 0.5, words, color=colour)
        written.set(ha="center", va="center_baseline")


def depth(share: float) -> float:
    """Return how dark *share* (0 ... 1) of the highest count is, in 24 steps to 1."""
    return math.ceil(_DEPTHS * math.pow(share, 0.6)) / _DEPTHS


def shade(share: float) -> str:
    """Return the colour for *share* (0 ... 1) of the highest count: from white to the accent."""
    light, dark = (255, 255, 255), (11, 83, 148)
    mixed = (round(a + (b - a) * depth(share)) for a, b in zip(light, dark, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


@styled
def bit_width_curves(
    curves: Sequence[Curve],
    *,
    baseline: tuple[float, str] | None = None,
    axes_names: tuple[str, str] = ("bits", "accuracy, %"),
) -> Figure:
    """Return accuracy against bits, labelled where a curve ends; *baseline* is the float's."""
    right = WIDTH - 20 - max(text_width(curve.name) for curve in curves)
    figure, axes = blank(WIDTH, 150, (34, 30, right, 132))
    bits = sorted({x for curve in curves for x, _ in curve.points})
    top = max([y for curve in curves for _, y in curve.points] + [baseline[0] if baseline else 0])
    axes.set_xlim(bits[0] - 0.45, bits[-1] + 0.25)
    axes.set_ylim(0, min(100.0, top * 1.06))
    set_ticks(axes.xaxis, bits, [f"{x:g}" for x in bits])
    ticks = round_ticks(0, min(100.0, top * 1.06), 5)
    set_ticks(axes.yaxis, ticks, tick_labels(ticks))
    axes.grid(axis="y")
    axes.set_xlabel(axes_names[0])
    axes.text(-34 / (right - 34), 1.06, axes_names[1], transform=axes.transAxes, color=MUTED)
    if baseline is not None:
        axes.axhline(baseline[0], color=MUTED, linestyle="dotted", linewidth=0.8, clip_on=False)
        axes.text(bits[0] - 0.2, baseline[0], baseline[1], va="bottom", color=MUTED)
    for index, curve in enumerate(curves):
        _draw_curve(axes, curve, index)
    return figure


def _draw_curve(axes: Axes, curve: Curve, index: int) -> None:
    colour, dashes, mark, fill = _LINES[index % len(_LINES)]
    xs, ys = zip(*curve.points, strict=True)
    axes.plot(
        xs, ys, color=colour, linestyle=dashes, marker=mark, markerfacecolor=fill, clip_on=False
    )
    side, shift, fall = ("left", (3, -3), "top") if index else ("right", (-3, 3), "bottom")
    for x, y in curve.points:
        axes.annotate(signed(y, 1), (x, y), shift, textcoords="offset points", ha=side, va=fall)
    axes.annotate(
        curve.name,
        (xs[-1], ys[-1]),
        (26, -3 - 10 * index),
        textcoords="offset points",
        color=colour,
    )


@styled
def training_curves(
    losses: Sequence[float],
    accuracies: Sequence[float] = (),
    *,
    axes_names: tuple[str, str, str] = ("epoch", "loss", "accuracy, %"),
) -> Figure:
    """Return the loss after each epoch, from 1, and beside it the accuracy in percent."""
    figure, axes = blank(WIDTH, 130, (40, 30, HALF - 10, 115))
    _draw_epochs(axes, losses, axes_names[0], axes_names[1], 0)
    if accuracies:
        place = ((HALF + 40) / WIDTH, 30 / 130, (HALF - 50) / WIDTH, 85 / 130)
        _draw_epochs(figure.add_axes(place), accuracies, axes_names[0], axes_names[2], 1)
    return figure


def _draw_epochs(axes: Axes, values: Sequence[float], across: str, up: str, index: int) -> None:
    colour, dashes, mark, fill = _LINES[index]
    epochs = [float(epoch) for epoch in range(1, len(values) + 1)]
    axes.plot(
        epochs,
        list(values),
        color=colour,
        linestyle=dashes,
        marker=mark,
        markerfacecolor=fill,
        clip_on=False,
    )
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or 0.5
    axes.set_ylim(low - room, high + room)
    ticks = round_ticks(low - room, high + room, 4)
    set_ticks(axes.yaxis, ticks, tick_labels(ticks))
    whole = [tick for tick in round_ticks(1, max(len(values), 2), 8) if tick == int(tick)]
    axes.set_xlim(0.8, max(len(values), 2) + 0.2)
    set_ticks(axes.xaxis, whole, [f"{tick:g}" for tick in whole])
    axes.grid(axis="y")
    axes.set_xlabel(across)
    axes.set_title(up, loc="left", color=MUTED)


@styled
# long: each kind of mark is one call, with its look
def landing_levels(
    levels: Sequence[tuple[str, float]],
    *,
    limit: float = 127.0,
    axis_label: str = "largest output, on the scale of the integers",
) -> Figure:
    """
    Return on which integer the largest output of each (layer, level) lands, from the top down.

    A right scale lands on *limit*; what is beyond it clips and is drawn as an outline; far
    below it, range is wasted.
    """
    height = 13.0 * len(levels) + 44
    left = max(text_width(name) for name, _ in levels) + 8
    figure, axes = blank(WIDTH, height, (left, 30, WIDTH - 44, height - 12))
    value_axis(axes, 0.0, max(limit * 1.1, *(level for _, level in levels)), most=8, margin=0)
    places = [index + 0.5 for index in range(len(levels))]
    axes.set_ylim(len(levels), 0)
    set_ticks(axes.yaxis, places, [name for name, _ in levels])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(axis="x")
    axes.set_xlabel(axis_label)
    within = [min(level, limit) for _, level in levels]
    axes.barh(places, within, 0.62, color=SPREAD, clip_on=False)
    beyond = [max(level - limit, 0) for _, level in levels]
    if any(beyond):
        axes.barh(
            places,
            beyond,
            0.62,
            limit,
            color="white",
            edgecolor=LIMIT,
            linewidth=0.8,
            clip_on=False,
        )
    axes.vlines((limit,), 0, len(levels), LIMIT, "dashed", linewidth=0.9, clip_on=False)
    axes.text(limit, 0, f"{limit:g}", ha="center", va="bottom", color=LIMIT)
    for place, (_, level) in zip(places, levels, strict=True):
        axes.text(
            1.01,
            place,
            signed(level, 1),
            transform=axes.get_yaxis_transform(),
            va="center_baseline",
        )
    return figure
