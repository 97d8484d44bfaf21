"""Confusion matrices as inline SVG: rows are true classes, columns what the network answered."""

from __future__ import annotations

from collections.abc import Sequence

from report_templates.page.numbers import compact, integer
from report_templates.pictures.drawing import GRID, INK, MUTED, Drawing, Frame, Picture

# From white to the accent colour; the darker half carries white figures.
_LIGHT, _DARK = (255, 255, 255), (11, 83, 148)
# What fits a cell.
MOST_IN_FULL = 10_000


def confusion(
    rows: Sequence[Sequence[float]], classes: Sequence[str], *, axes: tuple[str, str], title: str
) -> Picture:
    """Return the matrix with its counts; *axes* name the true and the answered class."""
    size = len(rows)
    wide, high = 190.0 / max(size, 1), 140.0 / max(size, 1)
    frame = Frame(width=244, height=182, left=50, top=40, right=240, bottom=180)
    drawing = Drawing(frame=frame, title=title)
    highest = max((value for row in rows for value in row), default=0.0) or 1.0
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            at = (frame.left + across * wide, frame.top + down * high)
            _draw_cell(drawing, at, (wide, high), value=value, share=value / highest)
    drawing.elements.append(
        f'<rect x="{frame.left}" y="{frame.top}" width="{frame.right - frame.left}" '
        f'height="{frame.bottom - frame.top}" fill="none" stroke="{GRID}" stroke-width="0.6"/>'
    )
    for index, name in enumerate(classes[:size]):
        middle = index + 0.5
        drawing.text((frame.left - 3, frame.top + middle * high + 2.2), name[:10], "end", fill=INK)
        drawing.turned((frame.left + middle * wide + 2.2, frame.top - 3), name[:10], fill=INK)
    drawing.text((frame.left - 3, frame.top - 3), axes[0], "end", fill=MUTED)
    drawing.text((frame.right, 8), axes[1], "end", fill=MUTED)
    return drawing.picture()


def shade(share: float) -> str:
    """Return the colour for *share* (0 ... 1) of the highest count."""
    mixed = (round(a + (b - a) * share**0.6) for a, b in zip(_LIGHT, _DARK, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _draw_cell(
    drawing: Drawing,
    at: tuple[float, float],
    cell: tuple[float, float],
    *,
    value: float,
    share: float,
) -> None:
    (x, y), (wide, high) = at, cell
    drawing.elements.append(
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" '
        f'fill="{shade(share)}" stroke="#ffffff" stroke-width="0.5"/>'
    )
    if value:
        fill = "#ffffff" if share**0.6 > 0.5 else INK
        shown = integer(value) if value < MOST_IN_FULL else compact(value)
        drawing.text((x + wide / 2, y + high / 2 + 2.1), shown, fill=fill, size="6")
