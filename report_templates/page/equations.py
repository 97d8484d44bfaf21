"""
Equations set by matplotlib's mathtext in STIX, as SVG outlines.

WeasyPrint does not lay out MathML; outlines look the same in the PDF and on screen, and the
formula in words is their alternative text.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from markupsafe import Markup, escape

from report_templates.page.pictures import INK, Picture

SIZE = 11.0
# mathtext keeps its fonts, and what it is setting, for all threads in one place.
_TURN = Lock()
_STEPS = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 4: ("C", 3), 79: ("Z", 0)}


def typeset(tex: str, words: str) -> Picture:
    """
    Return the formula *tex* (TeX, without dollar signs) as SVG; *words* say it aloud.

    Raises:
        ValueError: mathtext cannot read *tex*.

    """
    outline, (left, bottom, right, top) = _outline(tex)
    width, height = right - left + 1, top - bottom + 1
    svg = Markup(  # words are escaped, the rest is ours
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="equation" '
        f'viewBox="{left - 0.5:.2f} {-top - 0.5:.2f} {width:.2f} {height:.2f}" '
        f'width="{width:.2f}pt" height="{height:.2f}pt"><title>{escape(words)}</title>'
        f'<path fill="{INK}" d="{outline}"/></svg>'
    )
    return Picture(svg=svg, words=words, style="equation")


@lru_cache(maxsize=512)
def _outline(tex: str) -> tuple[str, tuple[float, float, float, float]]:
    """Return the path of *tex* and its bounds (left, bottom, right, top), the baseline at 0."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    face = FontProperties(family="STIXGeneral", math_fontfamily="stix")
    with _TURN:
        path = TextPath((0, 0), f"${tex}$", size=SIZE, prop=face)
    if path.codes is None:
        return "", (0.0, 0.0, 0.0, 0.0)
    steps = []
    corners = iter(zip(path.vertices, path.codes, strict=True))
    for (x, y), code in corners:
        letter, points = _STEPS[int(code)]
        if points == 0:
            steps.append(letter)
            continue
        rest = [next(corners)[0] for _ in range(points - 1)]
        steps.append(letter + " ".join(f"{px:.2f} {-py:.2f}" for px, py in [(x, y), *rest]))
    low, high = path.vertices.min(axis=0), path.vertices.max(axis=0)
    return "".join(steps), (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
