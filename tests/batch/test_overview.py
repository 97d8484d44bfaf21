"""The class as one document: figures checked by hand, in both languages, as page and PDF."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest

from grader.batch.outputs import write_overview
from grader.batch.overview.document import class_document
from grader.batch.overview.figures import (
    accuracies_of,
    criteria_of,
    findings_of,
    hardest_task,
    scores_of,
    waiting_of,
)
from grader.batch.records import MISSING, PENDING, REFUSED
from grader.batch.rows import ClassRow
from grader.words.message import message
from report_templates.render import page_of, pdf_of
from tests.batch.made_rows import row_of

EDITION = "cs5120-2021"


@pytest.fixture
def rows() -> list[ClassRow]:
    unclear = message("batch.claimed", student="108062009", count=2)
    return [
        row_of("108062001", 100.0, name="王小明"),
        row_of("108062002", 60.0, name="<b>O'Brien</b>", findings=("bias-not-scaled",)),
        row_of("108062003", 80.0, findings=("bias-not-scaled", "forward-clamped-to-4-bits")),
        row_of("108062004", 40.0, state=PENDING),
        row_of("", 80.0, key="lee_4712", unclear=unclear),
        row_of("108062005", 0.0, state=REFUSED),
        row_of("108062006", 0.0, state=MISSING),
    ]


def test_figures_are_those_of_final_grades(rows: list[ClassRow]) -> None:
    """Mean, median and bins are of the four that are graded, full points in the last bin."""
    scores = scores_of(rows)

    assert (scores.mean, scores.median) == (80.0, 80.0)
    assert {at: one for at, one in enumerate(scores.counts) if one} == {12: 1, 16: 2, 19: 1}


def test_what_is_open_counts_in_no_mean(rows: list[ClassRow]) -> None:
    """A criterion that waits for everybody has nobody judged, and is never the hardest."""
    weights, bias = criteria_of(rows[:3])

    assert (weights.judged, weights.mean, weights.full) == (3, 8.0, 1)
    assert (bias.judged, bias.full) == (0, 0)
    assert hardest_task([weights, bias]) == ("weights", 80.0)


def test_findings_are_counted_by_person(rows: list[ClassRow]) -> None:
    """The commonest comes first."""
    assert findings_of(rows) == [("bias-not-scaled", 2), ("forward-clamped-to-4-bits", 1)]


def test_the_scatter_has_a_point_for_each_final_grade(rows: list[ClassRow]) -> None:
    """Accuracy at the last stage of the student's own, beside the score."""
    stage, points = accuracies_of(rows[:3])

    assert stage == "activations"
    assert points == [(80.0, 100.0), (48.0, 60.0), (64.0, 80.0)]


def test_who_needs_a_person_is_listed(rows: list[ClassRow]) -> None:
    """Pending, refused and unclear ones wait; who handed nothing in does not."""
    assert [row.submitted.key for row in waiting_of(rows)] == [
        "108062004",
        "lee_4712",
        "108062005",
    ]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Who needs a person"), ("zh_TW", "需要人工處理")]
)
def test_page_and_pdf_say_the_same_in_both_languages(
    rows: list[ClassRow], language: str, words: str
) -> None:
    """Both hold the sections and the people; no name is markup."""
    document = class_document(rows, edition=EDITION, language=language)
    page = page_of(document)
    printed = "".join(
        one.extract_text() for one in pypdf.PdfReader(io.BytesIO(pdf_of(document))).pages
    )

    assert words in page
    assert words in printed
    assert "lee_4712" in page
    assert "<b>O" not in page
    assert page.count('role="img"') == 2  # the scores, and the accuracies beside them


def test_a_class_without_a_grade_has_an_overview(tmp_path: Path) -> None:
    """Where nobody has a score, the document says so instead of dividing by nothing."""
    written, notes = write_overview(
        tmp_path, [row_of("1", state=REFUSED)], edition=EDITION, language="en"
    )

    assert [path.name for path in written] == ["class.html", "class.pdf"]
    assert not notes
    assert "Nobody has a score yet." in (tmp_path / "class.html").read_text("utf-8")
