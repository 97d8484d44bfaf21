"""
Our own drawings painted straight into a PDF.

WeasyPrint reads an SVG image anew for every document, sets its text letter by letter and makes an
object of every label: a third of the time of a whole report. Here a drawing becomes PDF operators
once, however many documents show it, and a label is set in one piece. A drawing that holds
anything else than what ``drawing`` and ``equations`` write is left to WeasyPrint.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from weasyprint.pdf.stream import Stream
    from weasyprint.text.fonts import FontConfiguration

SVG = "{http://www.w3.org/2000/svg}"
PREFIX = "data:image/svg+xml;base64,"
PX_PER_PT = 4 / 3
# How far the control points of a quarter circle stand from its ends, in radii.
QUARTER = 0.5523
_SHIFTS = {"start": 0.0, "middle": 0.5, "end": 1.0}
# How a path ends in PDF: whether it is filled, whether it is stroked.
_ENDINGS = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}
_STEP = re.compile(r"([MLHVQCZlh])([^A-Za-z]*)")
_TURNED = re.compile(r"translate\((\S+) (\S+)\) rotate\(-90\)")


class _UnknownMarkError(ValueError):
    """Raised for an element that is not one of ours."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """Words at a point; *shift* is the share of their width that stands left of it."""

    x: float
    y: float
    words: str
    size: float
    shift: float
    colour: bytes
    turned: bool


@dataclass(frozen=True, kw_only=True)
class Painting:
    """A drawing in the units of its *box* (left, top, width, height); its own *size* is in px."""

    size: tuple[float, float]
    box: tuple[float, float, float, float]
    operators: bytes
    labels: tuple[Label, ...]
    families: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PaintedImage:
    """A painting in the fonts of one document, as WeasyPrint wants its images."""

    painting: Painting
    fonts: FontConfiguration

    def get_intrinsic_size(self, *_: object) -> tuple[float, float, float]:
        """Return width, height (px) and their ratio."""
        width, height = self.painting.size
        return width, height, width / height

    def draw(self, stream: Stream, width: float, height: float, *_: object) -> None:
        """Paint into *stream*, *width* x *height* px, the left upper corner at the origin."""
        left, top, across, down = self.painting.box
        with stream.stacked():
            a, d = width / across, height / down
            stream.transform(a=a, d=d, e=-left * a, f=-top * d)
            stream.stream.append(b"q\n" + self.painting.operators + b"Q")
            for label in self.painting.labels:
                self._write(stream, label)

    def _write(self, stream: Stream, label: Label) -> None:
        from weasyprint.draw.text import draw_first_line
        from weasyprint.matrix import Matrix
        from weasyprint.svg.text import TextBox
        from weasyprint.text.line_break import split_first_line

        style = text_style(self.fonts, self.painting.families, label.size)
        layout, _, _, width, _, _ = split_first_line(label.words, style, None, inf, 0)
        layout.reactivate(style)
        back = width * label.shift
        place = (
            Matrix(a=0, b=-1, c=-1, d=0, e=label.x, f=label.y + back)
            if label.turned
            else Matrix(d=-1, e=label.x - back, f=label.y)
        )
        stream.stream.append(label.colour)
        stream.begin_text()
        draw_first_line(stream, TextBox(layout, style), "none", "none", place)
        stream.end_text()


def painted_images(markup: str, fonts: FontConfiguration) -> dict[str, PaintedImage]:
    """Return the images of *markup* that we can paint, by address, all in *fonts*."""
    found = {uri: paint(uri) for uri in re.findall(rf'src="({re.escape(PREFIX)}[^"]+)"', markup)}
    return {
        uri: PaintedImage(painting=painting, fonts=fonts)
        for uri, painting in found.items()
        if painting is not None
    }


@lru_cache(maxsize=256)
def paint(uri: str) -> Painting | None:
    """Return the drawing at a ``data:`` address, None where it is not one of ours."""
    root = ET.fromstring(b64decode(uri.removeprefix(PREFIX)))
    try:
        marks = [mark for element in root for mark in _marks(element)]
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        across, down = (float(root.attrib[at].removesuffix("pt")) for at in ("width", "height"))
    except (_UnknownMarkError, KeyError, ValueError):
        return None
    families = root.get("font-family", "").split(",")
    return Painting(
        size=(across * PX_PER_PT, down * PX_PER_PT),
        box=(left, top, width, height),
        operators=b"".join(mark for mark in marks if isinstance(mark, bytes)),
        labels=tuple(mark for mark in marks if isinstance(mark, Label)),
        families=tuple(family.strip() for family in families),
    )


def _marks(element: ET.Element) -> Iterator[bytes | Label]:
    """Yield what *element* puts on paper; a title puts nothing."""
    given: Mapping[str, str] = element.attrib
    kind = element.tag.removeprefix(SVG)
    if kind == "text":
        yield _label(element)
    elif kind in _OUTLINES:
        yield _painted(_OUTLINES[kind](given), given)
    elif kind != "title":
        raise _UnknownMarkError(kind)


def _label(element: ET.Element) -> Label:
    given = element.attrib
    turned = _TURNED.fullmatch(given.get("transform", ""))
    x, y = turned.groups() if turned else (given["x"], given["y"])
    return Label(
        x=float(x),
        y=float(y),
        words=element.text or "",
        size=float(given["font-size"]),
        shift=_SHIFTS[given.get("text-anchor", "start")],
        colour=_colour(given["fill"], "rg"),
        turned=turned is not None,
    )


def _painted(outline: str, given: Mapping[str, str]) -> bytes:
    """Return *outline* filled and stroked as *given* says, the state before it restored."""
    known = {"fill", "stroke", "stroke-width", "stroke-dasharray", *_PLACES}
    if not known.issuperset(given):
        raise _UnknownMarkError(*given)
    fill, stroke = (given.get(name, "none") for name in ("fill", "stroke"))
    state = b""
    if fill != "none":
        state += _colour(fill, "rg")
    if stroke != "none":
        dashes = given.get("stroke-dasharray", "")
        state += _colour(stroke, "RG")
        state += f"{given.get('stroke-width', '1')} w\n[{dashes}] 0 d\n".encode()
    ending = _ENDINGS[fill != "none", stroke != "none"]
    return state + f"{outline}{ending}\n".encode()


def _colour(code: str, operator: str) -> bytes:
    """Return ``#rrggbb`` as a colour for filling (``rg``) or stroking (``RG``)."""
    parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return f"{' '.join(f'{part:.4g}' for part in parts)} {operator}\n".encode()


