"""Both documents, both editions, both languages: structure, equations, code, measured extras."""

import io
import re
from itertools import pairwise
from typing import Any

import pikepdf
import pypdf
import pytest

from grader.intake.model import Place
from grader.results.file.reading import read
from grader.words.message import Value, say
from reference.figures.accuracies import shade
from report_templates import render
from report_templates.messages import load_messages
from report_templates.page.blocks import Code, Document
from report_templates.parts.submission.code import numbered
from report_templates.structure import load_structure
from report_templates.view import build_document
from tests.report_templates import full_examples as full
from tests.report_templates.blocks_of import blocks_of
from tests.report_templates.results_examples import of_schema_1
from tests.report_templates.results_parts import Results, shown

EDITIONS = ("cs5120-2021", "ee290-2020")
needs_pango = pytest.mark.skipif(
    render.pdf_available() is not None, reason=str(render.pdf_available())
)


def first_number(code: str) -> int:
    """Return the number of the first line of highlighted code."""
    return int(re.sub("<[^>]+>", "", code).split()[0])


def _numbers(document: Document) -> list[str]:
    return [section.number for section in document.sections]


def test_report_of_2021_has_its_three_chapters() -> None:
    """Design Concept, Simulation and Discussion, Summary, and the notebook."""
    document = build_document(read(full.full()), kind="report")
    chapters = [section.title for section in document.sections if section.level == 1]

    assert chapters == [
        "Design Concept",
        "Simulation and Discussion",
        "Summary",
        "Appendix: the notebook",
    ]


def test_report_of_2020_answers_every_question() -> None:
    """Each question from 1.1 to 5.3 has its number, and an appendix follows."""
    document = build_document(read(full.full(edition="ee290-2020")), kind="report")
    questions = [
        "1.1",
        "1.2",
        "2.1",
        "2.2",
        "3.1",
        "3.2",
        "4.1a",
        "4.1b",
        "4.2",
        "4.3",
        "4.4",
        "5.1",
        "5.2",
        "5.3",
        "A",
    ]

    assert [number for number in _numbers(document) if number in questions] == questions
    assert isinstance(document.sections[-1].blocks[0], Code)


def test_edition_without_a_structure_gets_the_general_one() -> None:
    """An edition that brings no report.toml still has a report."""
    results = full.full(edition="somewhere-2030")

    assert build_document(read(results), kind="report").sections[0].title == "Architecture"


@pytest.mark.parametrize("edition", ["../../etc", "", "UPPER", "a/b"])
def test_edition_id_cannot_leave_its_folder(edition: str) -> None:
    """A name that is no edition's id is not looked for on the disk."""
    assert load_structure("report", edition)[0].title.en == "Architecture"


def test_headings_are_in_the_language_asked_for() -> None:
    """The same structure has titles in Traditional Chinese."""
    document = build_document(read(full.full()), kind="report", language="zh_TW")

    assert document.sections[0].title == "設計概念"
    assert document.language == "zh-Hant-TW"


def test_every_title_of_every_edition_has_both_languages() -> None:
    """No heading falls back to English in a Chinese report."""

    def titles(headings: Any) -> Any:
        for heading in headings:
            yield heading.title
            yield from titles(heading.sections)

    for edition in EDITIONS:
        for title in titles(load_structure("report", edition)):
            assert title.zh_TW, title


def test_report_has_no_score_and_no_finding() -> None:
    """The report is the student's: points and findings stand in the feedback alone."""
    results = full.full("wrong")
    report = render.render_html(read(results), kind="report")
    feedback = render.render_html(read(results), kind="feedback")
    title = results["extra_data"]["findings"][0]["title"]

    assert title not in report
    assert title in feedback
    assert "out of 94" not in report
    assert "out of 94" in feedback


