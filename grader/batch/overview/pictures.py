"""The charts of a class: how the scores are spread, and accuracy beside score."""

from __future__ import annotations

from collections.abc import Sequence

from report_templates.page.numbers import compact, decimal
from report_templates.pictures.axes import Axis, nice_axis
from report_templates.pictures.drawing import ACCENT, BAR, GRID, MUTED, Drawing, Frame, Picture

_WIDTH, _HEIGHT = 494.0, 150.0


def score_chart(counts: Sequence[int], maximum: float, *, label: str, title: str) -> Picture:
    """Return a bar for each bin of scores between none and *maximum*."""
    drawing = _drawing(title)
    horizontal = nice_axis(0.0, maximum or 1.0, ticks=10)
    horizontal = Axis(low=0.0, high=maximum or 1.0, ticks=_within(horizontal, maximum or 1.0))
    vertical = nice_axis(0, max((*counts, 1)), ticks=4)
    _draw_axes(drawing, horizontal, vertical, label)
    frame = drawing.frame
    width = (frame.right - frame.left) / max(len(counts), 1)
    for at, count in enumerate(counts):
        if count:
            x, y = frame.left + at * width, frame.y(vertical, count)
            steps = f"M{x + 1:.1f} {frame.bottom:.1f}V{y:.1f}H{x + width - 1:.1f}"
            drawing.path(f"{steps}V{frame.bottom:.1f}Z", f'fill="{BAR}"')
    return drawing.picture()


def scatter_chart(
    points: Sequence[tuple[float, float]], maximum: float, *, label: str, title: str
) -> Picture:
    """Return a point for each student: accuracy in percent to the right, score upwards."""
    drawing = _drawing(title)
    found = [x for x, _ in points] or [0.0, 100.0]
    horizontal = nice_axis(min(found), max(found), ticks=8)
    vertical = nice_axis(0.0, maximum or 1.0, ticks=4)
    _draw_axes(drawing, horizontal, vertical, label)
    for x, y in points:
        left, top = drawing.frame.x(horizontal, x), drawing.frame.y(vertical, y)
        drawing.elements.append(
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="2.4" fill="none" '
            f'stroke="{ACCENT}" stroke-width="1"/>'
        )
    return drawing.picture()


def _drawing(title: str) -> Drawing:
    frame = Frame(
        width=_WIDTH, height=_HEIGHT, left=30, top=8, right=_WIDTH - 10, bottom=_HEIGHT - 28
    )
    return Drawing(frame=frame, title=title)


def _within(axis: Axis, high: float) -> tuple[float, ...]:
    return tuple(tick for tick in axis.ticks if tick <= high)


def _draw_axes(drawing: Drawing, horizontal: Axis, vertical: Axis, label: str) -> None:
    frame = drawing.frame
    for tick in vertical.ticks:
        y = frame.y(vertical, tick)
        drawing.line((frame.left, y), (frame.right, y), f'stroke="{GRID}" stroke-width="0.5"')
        drawing.text((frame.left - 4, y + 2.3), compact(tick), "end")
    for tick in horizontal.ticks:
        x = frame.x(horizontal, tick)
        base = f'stroke="{MUTED}" stroke-width="0.6"'
        drawing.line((x, frame.bottom), (x, frame.bottom + 2.5), base)
        drawing.text((x, frame.bottom + 10), decimal(tick, horizontal.places))
    middle = (frame.left + frame.right) / 2
    drawing.text((middle, frame.bottom + 22), label, size="7")
