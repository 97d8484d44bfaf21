"""
Bold for typefaces that come in one weight: their letters are filled and stroked.

The packaged Chinese faces are regular, and WeasyPrint makes no bold of its own. A style sheet can
name a face of one weight twice, the second time as half-bold (:func:`half_bold`); what is set in
that one is found in the finished PDF by the font's name, and text rendering mode 2 makes its stems
thicker, as word processors do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from report_templates.page.fonts import Face

if TYPE_CHECKING:
    from pydyf import PDF

WEIGHT = 600
# Of the font's size: half of it is added at either side of a stem.
STROKE = 0.03


def half_bold(face: Face) -> Face:
    """Return the *face* by which the same font file is asked for in half-bold."""
    return replace(face, weight=WEIGHT)


def embolden(pdf: PDF, faces: Iterable[Face]) -> None:
    """Stroke in *pdf* what is set in half-bold of *faces*, which have but one weight."""
    import pydyf

    families = {face.family.replace(" ", "-") for face in faces}
    named = {f"{family}-Semi-Bold" for family in families}
    fonts = set()
    for made in pdf.objects:
        if isinstance(made, pydyf.Dictionary) and made.get("Subtype") == "/Type0":
            tag, _, name = bytes(made["BaseFont"]).decode().partition("+")
            if name in named:
                fonts.add(tag.encode())
    if not fonts:
        return
    for made in pdf.objects:
        if isinstance(made, pydyf.Stream):
            made.stream = list(_stroked(made.stream, frozenset(fonts)))


def _stroked(commands: Iterable[object], fonts: frozenset[bytes]) -> Iterator[object]:
    """Yield a page's *commands*, and between them those that stroke what is set in *fonts*."""
    fill, stroke, strokes = b"0 0 0 rg", b"0 0 0 RG", False
    for command in commands:
        yield command
        if not isinstance(command, bytes):
            continue
        match command[-3:]:
            case b" rg":
                fill = command
                if strokes:
                    yield _outlined(fill)
            case b" RG":
                stroke = command
            case b" Tf":
                font, size, _ = command.split()
                if font in fonts:
                    strokes = True
                    yield from (
                        _outlined(fill),
                        b"%.3f w" % (STROKE * float(size)),
                        b"1 j",
                        b"2 Tr",
                    )
                elif strokes:
                    yield b"0 Tr"
            case b"ET" if strokes:
                strokes = False
                # WeasyPrint sets a width before each line, but not a colour that it believes set.
                yield from (b"0 Tr", b"0 j", stroke)


def _outlined(fill: bytes) -> bytes:
    """Return the command that strokes in the colour of *fill*."""
    return fill[:-2] + b"RG"
