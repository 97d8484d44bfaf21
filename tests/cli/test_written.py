"""Which documents a check leaves, and that none of them can cost a score."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli.commands import check
from grader.model import Outcome
from report_templates import render
from tests.results.file.test_results import grade_of, score

GRADE = grade_of(score(Outcome.PASSED, 5.0))


def written(out: Path, *, kind: str, pdf: bool = False, html: bool = True) -> list[str]:
    return check._write(GRADE, out, kind=kind, pdf=pdf, html=html, exports=(), language="en")


@pytest.mark.parametrize(
    ("kind", "says", "says_not"),
    [("report", "Report", "Feedback"), ("feedback", "Feedback", "Report")],
)
def test_a_page_is_of_the_kind_that_was_asked_for(
    kind: str, says: str, says_not: str, tmp_path: Path
) -> None:
    """Leaving out the PDF does not change what the page is."""
    assert written(tmp_path, kind=kind) == ["hw1_1.json", "hw1_1.html"]

    title = (tmp_path / "hw1_1.html").read_text("utf-8").partition("</title>")[0]
    assert says.lower() in title.lower()
    assert says_not.lower() not in title.lower()


@pytest.mark.parametrize("maker", ["render_html", "pdf_bytes"])
def test_a_document_that_fails_is_a_line(
    maker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The results are written and told of, whatever goes wrong with a document."""

    def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError("one over nothing")

    monkeypatch.setattr(render, maker, broken)

    first, *lines = written(
        tmp_path, kind="both", html=maker == "render_html", pdf=maker == "pdf_bytes"
    )

    assert first == "hw1_1.json"
    assert lines
    assert all(
        "through a fault of ours: ZeroDivisionError: one over nothing" in line for line in lines
    )
    assert [path.name for path in tmp_path.iterdir()] == ["hw1_1.json"]


def test_both_documents_are_written_in_both_forms(tmp_path: Path) -> None:
    """The report has the plain name, as page and as PDF."""
    names = written(tmp_path, kind="both", pdf=True)

    assert names == [
        "hw1_1.json",
        "hw1_1.html",
        "hw1_1-feedback.html",
        "hw1_1.pdf",
        "hw1_1-feedback.pdf",
    ]
    assert {path.name for path in tmp_path.iterdir()} == {*names}
