"""
Charts as inline SVG: histograms of tensors and of integers, and the accuracy ladder.

Written as SVG and not by matplotlib, see docs/adr/0015-charts-as-svg.md. Lengths are in points
(pt); colours are told apart by lightness and by dashes, so that a grey print still reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from report_templates.page.numbers import compact, decimal
from report_templates.pictures.axes import Axis, log_axis, nice_axis
from report_templates.pictures.drawing import (
    ACCENT,
    BAR,
    GRID,
    INK,
    LIMIT,
    MUTED,
    SPREAD,
    Drawing,
    Frame,
    Picture,
)

# Closer than this, the smallest and the largest value are written without a word before them.
ROOM_FOR_WORDS = 102.0


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Counts of equal bins between *low* and *high*, and what is marked in them."""

    low: float
    high: float
    counts: tuple[int, ...]
    minimum: float
    maximum: float
    mean: float
    std: float

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
class HistogramWords:
    """The words in a histogram, in the document's language."""

    mean: str
    sigma_low: str
    sigma_high: str
    minimum: str
    maximum: str


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One stage of the accuracy ladder, in percent; *spread* is the half width of its bar."""

    label: str
    percent: float
    value: str
    spread: float | None = None
    baseline: float | None = None
    hollow: bool = False


def histogram(data: Histogram, words: HistogramWords, *, title: str) -> Picture:
    """Return the histogram with mean, three-sigma limits, minimum and maximum marked."""
    frame = Frame(width=160, height=98, left=24, top=12, right=153.5, bottom=76)
    drawing = Drawing(frame=frame, title=title)
    low, high = min(data.low, data.limits[0]), max(data.high, data.limits[1])
    horizontal = nice_axis(low, high, ticks=4, tight=True)
    highest = max((*data.counts, 1))
    vertical = log_axis(highest) if data.dominated else nice_axis(0, highest, ticks=4)
    _draw_axes(drawing, horizontal, vertical)
    drawing.path(_bars(data, frame, horizontal, vertical), f'fill="{BAR}"')
    _draw_limits(drawing, data, horizontal, words)
    _draw_extremes(drawing, data, horizontal, words)
    return drawing.picture()


def integers(counts: Sequence[int], *, lowest: int, title: str) -> Picture:
    """Return the histogram of quantized values, one bar for each integer from *lowest* up."""
    frame = Frame(width=160, height=84, left=24, top=7, right=153.5, bottom=72)
    drawing = Drawing(frame=frame, title=title)
    highest = lowest + len(counts) - 1
    ends = Axis(
        low=lowest - 0.5, high=highest + 0.5, ticks=(lowest, lowest / 2, 0, -lowest / 2, highest)
    )
    vertical = nice_axis(0, max((*counts, 1)), ticks=4)
    data = Histogram(
        low=ends.low, high=ends.high, counts=tuple(counts), minimum=0, maximum=0, mean=0, std=0
    )
    _draw_axes(drawing, ends, vertical)
    drawing.path(_bars(data, frame, ends, vertical), f'fill="{BAR}"')
    return drawing.picture()


def _bars(data: Histogram, frame: Frame, horizontal: Axis, vertical: Axis) -> str:
    """Return the outline of all bars as one path, which falls to the base where a bin is empty."""
    width = (data.high - data.low) / max(len(data.counts), 1)
    steps = [f"M{frame.x(horizontal, data.low):.2f} {frame.bottom}"]
    for index, (count, following) in enumerate(
        zip(data.counts, (*data.counts[1:], -1), strict=True)
    ):
        if count == following:
            continue
        top = min(frame.y(vertical, count), frame.bottom - 0.4) if count > 0 else frame.bottom
        right = frame.x(horizontal, data.low + (index + 1) * width)
        steps.append(f"V{top:.1f}H{right:.2f}")
    return "".join(steps) + f"V{frame.bottom}Z"


def _draw_axes(drawing: Drawing, horizontal: Axis, vertical: Axis) -> None:
    frame = drawing.frame
    for tick in vertical.ticks:
        y = frame.y(vertical, tick)
        drawing.line((frame.left, y), (frame.right, y), f'stroke="{GRID}" stroke-width="0.5"')
        drawing.text((frame.left - 3, y + 2.3), compact(tick), "end")
    baseline = f'stroke="{MUTED}" stroke-width="0.6"'
    drawing.line((frame.left, frame.bottom), (frame.right, frame.bottom), baseline)
    for tick in horizontal.ticks:
        x = frame.x(horizontal, tick)
        drawing.line((x, frame.bottom), (x, frame.bottom + 2.5), baseline)
        drawing.text((x, frame.bottom + 9.5), decimal(tick, horizontal.places))


def _draw_limits(drawing: Drawing, data: Histogram, axis: Axis, words: HistogramWords) -> None:
    """Draw the three-sigma limits and the mean; the limits' labels lean away from the mean."""
    frame = drawing.frame
    left, right = (frame.x(axis, limit) for limit in data.limits)
    middle = frame.x(axis, data.mean)
    dashed = f'stroke="{LIMIT}" stroke-width="0.9" stroke-dasharray="3 2"'
    for x in (left, right):
        drawing.line((x, frame.top), (x, frame.bottom), dashed)
    drawing.line((middle, frame.top), (middle, frame.bottom), f'stroke="{INK}" stroke-width="0.8"')
    label_y = frame.top - 4
    near = right - left < 70
    left_anchor = "end" if near and left > frame.left + 26 else "middle"
    right_anchor = "start" if near and right < frame.right - 26 else "middle"
    drawing.text((max(left, frame.left + 12), label_y), words.sigma_low, left_anchor, fill=LIMIT)
    drawing.text(
        (min(right, frame.right - 12), label_y), words.sigma_high, right_anchor, fill=LIMIT
    )
    drawing.text((middle, label_y), words.mean, fill=INK)


