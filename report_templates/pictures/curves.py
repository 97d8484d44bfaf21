"""Accuracy against bit width as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report_templates.page.numbers import decimal
from report_templates.pictures.axes import Axis, nice_axis
from report_templates.pictures.drawing import (
    ACCENT,
    GRID,
    INK,
    LIMIT,
    MUTED,
    SMALL,
    Drawing,
    Frame,
    Picture,
)

# Told apart by dashes and marks, not by colour alone.
_STYLES = ((ACCENT, "", "#ffffff"), (LIMIT, "4 2", LIMIT))


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A named series of (bits, percent), from few bits to many."""

    name: str
    points: tuple[tuple[float, float], ...]


def bit_width_curves(
    curves: Sequence[Curve],
    *,
    baseline: tuple[float, str] | None,
    axes: tuple[str, str],
    title: str,
) -> Picture:
    """Return at most two curves, labelled where they end; *baseline* is the float accuracy."""
    frame = Frame(width=494, height=150, left=34, top=18, right=392, bottom=123)
    drawing = Drawing(frame=frame, title=title)
    bits = [x for curve in curves for x, _ in curve.points]
    values = [y for curve in curves for _, y in curve.points]
    across = Axis(low=min(bits) - 0.25, high=max(bits) + 0.25, ticks=tuple(sorted(set(bits))))
    top = max(values + ([baseline[0]] if baseline else []))
    up = nice_axis(0.0, min(100.0, top), ticks=5)
    _draw_grid(drawing, across, up, axes)
    if baseline is not None:
        y = frame.y(up, baseline[0])
        style = f'stroke="{MUTED}" stroke-width="0.8" stroke-dasharray="1.5 1.5"'
        drawing.line((frame.left, y), (frame.right, y), style)
        drawing.text((frame.left + 3, y - 3), baseline[1], "start")
    for index, curve in enumerate(curves[: len(_STYLES)]):
        _draw_curve(drawing, curve, (across, up), index)
    return drawing.picture()


def _draw_grid(drawing: Drawing, across: Axis, up: Axis, axes: tuple[str, str]) -> None:
    frame = drawing.frame
    for tick in up.ticks:
        y = frame.y(up, tick)
        drawing.line((frame.left, y), (frame.right, y), f'stroke="{GRID}" stroke-width="0.5"')
        drawing.text((frame.left - 4, y + 2.5), decimal(tick, up.places), "end", size="7")
    for tick in across.ticks:
        drawing.text((frame.x(across, tick), frame.bottom + 10), f"{tick:g}", size="7")
    drawing.text(((frame.left + frame.right) / 2, frame.bottom + 22), axes[0], size="7")
    drawing.text((frame.left - 4, frame.top - 8), axes[1], "start", size="7")


def _draw_curve(drawing: Drawing, curve: Curve, axes: tuple[Axis, Axis], index: int) -> None:
    frame, (across, up) = drawing.frame, axes
    colour, dashes, fill = _STYLES[index]
    places = [(frame.x(across, x), frame.y(up, y)) for x, y in curve.points]
    steps = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    drawing.path(steps, f'fill="none" stroke="{colour}" stroke-width="1.4"{dashed}')
    for (x, y), (_, value) in zip(places, curve.points, strict=True):
        drawing.elements.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{fill}" stroke="{colour}"/>'
        )
        # Curves rise to the right: beside a point, its own line leaves these two corners free.
        at, anchor = ((x + 2.5, y + 9), "start") if index else ((x - 2.5, y - 4.5), "end")
        _write_over(drawing, at, decimal(value, 1), anchor)
    _, y = places[-1]
    beside = (drawing.frame.right + 9, y + 2.5 + 9 * index)
    drawing.text(beside, curve.name, "start", fill=colour, size="7.5")


def _write_over(drawing: Drawing, at: tuple[float, float], words: str, anchor: str) -> None:
    """Write *words* on a white ground, so that no line runs through them."""
    wide = 0.58 * SMALL * len(words)
    left = at[0] - wide if anchor == "end" else at[0]
    drawing.elements.append(
        f'<rect x="{left:.1f}" y="{at[1] - 5.2:.1f}" width="{wide:.1f}" height="6.2" '
        'fill="#ffffff"/>'
    )
    drawing.text(at, words, anchor, fill=INK)
