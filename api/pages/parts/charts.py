"""The class in one picture: how many reached how many points."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from report_templates.pictures.axes import nice_axis
from report_templates.pictures.drawing import BAR, GRID, INK, MUTED, Drawing, Frame

BINS = 10


def bins_of(shares: Sequence[float]) -> tuple[int, ...]:
    """Return how many of *shares* (0 to 1) fall into each tenth; 1 belongs to the last."""
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, max(0, int(share * BINS + 1e-9)))] += 1
    return tuple(counts)


def score_histogram(counts: Sequence[int], *, title: str) -> Markup:
    """Return the bars of ``bins_of`` over an axis of percent, each with its count above it."""
    frame = Frame(width=340, height=150, left=24, top=14, right=336, bottom=126)
    drawing = Drawing(frame=frame, title=title)
    vertical = nice_axis(0, max(*counts, 1), ticks=4)
    for tick in vertical.ticks:
        if tick != int(tick):
            continue
        y = frame.y(vertical, tick)
        drawing.line((frame.left, y), (frame.right, y), f'stroke="{GRID}" stroke-width="0.6"')
        drawing.text((frame.left - 5, y + 3), f"{tick:g}", "end", size="9")
    width = (frame.right - frame.left) / len(counts)
    for place, count in enumerate(counts):
        left = frame.left + place * width
        if count:
            top = frame.y(vertical, count)
            drawing.path(
                f"M{left + 2:.1f} {frame.bottom}V{top:.1f}h{width - 4:.1f}V{frame.bottom}Z",
                f'fill="{BAR}"',
            )
            drawing.text((left + width / 2, top - 3), str(count), fill=INK, size="9")
    base = f'stroke="{MUTED}" stroke-width="0.8"'
    drawing.line((frame.left, frame.bottom), (frame.right, frame.bottom), base)
    for place in range(0, len(counts) + 1, 2):
        x = frame.left + place * width
        anchor = "end" if place == len(counts) else "middle"
        drawing.text((x, frame.bottom + 13), f"{100 * place // len(counts)} %", anchor, size="9")
    return drawing.picture().svg
