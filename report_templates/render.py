"""
A document -> HTML and PDF.

The renderer can fetch nothing: whatever a document may say, only ``data:`` addresses are read. The
fonts and the style sheet are ours and are loaded apart from the document.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.results.file.schema import Results
from grader.results.file.written import write_whole
from report_templates.messages import LanguageError
from report_templates.page.blocks import Document, Equations
from report_templates.page.embolden import embolden, half_bold
from report_templates.page.fonts import Face, choose_faces, name_missing
from report_templates.page.webfonts import embedded_faces
from report_templates.structure import StructureError
from report_templates.view import build_document

if TYPE_CHECKING:
    from pydyf import PDF
    from weasyprint import CSS
    from weasyprint.document import Document as Pages
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

STYLE = Path(__file__).parent / "templates" / "document.css"
SCREEN = STYLE.with_name("screen.css")
_TURN = Lock()
INSTALL = "install Pango (Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0)"


class RenderError(Exception):
    """Raised when a document cannot be made; says why and what to do."""


def pdf_available() -> str | None:
    """Return None when PDFs can be made here, otherwise why not and what to do."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        reason = str(error).strip().splitlines()
        return f"no PDF: {reason[0] if reason else type(error).__name__}; {INSTALL}"
    return None


def render_pdf(
    results: Results, target: Path, *, language: str = "en", kind: str = "feedback"
) -> None:
    """
    Write the document of *kind* about *results* to *target*, whole or not at all.

    Raises:
        RenderError: WeasyPrint or Pango is missing, we failed, or *target* cannot be written.

    """
    if reason := pdf_available():
        raise RenderError(reason)
    write_document(target, "PDF", lambda: pdf_bytes(results, language=language, kind=kind))


def write_page(
    results: Results, target: Path, *, language: str = "en", kind: str = "feedback"
) -> None:
    """
    Write the page of *kind* about *results* to *target*, whole or not at all.

    Raises:
        RenderError: We failed, or *target* cannot be written.

    """
    write_document(
        target, "HTML", lambda: render_html(results, language=language, kind=kind).encode()
    )


def write_document(target: Path, what: str, made: Callable[[], bytes]) -> None:
    """Write what *made* returns, a *what*, whole or not at all; raise RenderError."""
    try:
        content = made()
    except RenderError:
        raise
    except Exception as error:  # a document must never cost a grade, whatever the results hold
        msg = f"no {what}, through a fault of ours: {type(error).__name__}: {error}"
        raise RenderError(msg) from error
    try:
        write_whole(target, content)
    except OSError as error:
        msg = f"{target}: cannot be written ({error.strerror or error}); choose another folder"
        raise RenderError(msg) from error


def pdf_bytes(results: Results, *, language: str = "en", kind: str = "feedback") -> bytes:
    """
    Return the document as a tagged PDF (PDF/UA-1); no file is written.

    Safe in threads: they take turns, since Pango's fonts are shared and the work is Python's.

    Raises:
        RenderError: The language or the kind of document is not known.

    """
    return pdf_of(_document(results, language=language, kind=kind))


def pdf_of(document: Document) -> bytes:
    """Return a document as a tagged PDF (PDF/UA-1), safe in threads."""
    from weasyprint import HTML

    markup = _markup(document, style="")
    choice = choose_faces(markup)
    markup = name_missing(markup, choice.missing)
    with _TURN, _no_collection():
        style, fonts = _styles((*choice.faces, *map(half_bold, choice.needed)))
        page = HTML(string=markup, url_fetcher=_no_fetching())
        content = page.write_pdf(
            stylesheets=[style],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
            optimize_images=False,
            finisher=partial(_finish, _formulas(document), tuple(choice.needed)),
        )
    assert isinstance(content, bytes)  # write_pdf returns None only when it is given a target
    return content


def _formulas(document: Document) -> frozenset[str]:
    """Return the words that say a document's formulas aloud."""
    blocks = (block for section in document.sections for block in section.blocks)
    found = (block for block in blocks if isinstance(block, Equations))
    return frozenset(one.picture.words for block in found for one in block.equations)


def _finish(formulas: frozenset[str], faces: tuple[Face, ...], _: Pages, pdf: PDF) -> None:
    """Do to a finished PDF what WeasyPrint cannot: tag its formulas, thicken Chinese headings."""
    _tag_formulas(formulas, pdf)
    embolden(pdf, faces)


def _tag_formulas(formulas: frozenset[str], pdf: PDF) -> None:
    """Tag as formulas the pictures whose words are among *formulas*."""
    import pydyf

    for made in pdf.objects:
        if isinstance(made, pydyf.Dictionary) and made.get("S") == "/Figure":
            words = made.get("Alt")
            if isinstance(words, pydyf.String) and words.string in formulas:
                made["S"] = "/Formula"


def render_html(results: Results, *, language: str = "en", kind: str = "feedback") -> str:
    """
    Return the document as one self-contained HTML page, Chinese glyphs included.

    The page styles ``html`` and bare elements, so another page shows it in a frame of its own:
    ``<iframe sandbox srcdoc="...">``. It needs no script and fetches nothing; a content security
    policy has to allow ``style-src 'unsafe-inline'`` and ``font-src data:``. Safe in threads.

    Raises:
        RenderError: The language or the kind of document is not known.

    """
    return page_of(_document(results, language=language, kind=kind))


def page_of(document: Document) -> str:
    """Return a document as one self-contained HTML page."""
    style = STYLE.read_text("utf-8") + SCREEN.read_text("utf-8")
    page = _markup(document, style=style)
    # The first one is ours: whatever comes from outside is escaped.
    return page.replace("<style>", f"<style>{embedded_faces(page)}", 1)


def _document(results: Results, *, language: str, kind: str) -> Document:
    try:
        return build_document(results, kind=kind, language=language)
    except (LanguageError, StructureError, FileNotFoundError) as error:
        raise RenderError(str(error)) from error


def _markup(document: Document, *, style: str) -> str:
    return templates().get_template("document.html.j2").render(d=document, style=Markup(style))


@cache
def templates() -> Environment:
    """Return the environment: everything is escaped, and a misspelt name is an error."""
    return Environment(
        loader=PackageLoader("report_templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _styles(faces: tuple[Face, ...]) -> tuple[CSS, FontConfiguration]:
    """Return the style sheet and the fonts, parsed once for each set of faces."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    rules = "".join(face.css() for face in faces) + STYLE.read_text("utf-8")
    return CSS(string=rules, font_config=fonts), fonts


@atexit.register
def _forget_fonts() -> None:
    """Remove WeasyPrint's font files while the interpreter can still do it."""
    _styles.cache_clear()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Put garbage collection off: it would go through a growing tree of boxes again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _no_fetching() -> URLFetcher:
    """Return a fetcher that refuses files, networks and everything but ``data:``."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
