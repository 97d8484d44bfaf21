"""The page on screen: it brings its own Chinese glyphs, and stays self-contained and bounded."""

import io
import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

import pypdf
import pytest
from fontTools.ttLib import TTFont

from grader.results.file.reading import read
from report_templates import render
from report_templates.page import webfonts
from report_templates.page.fonts import BASIC, fallbacks
from tests.report_templates import results_examples as examples

FACE = re.compile(
    r'@font-face\{font-family:"([^"]+)";'
    r'src:url\("data:font/woff;base64,([^"]+)"\) format\("woff"\)\}'
)
pytestmark = pytest.mark.skipif(len(fallbacks()) < 3, reason="the packaged fonts are missing")


def _faces(page: str) -> dict[str, set[str]]:
    """Return the characters of each face that *page* brings along."""
    found = {}
    for family, glyphs in FACE.findall(page):
        with TTFont(io.BytesIO(b64decode(glyphs))) as font:
            found[family] = set(map(chr, font.getBestCmap()))
    return found


def test_a_chinese_page_brings_the_glyphs_of_its_text_and_no_others() -> None:
    """Every Chinese character of the page has a glyph in it; nothing else is put in."""
    page = render.render_html(read(examples.right()), language="zh_TW")
    faces = _faces(page)
    words = FACE.sub("", page)
    ideographs = {char for char in words if "\u4e00" <= char <= "\u9fff"}

    assert len(ideographs) > 100
    assert ideographs <= faces["Report TC"]
    assert set().union(*faces.values()) <= set(words)
    assert len(page.encode()) < 700_000


def test_a_simplified_name_brings_a_second_face() -> None:
    """Characters that the first face lacks come from the second, and only they."""
    results = examples.right()
    results["extra_data"]["student_id"] = "王为"

    assert _faces(render.render_html(read(results)))["Report SC"] == {"为"}
    assert "王" in _faces(render.render_html(read(results)))["Report TC"]


def test_an_english_page_brings_no_chinese_font() -> None:
    """What no character needs is not sent."""
    results = examples.bare()

    assert 'font-family:"Report TC"' not in render.render_html(read(results))


def test_the_page_fetches_nothing() -> None:
    """Every address in the page is data, or leads to another place in the page."""
    page = render.render_html(read(examples.hostile()), language="zh_TW")
    styled = re.search("<style>(.*?)</style>", page, re.DOTALL)

    assert styled is not None
    assert set(re.findall(r'url\("?(\w+:)', styled[1])) == {"data:"}
    assert not re.search(r'<[^>]*\s(?:src|href)="(?!#|data:)', page)
    assert "@import" not in styled[1]


def test_rare_characters_are_left_to_the_reader_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page is bounded: the characters that occur most often come along."""
    monkeypatch.setattr(webfonts, "MOST_CHARACTERS", 2)
    text = "王王王小小明"
    rules = webfonts.embedded_faces(text)

    assert _faces(rules) == {"Report TC": {"王", "小"}}


def test_basic_faces_need_no_embedding() -> None:
    """Latin text makes no rule at all."""
    assert webfonts.embedded_faces("plain text, 1 + 2") == ""
    assert {face.family for face in BASIC} == {"Report Sans", "Report Mono"}


@pytest.mark.long
@pytest.mark.skipif(render.pdf_available() is not None, reason=str(render.pdf_available()))
def test_documents_are_made_in_threads() -> None:
    """Four threads at once make the documents that one after the other makes."""
    jobs = [(examples.right(), "en"), (examples.wrong(), "zh_TW"), (examples.bare(), "en")] * 2

    def printed(job: tuple[examples.Results, str]) -> tuple[list[str], str]:
        results, language = job
        content = render.pdf_bytes(read(results), language=language)
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        return [page.extract_text() for page in pages], render.render_html(read(results))

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(printed, jobs))

    assert together == [printed(job) for job in jobs]
