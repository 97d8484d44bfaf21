"""A document of this grader that comes back as a report is told, with whom it was made for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from grader.results.reading import read

from grader.similarity.reports.generated import find_generated, told_generated
from grader.similarity.reports.handed import HandedReport
from grader.similarity.reports.reader import ReportReader
from report_templates.recognition import our_documents
from report_templates.render import pdf_bytes
from tests.report_templates.full_examples import full
from tests.similarity.reports import pdfs

STUDENT = "108062001"


@pytest.fixture(scope="module")
def reader() -> Iterator[ReportReader]:
    with ReportReader() as opened:
        yield opened


@pytest.fixture(scope="module", params=["feedback-en", "report-zh_TW"])
def document(request: pytest.FixtureRequest) -> bytes:
    kind, language = request.param.split("-")
    results = full()
    results["extra_data"]["student_id"] = STUDENT
    return pdf_bytes(read(results), kind=kind, language=language)


def told(report: HandedReport, handed_in_by: str) -> str:
    found = find_generated(report, our_documents())
    return "" if found is None else str(told_generated(found, report.file, handed_in_by))


def test_it_is_told_by_metadata_and_text(reader: ReportReader, document: bytes) -> None:
    """Handed in as it is, it says that it was made here, for whom, and whether that is another."""
    opened = reader.read("hw1.pdf", document)

    assert told(opened, "108062777") == (
        f"hw1.pdf was made by this grader for another student, {STUDENT}"
        " (seen by its metadata and text)"
    )
    assert f"for {STUDENT}, who handed it in" in told(opened, STUDENT)


def test_stripping_the_metadata_hides_nothing(reader: ReportReader, document: bytes) -> None:
    """Without metadata, the text tells whose it is."""
    stripped = pdfs.saved_anew(document, Author="108062777", Creator="Word")

    assert f"for another student, {STUDENT} (seen by its text)" in told(
        reader.read("hw1.pdf", stripped), "108062777"
    )


def test_copied_pages_are_told(reader: ReportReader, document: bytes) -> None:
    """Two pages from its middle among a student's own are enough."""
    copied = pdfs.some_pages(document, 2, 4)

    assert f"for another student, {STUDENT}" in told(reader.read("hw1.pdf", copied), "108062777")


def test_sentences_alone_are_told(reader: ReportReader, document: bytes) -> None:
    """Typed anew, without running heads, the sentences still tell where they are from."""
    heads = [line for line in _lines(reader, document) if STUDENT not in line]
    retyped = HandedReport(file="hw1.pdf", pages=("\n".join(heads),))

    assert told(retyped, "108062777") == (
        "hw1.pdf was made by this grader (seen by its text); for whom cannot be read"
    )


def _lines(reader: ReportReader, document: bytes) -> list[str]:
    return reader.read("hw1.pdf", document).text.splitlines()


@pytest.mark.parametrize(
    "own",
    [
        "CS5120 Homework 1: Post-training quantization (2021) Report 108062001",
        "hw1 Report: 108062001",
        "The grader said: The largest weight becomes the edge of the 8-bit range. I agree.",
    ],
)
def test_a_students_own_report_is_not_ours(reader: ReportReader, own: str) -> None:
    """A title like ours, or a sentence quoted from the feedback, makes no report ours."""
    opened = reader.read("hw1.pdf", pdfs.report(f"<h1>{own}</h1>" + pdfs.page(4)))

    assert told(opened, STUDENT) == ""