def _line(given: Mapping[str, str]) -> str:
    return f"{given['x1']} {given['y1']} m {given['x2']} {given['y2']} l\n"


def _rectangle(given: Mapping[str, str]) -> str:
    return f"{given['x']} {given['y']} {given['width']} {given['height']} re\n"


def _circle(given: Mapping[str, str]) -> str:
    x, y, r = (float(given[name]) for name in ("cx", "cy", "r"))
    corners = [f"{x + r:.2f} {y:.2f} m"]
    for (ax, ay), (bx, by) in pairwise(((1, 0), (0, 1), (-1, 0), (0, -1), (1, 0))):
        points = (
            (ax + QUARTER * bx, ay + QUARTER * by),
            (bx + QUARTER * ax, by + QUARTER * ay),
            (bx, by),
        )
        corners.append(" ".join(f"{x + r * px:.2f} {y + r * py:.2f}" for px, py in points) + " c")
    return "\n".join(corners) + "\nh\n"


def _path(given: Mapping[str, str]) -> str:
    """Return an SVG path of the letters that our drawings use, as operators."""
    x = y = 0.0
    made: list[str] = []
    for letter, numbers in _STEP.findall(given["d"]):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if letter == "Z":
            made.append("h")
            continue
        points = _points(letter, values, x, y)
        x, y = points[-1]
        made.append(" ".join(f"{px:g} {py:g}" for px, py in points) + f" {_OPERATORS[letter]}")
    return "\n".join(made) + "\n"


_OPERATORS = {"M": "m", "L": "l", "H": "l", "V": "l", "l": "l", "h": "l", "Q": "c", "C": "c"}


def _points(letter: str, values: list[float], x: float, y: float) -> list[tuple[float, float]]:
    """Return a step's points, absolute; *x*, *y* is where the pen stands."""
    if letter == "H":
        return [(values[0], y)]
    if letter == "V":
        return [(x, values[0])]
    if letter == "h":
        return [(x + values[0], y)]
    if letter == "l":
        return [(x + values[0], y + values[1])]
    pairs = list(zip(values[::2], values[1::2], strict=True))
    if letter == "Q":
        (cx, cy), (ex, ey) = pairs
        first = (x + 2 * (cx - x) / 3, y + 2 * (cy - y) / 3)
        return [first, (ex + 2 * (cx - ex) / 3, ey + 2 * (cy - ey) / 3), (ex, ey)]
    return pairs


_OUTLINES = {"line": _line, "rect": _rectangle, "circle": _circle, "path": _path}
_PLACES = ("x1", "y1", "x2", "y2", "x", "y", "width", "height", "cx", "cy", "r", "d")


@cache
def text_style(fonts: FontConfiguration, families: tuple[str, ...], size: float) -> Any:
    """Return the style in which WeasyPrint sets a label."""
    from weasyprint.css.properties import INITIAL_VALUES
    from weasyprint.svg.text import Style

    style = Style(INITIAL_VALUES)
    style.font_config = fonts
    style.update(font_family=list(families), font_size=size, font_style="normal", font_weight=400)
    return style
