"""The paper and the pen of the charts: a frame, lines, words and paths, as inline SVG."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from report_templates.pictures.axes import Axis

BAR = "#7fa8d1"
INK = "#1f2933"
MUTED = "#66737f"
GRID = "#e3e8ee"
LIMIT = "#b5410b"
ACCENT = "#0b5394"
SPREAD = "#91b2cf"
FONT = "Report Sans, Report TC, Report SC, Inter, Helvetica, Arial, sans-serif"
SMALL = 6.6


@dataclass(frozen=True, kw_only=True)
class Picture:
    """
    A finished drawing and what it says to those who cannot see it.

    On screen it stands in the page; in a PDF it is an image of its own, because WeasyPrint would
    otherwise match every style rule against every stroke.
    """

    svg: Markup
    words: str
    style: str = ""

    @property
    def uri(self) -> str:
        """Return the drawing as a ``data:`` address."""
        return f"data:image/svg+xml;base64,{b64encode(self.svg.encode()).decode()}"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The plot area inside a drawing of *width* x *height*."""

    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float

    def x(self, axis: Axis, value: float) -> float:
        """Return where *value* stands from left to right."""
        return self.left + axis.place(value) * (self.right - self.left)

    def y(self, axis: Axis, value: float) -> float:
        """Return where *value* stands from top to bottom."""
        return self.bottom - axis.place(value) * (self.bottom - self.top)


@dataclass(kw_only=True)
class Drawing:
    """SVG elements, gathered in the order in which they are painted."""

    frame: Frame
    title: str
    elements: list[str] = field(default_factory=list)

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        self.elements.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'
        )

    def text(
        self, at: tuple[float, float], words: str, anchor: str = "middle", **style: str
    ) -> None:
        """Write *words* at a point; *style* may give ``fill`` and ``size``."""
        fill, size = style.get("fill", MUTED), style.get("size", str(SMALL))
        self.elements.append(
            f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="{fill}">{escape(words)}</text>'
        )

    def turned(self, at: tuple[float, float], words: str, *, fill: str = MUTED) -> None:
        """Write *words* upwards from a point."""
        x, y = at
        self.elements.append(
            f'<text transform="translate({x:.1f} {y:.1f}) rotate(-90)" font-size="{SMALL}" '
            f'fill="{fill}">{escape(words)}</text>'
        )

    def path(self, steps: str, style: str) -> None:
        """Draw a path."""
        self.elements.append(f'<path d="{steps}" {style}/>')

    def picture(self) -> Picture:
        """Return the whole drawing; its title is the alternative text."""
        width, height = self.frame.width, self.frame.height
        svg = Markup(  # every string that came from outside is escaped above
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}pt" height="{height:g}pt" role="img" '
            f'font-family="{FONT}"><title>{escape(self.title)}</title>'
            + "".join(self.elements)
            + "</svg>"
        )
        return Picture(svg=svg, words=self.title)