def _draw_extremes(drawing: Drawing, data: Histogram, axis: Axis, words: HistogramWords) -> None:
    """Mark the smallest and the largest value with triangles that point at the axis."""
    frame = drawing.frame
    middle = (frame.left + frame.right) / 2
    between = frame.x(axis, data.maximum) - frame.x(axis, data.minimum)
    for value, name in ((data.minimum, words.minimum), (data.maximum, words.maximum)):
        x, y = frame.x(axis, value), frame.bottom + 12.5
        word = name if between > ROOM_FOR_WORDS else ""
        drawing.path(f"M{x:.1f} {y:.1f}l-2.6 4.6h5.2z", f'fill="{INK}"')
        anchor = "start" if x < middle else "end"
        shift = 5 if anchor == "start" else -5
        drawing.text((x + shift, y + 5), f"{word} {decimal(value)}".strip(), anchor, fill=INK)


def ladder(rungs: Sequence[Rung], *, axis_label: str, title: str) -> Picture:
    """Return the accuracies as a dot plot, one stage in a row, with bars of uncertainty."""
    step = 15.0
    places = _rung_places(rungs, step)
    height = 8 + places[-1] + step / 2 + 26
    frame = Frame(width=494, height=height, left=150, top=8, right=442, bottom=height - 26)
    drawing = Drawing(frame=frame, title=title)
    axis = _ladder_axis(rungs)
    _draw_ladder_axis(drawing, axis, axis_label)
    for rung, place in zip(rungs, places, strict=True):
        _draw_rung(drawing, rung, axis, frame.top + place)
    return drawing.picture()


def _rung_places(rungs: Sequence[Rung], step: float) -> list[float]:
    """Return where each stage stands; half a step more parts two networks."""
    places: list[float] = []
    place = step / 2
    for index, rung in enumerate(rungs):
        place += step / 2 if index and rung.baseline is None else 0.0
        places.append(place)
        place += step
    return places


def _ladder_axis(rungs: Sequence[Rung]) -> Axis:
    """Return an axis around all accuracies, at least two percentage points wide."""
    values = [rung.percent for rung in rungs]
    ends = [value for rung in rungs for value in _ends(rung)]
    low, high = min(values + ends), max(values + ends)
    missing = max(0.0, 2.0 - (high - low)) / 2
    return nice_axis(max(0.0, low - missing), min(100.0, high + missing), ticks=6)


def _ends(rung: Rung) -> tuple[float, float]:
    spread = rung.spread or 0.0
    return rung.percent - spread, rung.percent + spread


def _draw_ladder_axis(drawing: Drawing, axis: Axis, label: str) -> None:
    frame = drawing.frame
    for tick in axis.ticks:
        x = frame.x(axis, tick)
        drawing.line((x, frame.top), (x, frame.bottom), f'stroke="{GRID}" stroke-width="0.5"')
        drawing.text((x, frame.bottom + 9), decimal(tick, axis.places), size="7")
    middle = (frame.left + frame.right) / 2
    drawing.text((middle, frame.bottom + 20), label, size="7")


def _draw_rung(drawing: Drawing, rung: Rung, axis: Axis, y: float) -> None:
    frame = drawing.frame
    x = frame.x(axis, rung.percent)
    drawing.text((frame.left - 10, y + 2.8), rung.label, "end", fill=INK, size="8")
    if rung.baseline is not None:
        start = frame.x(axis, rung.baseline)
        drawing.line((start, y - 4), (start, y + 4), f'stroke="{MUTED}" stroke-width="0.8"')
        drawing.line(
            (start, y), (x, y), f'stroke="{MUTED}" stroke-width="0.8" stroke-dasharray="1.5 1.5"'
        )
    if rung.spread:
        left, right = (frame.x(axis, end) for end in _ends(rung))
        drawing.line((left, y), (right, y), f'stroke="{SPREAD}" stroke-width="2.2"')
    fill = "#ffffff" if rung.hollow else ACCENT
    drawing.elements.append(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{fill}" '
        f'stroke="{ACCENT}" stroke-width="1.2"/>'
    )
    drawing.text((frame.right + 8, y + 2.8), rung.value, "start", fill=INK, size="8")
