"""The pages: filled to the end, with nothing split that is short, and nothing said twice."""

# ruff: noqa: RUF001 - dashes and quotes are what is printed

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pypdf
import pytest

from grader.results.file.reading import read
from report_templates import render
from report_templates.page.blocks import Figures, Overview, Prose, Table, filled
from report_templates.view import build_document
from tests.report_templates import full_examples as full
from tests.report_templates import results_examples as examples
from tests.report_templates.blocks_of import blocks_of

needs_pango = pytest.mark.skipif(
    render.pdf_available() is not None, reason=str(render.pdf_available())
)
DOCUMENTS = [
    (name, edition, kind, language)
    for name, kind, language in (
        ("right", "report", "en"),
        ("wrong", "feedback", "en"),
        ("wrong", "feedback", "zh_TW"),
    )
    for edition in ("cs5120-2021", "ee290-2020")
]
# A4 in points, less the margins that the style sheet gives.
TOP, BOTTOM = 842 - 62.4, 51.0


@pytest.mark.few(1)
@pytest.mark.few(2)
@needs_pango
@pytest.mark.parametrize("document", DOCUMENTS)
def test_pages_are_filled(document: tuple[str, str, str, str]) -> None:
    """Hardly a quarter of a page stays blank at its end, and on average an eighth."""
    *before, _ = (_blank(page) for page in _pages(*document))

    assert max(before) < 0.28
    assert sum(before) / len(before) < 0.15


@pytest.mark.few(2)
@needs_pango
@pytest.mark.parametrize("document", DOCUMENTS)
def test_headings_and_captions_are_never_left_behind(
    document: tuple[str, str, str, str],
) -> None:
    """The lowest words of a page are no heading and no table's caption."""
    name, edition, kind, language = document
    built = build_document(read(full.full(name, edition)), kind=kind, language=language)
    captions = [b.caption.label for s in built.sections for b in s.blocks if isinstance(b, Table)]
    for page in _pages(*document):
        last = page[-1][1]

        assert last not in {section.title for section in built.sections}
        assert not any(last.startswith(f"{label} ") for label in captions)


@pytest.mark.long
@needs_pango
def test_a_short_table_is_on_one_page() -> None:
    """Wherever it would begin, a table of five layers is not split."""
    for lines in range(0, 60, 12):
        results = full.full()
        results["extra_data"]["code"]["activations"]["source"] = "x = 1\n" * lines
        pages = _rendered(results, "report")
        rows = [
            [page for page, found in enumerate(pages) for _, words in found if layer in words[:5]]
            for layer in ("conv1", "fc3")
        ]

        assert rows[0][:3] == rows[1][:3]


def test_how_a_table_is_split_follows_its_length() -> None:
    """Six rows stay together; what is longer leaves three, long rows two, on either page."""
    document = build_document(read(full.full("wrong")))
    splits = {
        (len(table.rows), table.splits, table.style == "evidence")
        for table in blocks_of(document, Table)
    }

    assert {split for rows, split, long in splits if not long and rows <= 6} == {"whole"}
    assert {split for rows, split, long in splits if not long and rows > 6} == {"by-three"}
    assert {split for rows, split, long in splits if long} <= {"whole", "by-two"}


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    """A column of dashes goes, with its title; the others stay in their order."""
    document = build_document(read(examples.wrong()))
    table = next(t for t in blocks_of(document, Table) if "What was expected" in t.caption.text)
    columns, rows = filled(table.columns, [_without(row, 2) for row in table.rows])

    assert [c.title for c in columns] == ["Check", "Expected", "Tolerance", "Where"]
    assert {len(row.cells) for row in rows} == {4}


def test_without_anything_to_look_at_there_is_no_column_for_it() -> None:
    """The overview of a right submission has no empty column; a wrong one's names mistakes."""
    (right,) = blocks_of(build_document(read(examples.right())), Overview)
    (wrong,) = blocks_of(build_document(read(examples.wrong())), Overview)

    assert "What to look at" not in right.headings
    assert "What to look at" in wrong.headings


def test_a_bias_that_did_not_come_back_has_no_column() -> None:
    """Where the submission gave no bias, the table neither shows nor promises one."""
    results = full.full()
    for value in results["extra_data"]["bias"]["values"]:
        value["actual"] = None
    tables = blocks_of(build_document(read(results), kind="report"), Table)
    table = next(t for t in tables if t.caption.text.startswith("The bias of"))

    assert [c.title for c in table.columns] == ["Class", "Float", "Expected integer"]
    assert "None came back" in table.caption.text


def test_how_to_read_a_histogram_is_said_once() -> None:
    """The weights' figures are introduced, the activations' need it no more."""
    figures = blocks_of(build_document(read(full.full()), kind="report"), Figures)
    leads = [block.lead for block in figures if "A bar is as high" in block.lead]

    assert len(leads) == 1


@pytest.mark.parametrize(("own", "told"), [(True, False), (False, True)])
def test_the_summary_says_whose_numbers_it_gives(own: bool, told: bool) -> None:
    """The reference's results are named where a judged stage is what is told, and only there."""
    results = examples.right()
    stages = results["extra_data"]["accuracy_stages"]
    judged = {**stages[2], "stage": "activations_judged", "percent": 52.26}
    judged["substituted"] = ["activations"]
    stages[2:3] = [stages[2], judged] if own else [judged]
    document = build_document(read(results), kind="report")
    summary = next(section for section in document.sections if section.title == "Summary")
    prose = [block for block in summary.blocks if isinstance(block, Prose)]
    said = [words for block in prose for words in block.paragraphs]

    assert any("the reference’s result stands in place of" in words for words in said) is told


def _without(row: Any, place: int) -> Any:
    return replace(row, cells=(*row.cells[:place], "–", *row.cells[place + 1 :]))


@cache
def _pages(name: str, edition: str, kind: str, language: str) -> list[list[tuple[float, str]]]:
    """Return for each page of an example its lines, from top to bottom, with their height."""
    return _rendered(full.full(name, edition), kind, language)


def _rendered(
    results: dict[str, Any], kind: str, language: str = "en"
) -> list[list[tuple[float, str]]]:
    content = render.pdf_bytes(read(results), language=language, kind=kind)
    return [list(_lines(page)) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def _lines(page: pypdf.PageObject) -> Iterator[tuple[float, str]]:
    """Yield the lines between the margins; words at one height are one line."""
    found: dict[float, str] = {}

    def visit(words: str, matrix: Any, text: Any, *_: object) -> None:
        height = round(matrix[1] * text[4] + matrix[3] * text[5] + matrix[5], 0)
        if words.strip() and BOTTOM < height < TOP:
            found[height] = found.get(height, "") + words

    page.extract_text(visitor_text=visit)
    return ((height, found[height].strip()) for height in sorted(found, reverse=True))


def _blank(page: list[tuple[float, str]]) -> float:
    """Return the share of the page's height under its last line."""
    return (page[-1][0] - BOTTOM) / (TOP - BOTTOM)
