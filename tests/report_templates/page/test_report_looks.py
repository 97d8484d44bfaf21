"""What can be read: sizes, contrast, and what a page shows of a table that goes on."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from math import hypot

import pypdf
import pytest

from grader.results.file.reading import read
from report_templates import render
from report_templates.render import STYLE
from tests.report_templates import full_examples as full

needs_pango = pytest.mark.skipif(
    render.pdf_available() is not None, reason=str(render.pdf_available())
)
LEAST, LEAST_SUBSCRIPT = 8.0, 6.0  # pt
TEXT, MARK = 4.5, 3.0  # contrasts that WCAG 2 asks for
PAPER, SOFT = "#ffffff", "#f3f6f9"


@cache
def _reader(name: str, kind: str, language: str) -> pypdf.PdfReader:
    made = render.pdf_bytes(read(full.full(name)), kind=kind, language=language)
    return pypdf.PdfReader(io.BytesIO(made))


def _sized(page: pypdf.PageObject) -> Iterator[tuple[float, str]]:
    """Yield the pieces of text of a page with their size in pt, figures' among them."""
    found: list[tuple[float, str]] = []

    def visit(words: str, matrix: list[float], text: list[float], _: object, size: float) -> None:
        if words.strip():
            across = text[2] * matrix[0] + text[3] * matrix[2]
            upwards = text[2] * matrix[1] + text[3] * matrix[3]
            found.append((size * hypot(across, upwards), words.strip()))

    page.extract_text(visitor_text=visit)
    yield from found


@needs_pango
@pytest.mark.few(1)
@pytest.mark.parametrize(
    "document", [("wrong", "feedback", "en"), ("right", "report", "zh_TW")], ids=" ".join
)
def test_nothing_is_smaller_than_8_points(document: tuple[str, str, str]) -> None:
    """Words, code and captions have 8 pt at least; only subscripts are smaller."""
    sizes = [one for page in _reader(*document).pages for one in _sized(page)]
    small = [(size, words) for size, words in sizes if size < LEAST - 0.01]

    assert len(sizes) > 500
    assert [one for one in small if one[0] < LEAST_SUBSCRIPT - 0.01 or len(one[1]) > 3] == []


@pytest.mark.parametrize("behind", [PAPER, SOFT])
def test_words_stand_out_from_what_is_behind_them(behind: str) -> None:
    """Every colour of words in the style sheet has a contrast of 4.5, on code's ground too."""
    named = dict(re.findall(r"--(\w+): (#\w{6})", STYLE.read_text("utf-8")))
    colours = {named.get(one, one) for one in _values("color")} - {PAPER}

    assert len(colours) >= 4
    assert {one for one in colours if contrast(one, behind) < TEXT} == set()


def test_words_on_marks_and_bars_beside_texts_stand_out() -> None:
    """White words on a mark have a contrast of 4.5, the bar beside a finding one of 3."""
    style = STYLE.read_text("utf-8")
    grounds = re.findall(r"\.mark \{[^}]*background: (#\w{6})", style)
    bars = re.findall(r"border-left(?:-color)?:[^;]*?(#\w{6})", style)

    assert len(grounds) == 2
    assert [one for one in grounds if contrast(one, PAPER) < TEXT] == []
    assert bars
    assert [one for one in bars if contrast(one, PAPER) < MARK] == []


@needs_pango
def test_a_table_that_goes_on_repeats_its_caption() -> None:
    """The label stands on each of the pages that the ten values of the bias fill."""
    results = full.full()
    values = results["extra_data"]["bias"]["values"]
    results["extra_data"]["bias"]["values"] = [
        {**values[place % len(values)], "class": f"class{place:03}"} for place in range(120)
    ]
    made = pypdf.PdfReader(io.BytesIO(render.pdf_bytes(read(results), kind="report")))
    pages = [page.extract_text() for page in made.pages]
    filled = [page for page in pages if re.search(r"class\d{3}", page)]

    assert len(filled) >= 2
    (label,) = re.findall(r"Table \d+(?=\s+The bias of)", filled[0])
    assert all(re.search(rf"{label}\s+The bias of", page) for page in filled)


def test_the_first_page_comes_before_the_contents() -> None:
    """Sentences, ladder, score and findings are what a reader meets; then the contents."""
    page = render.render_html(read(full.full("wrong")))
    places = [
        page.index(words)
        for words in ("At a glance</h2>", "Score</h2>", "What to look at</h2>", "<nav")
    ]

    assert places == sorted(places)
    assert page.index("<figure>") < places[1]
    assert all(a < b for a, b in pairwise([places[-1], page.index("Design Concept</h2>")]))


def contrast(colour: str, behind: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    light, dark = sorted(map(_luminance, (colour, behind)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in bytes.fromhex(colour[1:]))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(c * share for c, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def _values(name: str) -> set[str]:
    """Return what the style sheet gives a property: colours, or the names of variables."""
    found = re.findall(rf"[\s{{;]{name}: (?:var\(--(\w+)\)|(#\w{{6}}))", STYLE.read_text("utf-8"))
    return {variable or colour for variable, colour in found}