@pytest.mark.parametrize(("cell", "counter"), [(16, None), (16, 7), (None, None)])
def test_findings_stand_beside_the_code_they_are_about(
    cell: int | None, counter: int | None
) -> None:
    """The margin note is on the line that the finding names, once; a script has no cells."""
    results = full.full("wrong")
    place = Place(file="hw1.py", cell=cell, line=3, counter=counter)
    code = results["extra_data"]["code"]["bias"]
    del code["place_message"]
    code.update(shown("place", place.owner))
    own_range = {"task": "bias", "title": "Own range", **shown("where", place.told)}
    results["extra_data"]["findings"] = [own_range] * 2

    assert _noted(results) == [("NetQuantizedWithBias.quantized_bias", 3, ["Own range"])]


@pytest.mark.parametrize(
    "where",
    [
        say("where", "cell-line", cell=5, line=3),
        say("where", "file-line", file="quantutils.py", line=3),
        say("where", "line", line=3),
        "",
    ],
)
def test_a_finding_about_another_place_stands_at_the_first_line(where: Value) -> None:
    """An error in a helper's cell is not noted beside the line of that number in this one."""
    results = full.full("wrong")
    an_error = {"task": "bias", "title": "An error", **shown("where", where)}
    results["extra_data"]["findings"] = [an_error]

    assert [line for _, line, _ in _noted(results)] == [1]


def test_a_finding_of_older_results_stands_at_the_first_line() -> None:
    """Where a file has a place in English words alone, the note is beside the right code."""
    results = full.full("wrong")
    where = say("where", "cell-line", cell=16, line=3)
    own_range = {"task": "bias", "title": "Own range", **shown("where", where)}
    results["extra_data"]["findings"] = [own_range]

    noted = _noted(of_schema_1(results))

    assert noted == [("NetQuantizedWithBias.quantized_bias", 1, ["Own range"])]


def _noted(results: Results) -> list[tuple[str, int, list[str]]]:
    """Return the notes in the margin: the function, the number of the line, and what they say."""
    return [
        (
            listing.title.split(" ")[0],
            first_number(piece.code),
            [note.text for note in piece.notes],
        )
        for listing in blocks_of(build_document(read(results)), Code)
        for piece in listing.pieces
        if piece.notes
    ]


def test_code_is_highlighted_and_escaped() -> None:
    """Keywords have a class, and markup in code is text."""
    results = full.full()
    results["extra_data"]["code"]["bias"]["source"] = "def f():\n    return '<b>' # \u202e"
    listing = blocks_of(build_document(read(results)), Code)[-1]

    first, second = listing.pieces[0].code.split("\n")

    assert '<span class="keyword">def</span>' in first
    assert "&lt;b&gt;" in second
    assert "<b>" not in second
    assert "\u202e" not in second


def test_lines_are_cut_between_words_where_that_wastes_little() -> None:
    """A cut goes to the last gap of a line's last third, and keeps the colours on both sides."""
    for runs in (
        [("keyword", "def f(a: float, b"), ("", ": float)")],
        [("keyword", "def f(a: "), ("", "float, "), ("keyword", "b: float)")],
    ):
        cut = numbered(7, runs, 18)

        lines = re.sub("<[^>]+>", "", cut).split("\n")
        assert lines == ["   7 def f(a: float, ", "         b: float)"]
        assert cut.count('class="keyword"') == 2


@pytest.mark.parametrize("words", ["x" * 25, "最大的絕對值變成的數" * 2])
def test_long_lines_are_cut_to_the_columns_that_fit(words: str) -> None:
    """A line goes on below, indented past its start; a wide character counts as two."""
    cut = re.sub("<[^>]+>", "", numbered(7, [("", words)], 10)).split("\n")

    assert cut[0].startswith("   7 ")
    assert all(row.startswith(" " * 9) for row in cut[1:])
    assert "".join(row[5:].lstrip() for row in cut) == words
    assert max(sum(1 + (char > "\u3000") for char in row[5:]) for row in cut) <= 10


