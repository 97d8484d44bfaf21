"""
Figures as pictures of a document: compact SVG whose words are text, with alternative words.

What matplotlib writes has styles and ids that would reach into the page around it. Here it becomes
flat paths and texts with attributes, which WeasyPrint sets in a fraction of the time.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape

from reference.figures import figure_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#1f2933"
FONT = "Report Sans, Report TC, Report SC, Report Symbols, Inter, Helvetica, Arial, sans-serif"
# A report has some thirty figures; those of the float network are the same for a whole class.
MOST_KEPT = 1024

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_KEPT = ("fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity", "transform")
_TEXT_KEPT = ("x", "y", "fill", "font-size", "text-anchor", "transform")
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_UNTURNED = re.compile(r"rotate\(-?0 [^)]*\)")
_NUMBER = re.compile(r"-?\d+\.\d+")


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


def picture(draw: Callable[..., Figure], *args: Any, words: str, **given: Any) -> Picture:
    """
    Return what *draw* draws of *args*, all of them hashable; *words* say it to a screen reader.

    The same figure is drawn once in a process, however many documents show it.
    """
    opening, drawn = _drawn(draw, args, tuple(given.items()))
    svg = Markup(f"{opening}<title>{escape(words)}</title>{drawn}</svg>")
    return Picture(svg=svg, words=words)


@lru_cache(maxsize=MOST_KEPT)
def _drawn(
    draw: Callable[..., Figure], args: tuple[Any, ...], given: tuple[tuple[str, Any], ...]
) -> tuple[str, str]:
    """Return a figure's opening tag, and what is painted."""
    root = ET.fromstring(figure_svg(draw(*args, **dict(given))))
    _, _, width, height = root.attrib["viewBox"].split()
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}pt" height="{height}pt" role="img" font-family="{FONT}">'
    )
    shapes = {f"#{one.get('id')}": one for one in root.iter(f"{_SVG}path") if one.get("id")}
    return opening, "".join((*_paths(root, shapes), *map(_text, root.iter(f"{_SVG}text"))))


def _paths(root: ET.Element, shapes: Mapping[str, ET.Element]) -> Iterator[str]:
    """Yield the outlines in order, neighbours that are painted alike as one."""
    marks = (mark for mark in _marks(root, shapes) if _is_seen(mark[1]))
    for given, alike in groupby(marks, key=lambda mark: _painted(mark[1])):
        yield f'<path d="{"".join(outline for outline, _ in alike)}"{_attributes(given)}/>'


def _marks(
    element: ET.Element, shapes: Mapping[str, ET.Element]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the outlines that *element* paints, and how."""
    kind = element.tag.removeprefix(_SVG)
    if kind in {"svg", "g"}:
        for child in element:
            yield from _marks(child, shapes)
    elif kind == "path":
        yield _outline(element), _styles(element)
    elif kind == "use":
        shape = shapes[element.attrib[_LINK]]
        place = f"translate({element.get('x', '0')} {element.get('y', '0')})"
        yield _outline(shape), {**_styles(shape), **_styles(element), "transform": place}


def _styles(element: ET.Element) -> dict[str, str]:
    """Return an element's attributes, those of its style among them."""
    told = (one.partition(":") for one in element.get("style", "").split(";") if one.strip())
    return {**element.attrib, **{name.strip(): value.strip() for name, _, value in told}}


def _painted(styles: Mapping[str, str]) -> dict[str, str]:
    """Return what of *styles* says how a path is painted."""
    return {name: styles[name] for name in _KEPT if name in styles}


def _is_seen(styles: Mapping[str, str]) -> bool:
    """Return whether a path leaves a mark."""
    return styles.get("fill") != "none" or styles.get("stroke", "none") != "none"


def _outline(path: ET.Element) -> str:
    """Return a path's steps; those straight across or up are joined and say only how far."""
    made: list[str] = []
    x = y = ""
    for letter, numbers in _STEP.findall(path.attrib["d"]):
        values = _rounded(numbers).split()
        if letter == "L" and values[1] == y:
            step = f"H{values[0]}"
        elif letter == "L" and values[0] == x:
            step = f"V{values[1]}"
        else:
            step = letter.upper() + " ".join(values)
        if made and step[0] in "HV" and made[-1][0] == step[0]:
            made.pop()
        made.append(step)
        x, y = values[-2:] if values else ("", "")
    return "".join(made)


def _text(element: ET.Element) -> str:
    styles = _styles(element)
    given = {name: styles[name] for name in _TEXT_KEPT if name in styles}
    given["font-size"] = given["font-size"].removesuffix("px")
    if _UNTURNED.fullmatch(given.get("transform", "")):
        del given["transform"]
    return f"<text{_attributes(given)}>{escape(element.text or '')}</text>"


def _attributes(given: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(_rounded(value))}"' for name, value in given.items())


def _rounded(text: str) -> str:
    """Return *text* with its numbers to a hundredth of a point."""
    return _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), text)
