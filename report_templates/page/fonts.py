# ruff: noqa: RUF002 - dashes, minus and guillemets are what is printed
"""
The typefaces of the documents, none of which needs to be installed on the machine.

Latin, Greek and symbols come from subsets in ``reference/figures/fonts``; Chinese from packages on
PyPI; rare symbols from the DejaVu that matplotlib brings. A face that no character needs is not
loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from reference import figures
from report_templates.page.text import code_point

OWN = Path(figures.__file__).parent / "fonts"


@dataclass(frozen=True, kw_only=True)
class Face:
    """A font file and how style sheets name it."""

    family: str
    path: Path
    weight: int = 400
    style: str = "normal"

    def css(self) -> str:
        """Return the ``@font-face`` rule."""
        return (
            f'@font-face{{font-family:"{self.family}";src:url("{self.path.as_uri()}");'
            f"font-weight:{self.weight};font-style:{self.style}}}"
        )


BASIC = (
    Face(family="Report Sans", path=OWN / "Inter-Regular.ttf"),
    Face(family="Report Sans", path=OWN / "Inter-SemiBold.ttf", weight=600),
    Face(family="Report Sans", path=OWN / "Inter-Italic.ttf", style="italic"),
    Face(family="Report Mono", path=OWN / "JetBrainsMono-Regular.ttf"),
    Face(family="Report Mono", path=OWN / "JetBrainsMono-Bold.ttf", weight=600),
)

# In the order in which a missing character is looked for; the packages are optional.
_FALLBACKS = (
    ("Report TC", "pylopdf_fonts_zh_tw", "NotoSansTC-Regular.otf"),
    ("Report SC", "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    ("Report Symbols", "matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf"),
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The fallbacks that a text needs, each for its characters, and those that no face has."""

    needed: Mapping[Face, frozenset[str]]
    missing: frozenset[str]

    @property
    def faces(self) -> tuple[Face, ...]:
        """Return the basic faces and the needed fallbacks."""
        return (*BASIC, *self.needed)


def choose_faces(text: str) -> Choice:
    """Return what *text* needs beside the basic faces."""
    wanted = frozenset(char for char in set(text) if not char.isspace()) - _characters(
        BASIC[0].path
    )
    needed: dict[Face, frozenset[str]] = {}
    for face in fallbacks():
        if not wanted:
            break
        found = wanted & _characters(face.path)
        if found:
            needed[face] = found
            wanted -= found
    return Choice(needed=needed, missing=frozenset(c for c in wanted if c.isprintable()))


def name_missing(text: str, missing: Iterable[str]) -> str:
    """Return *text* with each of the *missing* characters as ``‹U+XXXX›``, never as a box."""
    return text.translate({ord(char): code_point(char) for char in missing})


@cache
def fallbacks() -> tuple[Face, ...]:
    """Return the fallback faces whose packages are installed."""
    found = []
    for family, package, file in _FALLBACKS:
        spec = find_spec(package)
        if spec is not None and spec.origin:
            path = Path(spec.origin).parent / file
            if path.is_file():
                found.append(Face(family=family, path=path))
    return tuple(found)


@cache
def _characters(path: Path) -> frozenset[str]:
    """Return the characters that the font at *path* has glyphs for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # ships no types

    with TTFont(path, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
