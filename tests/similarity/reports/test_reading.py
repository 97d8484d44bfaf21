"""A PDF is read without trust: whatever it holds costs that PDF alone, and is said."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from grader.similarity.reports.handed import handed_report
from grader.similarity.reports.reader import ReportReader
from tests.similarity.reports import pdfs


@pytest.fixture(scope="module")
def reader() -> Iterator[ReportReader]:
    with ReportReader() as opened:
        yield opened


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pdfs.locked(pdfs.report(pdfs.page(1))), "is locked with a password"),
        (b"%PDF-1.7\nnothing of the kind", "is damaged or no PDF"),
        (pdfs.report(pdfs.page(1))[:4000], "is damaged or no PDF"),
        (b"", "is damaged or no PDF"),
        (pdfs.report("", template="", cover=""), "holds next to no text"),
    ],
)
def test_what_cannot_be_read_is_said(reader: ReportReader, data: bytes, said: str) -> None:
    """A locked, damaged or empty PDF has its own sentence, and the next one is read."""
    problem = reader.read("hw1.pdf", data).told_problem

    assert problem is not None
    assert said in str(problem)
    assert reader.read("hw1.pdf", pdfs.report(pdfs.page(1))).told_problem is None


@pytest.mark.parametrize(
    "answer",
    [
        {"pages": "text", "metadata": [1], "problem": 7},
        {"pages": [["a"]], "images": {}, "scans": None, "metadata": {"Creator": {}}},
        {"problem": "no such code"},
    ],
)
def test_whatever_the_process_says_is_a_report(answer: dict[str, object]) -> None:
    """What a PDF made the process that read it say breaks nothing."""
    read = handed_report("hw1.pdf", b"", answer)

    assert read.pages == read.images == read.scans == ()
    assert read.metadata == {}
    assert read.told_problem is not None


@pytest.mark.long
def test_a_bomb_is_bounded(reader: ReportReader) -> None:
    """A small file that unpacks to gigabytes ends within its time, and the next one is read."""
    data, begun = pdfs.bomb(), time.monotonic()
    read = reader.read("hw1.pdf", data)

    assert len(data) < 1_000_000
    assert read.told_problem is not None
    assert time.monotonic() - begun < 120
    assert reader.read("hw1.pdf", pdfs.report(pdfs.page(1))).pages


def test_a_reader_that_was_killed_is_started_again(reader: ReportReader) -> None:
    """Whatever ends the process that reads costs no other report."""
    reader.read("hw1.pdf", pdfs.report(pdfs.page(1)))
    assert reader._process is not None
    reader._process.kill()
    reader._process.wait()
    lost = reader.read("hw1.pdf", pdfs.report(pdfs.page(2)))

    assert lost.problem == "too-much"
    assert reader.read("hw1.pdf", pdfs.report(pdfs.page(3))).pages