def test_ten_thousand_lines_are_bounded() -> None:
    """A huge notebook fills a bounded number of lines and says how many are left out."""
    document = build_document(read(full.huge()), kind="report")
    cells = [block for block in document.sections[-1].blocks if isinstance(block, Code)]
    printed = sum(piece.code.count("\n") + 1 for cell in cells for piece in cell.pieces)

    assert printed == 1_200
    assert "88 further cells" in render.render_html(read(full.huge()), kind="report")
    assert blocks_of(document, Code)[0].count == 150


def test_sections_without_data_are_left_out() -> None:
    """Without confusion and bit widths there is no such figure and no such heading."""
    results = full.full()
    for field in ("bit_widths", "confusion"):
        del results["extra_data"][field]
    document = build_document(read(results), kind="report")

    assert "2.4" not in _numbers(document)
    assert "2.3" in _numbers(document)


def test_confusion_must_be_square() -> None:
    """A ragged matrix is not drawn."""
    results = full.full()
    results["extra_data"]["confusion"]["float"][0] = [1, 2]
    page = render.render_html(read(results), kind="report")

    assert "Before quantization:" in page  # the equation's words stay
    assert "on the diagonal" in page
    assert page.count("on the diagonal.") == 1


def test_shades_survive_greyscale() -> None:
    """More is darker, from white to the accent."""
    grey = [sum(bytes.fromhex(shade(share / 10)[1:])) for share in range(11)]

    assert shade(0.0) == "#ffffff"
    assert grey == sorted(grey, reverse=True)
    assert len(set(grey)) == 11


@pytest.mark.few(3)
@needs_pango
@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("language", ["en", "zh_TW"])
@pytest.mark.parametrize("kind", ["report", "feedback"])
def test_documents_are_accessible(
    edition: str, language: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Tagged, titled, in one language, headings without a jump, pictures with words."""
    content = render.pdf_bytes(read(full.full("wrong", edition)), language=language, kind=kind)
    complaints = [r.getMessage() for r in caplog.records if r.name.startswith("weasyprint")]

    assert [line for line in complaints if "HarfBuzz-Subset" not in line] == []
    assert len(content) < 1_500_000
    with pikepdf.open(io.BytesIO(content)) as pdf:
        elements = list(_elements(pdf.Root.StructTreeRoot.K))
        assert str(pdf.Root.Lang) == load_messages(language)("tag")
        assert pdf.open_metadata()["pdfuaid:part"] == "1"
        assert all("/StructParents" in page for page in pdf.pages)
    levels = [int(tag[1:]) for tag, _ in elements if re.fullmatch(r"H\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(alt for tag, alt in elements if tag == "Figure")
    assert {"Table", "TH", "TD", "TR", "Caption", "Figure", "Link"} <= {tag for tag, _ in elements}


@needs_pango
def test_chinese_report_has_no_missing_glyph() -> None:
    """Every character of the Chinese catalogue is in a face that is shipped."""
    from report_templates.page.fonts import choose_faces

    words = "".join(load_messages("zh_TW").sentences.values())

    assert choose_faces(words).missing == frozenset()


@needs_pango
def test_chinese_can_be_searched() -> None:
    """The text of a Chinese report comes out of the PDF as it went in."""
    content = render.pdf_bytes(read(full.full()), language="zh_TW", kind="report")
    pages = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)

    assert "設計概念" in pages
    assert "準確率" in pages


def test_page_on_screen_needs_no_other_file() -> None:
    """The HTML page has its style inside and asks nobody for anything."""
    page = render.render_html(read(full.full()), kind="report")
    addresses = re.findall(r'(?:src|href)="([^"#][^"]*)"', page)

    assert addresses == []
    assert "<style>" in page
    assert page.count("<svg") > 20


def _elements(node: pikepdf.Object) -> list[tuple[str, str]]:
    """Return (tag, alternative text) of all structure elements, in reading order."""
    if isinstance(node, pikepdf.Array):
        return [found for child in node for found in _elements(child)]
    if isinstance(node, pikepdf.Dictionary) and "/S" in node:
        own = (str(node.S)[1:], str(node.get("/Alt", "")))
        return [own, *(_elements(node.K) if "/K" in node else [])]
    return []
