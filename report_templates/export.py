"""
The lab report as a text to go on writing in: Markdown, LaTeX, Typst or Word, made by Pandoc.

The figures lie in a folder beside the text, in a Word file within it; equations are mathematics of
the format. What a student wrote is escaped on the page that Pandoc reads, and by Pandoc.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Protocol

from markupsafe import escape

from grader.results.file.schema import Results
from report_templates.messages import LanguageError
from report_templates.page.blocks import Document, Equations
from report_templates.page.fonts import OWN
from report_templates.render import RenderError, page_of, write_document
from report_templates.structure import StructureError
from report_templates.view import build_document

ENDINGS: Mapping[str, str] = {
    "markdown": ".md",
    "latex": ".tex",
    "typst": ".typ",
    "docx": ".docx",
}
_WRITERS = {"markdown": "gfm-raw_html", "latex": "latex", "typst": "typst", "docx": "docx"}
# These take no drawings, or only with programs that few have.
_AS_PIXELS = frozenset(("latex", "docx"))
_ZOOM = 3.0  # pixels of a point
_HEAVY = re.compile(r"<style>.*?</style>", re.DOTALL)
_CONTENTS = re.compile(r"<nav\b.*?</nav>", re.DOTALL)
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_BOX = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')
_SIZE = re.compile(r'\s(?:width|height)="[^"]*"')
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_MISSING = (
    "no export was written: it needs Pandoc and resvg, which"
    " pip install 'quantization-lab-grader[export]' brings along"
)


class Write(Protocol):
    """Writes one document of the results, as ``render_pdf`` does."""

    def __call__(self, results: Results, target: Path, *, language: str, kind: str) -> None:
        """Write it whole or not at all; raise RenderError."""


def exporter(form: str) -> Write:
    """Return what writes a document in the *form* of that name, one of ``ENDINGS``."""
    return partial(write_export, form)


def write_export(
    form: str, results: Results, target: Path, *, language: str = "en", kind: str = "report"
) -> None:
    """
    Write the document in *form*, its figures into the folder ``<target>-figures`` beside it.

    Raises:
        RenderError: Pandoc or resvg is not installed, or the file cannot be written.

    """
    try:
        import pypandoc
        import resvg_py  # noqa: F401  said here, before anything is written
    except ImportError:
        raise RenderError(_MISSING) from None

    try:
        document = build_document(results, kind=kind, language=language)
    except (LanguageError, StructureError, FileNotFoundError) as error:
        raise RenderError(str(error)) from error

    def made() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"made{ENDINGS[form]}"
            figures = target.with_name(f"{target.stem}-figures")
            kept = Path(folder) if form == "docx" else figures
            pictures = _Pictures(folder=kept, beside=target.parent, as_pixels=form in _AS_PIXELS)
            pypandoc.convert_text(
                pictures.placed(document),
                _WRITERS[form],
                format="html",
                outputfile=str(file),
                extra_args=["--standalone", "--wrap=none", "--quiet", f"--resource-path={kept}"],
            )
            return file.read_bytes()

    write_document(target, "export", made)


@dataclass(frozen=True)
class _Pictures:
    """Where a document's drawings go, and how they are named as seen from *beside*."""

    folder: Path
    beside: Path
    as_pixels: bool
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def placed(self, document: Document) -> str:
        """Return the page with its figures as files and its equations as TeX."""
        self.folder.mkdir(parents=True, exist_ok=True)
        page = _CONTENTS.sub("", _HEAVY.sub("", page_of(document)))
        for section in document.sections:
            for block in section.blocks:
                for one in block.equations if isinstance(block, Equations) else ():
                    # Text of a student's is escaped, so that none of it can be such an element.
                    tex = f'<script type="math/tex; mode=display">{one.tex}</script>'
                    page = page.replace(str(one.picture.svg), tex, 1)
        return _DRAWING.sub(self._kept, page)

    def _kept(self, found: re.Match[str]) -> str:
        drawing = found[0]
        ending = ".png" if self.as_pixels else ".svg"
        path = self.folder / f"figure-{next(self.numbers)}{ending}"
        path.write_bytes(_pixels(drawing) if self.as_pixels else drawing.encode())
        near = path.is_relative_to(self.beside)
        name = path.relative_to(self.beside).as_posix() if near else path.as_posix()
        title = _TITLE.search(drawing)
        return f'<img src="{escape(name)}" alt="{title[1] if title else ""}">'


def _pixels(drawing: str) -> bytes:
    """Return a drawing as a PNG on white, as large as its view box."""
    import resvg_py

    opening = drawing[: drawing.index(">")]
    box = _BOX.search(opening)
    sized = _SIZE.sub("", opening)
    if box is not None:
        sized += f' width="{box[1]}" height="{box[2]}"'
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=sized + drawing[len(opening) :],
            background="white",
            zoom=_ZOOM,
            font_dirs=[str(OWN)],
            sans_serif_family="Inter",
        )
    )
