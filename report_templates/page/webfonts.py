"""
Glyphs that go with a page: a reader's machine may have no Chinese font.

Only the characters of the page are put in, as WOFF in a ``data:`` address. WOFF2 would be a tenth
smaller and take three times as long.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from functools import lru_cache
from io import BytesIO

from report_templates.page.fonts import Face, choose_faces

# These are 0.55 MB in the page; rarer characters are left to the reader's own fonts.
MOST_CHARACTERS = 2_000


def embedded_faces(text: str) -> str:
    """Return ``@font-face`` rules with the glyphs that *text* needs beside common Latin fonts."""
    needed = choose_faces(text).needed
    wanted = frozenset().union(*needed.values())
    if len(wanted) > MOST_CHARACTERS:
        counted = Counter(char for char in text if char in wanted)
        wanted = frozenset(char for char, _ in counted.most_common(MOST_CHARACTERS))
    return "".join(
        _rule(face, "".join(sorted(characters & wanted)))
        for face, characters in needed.items()
        if characters & wanted
    )


@lru_cache(maxsize=32)
def _rule(face: Face, characters: str) -> str:
    glyphs = b64encode(subset(face, characters)).decode()
    return (
        f'@font-face{{font-family:"{face.family}";'
        f'src:url("data:font/woff;base64,{glyphs}") format("woff")}}'
    )


def subset(face: Face, characters: str) -> bytes:
    """Return *face* as WOFF, with the glyphs of *characters* and nothing else."""
    from fontTools import subset as tools  # type: ignore[import-untyped] # ships no types

    options = tools.Options(
        flavor="woff", hinting=False, desubroutinize=True, layout_features=[], notdef_outline=False
    )
    options.drop_tables += ["GSUB", "GPOS", "BASE", "VORG", "vhea", "vmtx"]
    worker = tools.Subsetter(options)
    worker.populate(text=characters)
    written = BytesIO()
    with tools.load_font(str(face.path), options) as font:
        worker.subset(font)
        tools.save_font(font, written, options)
    return written.getvalue()
