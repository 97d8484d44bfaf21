"""A report in several hands is found however it was saved; what the course gave is not."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from grader.similarity.reports.handed import HandedReport
from grader.similarity.reports.reader import ReportReader
from grader.similarity.reports.shared import (
    NONE,
    Comparable,
    SharedReport,
    comparable,
    features_of,
    find_shared,
)
from tests.similarity.reports import pdfs

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def reader() -> Iterator[ReportReader]:
    with ReportReader() as opened:
        yield opened


@pytest.fixture(scope="module")
def others(reader: ReportReader) -> list[Comparable]:
    """Return reports of ten students who answered the same sheet, each for themselves."""
    return prepared(reader, {f"s{at}": pdfs.report(pdfs.page(at)) for at in range(10)})


def prepared(
    reader: ReportReader, files: Mapping[str, bytes], left_out: frozenset[int] = NONE
) -> list[Comparable]:
    return [comparable(name, reader.read(name, data), left_out) for name, data in files.items()]


def names(found: list[SharedReport]) -> list[set[str]]:
    return [set(one.names) for one in found]


def test_reports_on_one_template_are_not_alike(others: list[Comparable]) -> None:
    """Cover, questions and figure of the sheet in everybody's report are nobody's copying."""
    assert find_shared(others) == []


def test_one_file_in_several_hands_is_told_once(
    reader: ReportReader, others: list[Comparable]
) -> None:
    """Three people with the same bytes are one finding, not three pairs."""
    copies = prepared(reader, {f"copy{at}": pdfs.report(pdfs.page(3)) for at in range(2)})
    (found,) = find_shared([*others, *copies])

    assert set(found.names) == {"s3", "copy0", "copy1"}
    assert found.is_same_file


def test_saving_anew_with_other_metadata_hides_nothing(
    reader: ReportReader, others: list[Comparable]
) -> None:
    """The same text and pictures in other bytes are told as the same content."""
    copied = pdfs.saved_anew(pdfs.report(pdfs.page(3)), Author="somebody", Producer="another")
    (found,) = find_shared([*others, *prepared(reader, {"copy": copied})])

    assert set(found.names) == {"s3", "copy"}
    assert not found.is_same_file
    assert found.overlap == 1.0


def test_another_cover_and_a_page_more_hide_nothing(
    reader: ReportReader, others: list[Comparable]
) -> None:
    """A copy with a cover of its own, and a page that was added, is found, with its picture."""
    added = (
        pdfs.page(3) + '<div style="page-break-before: always"></div>' + pdfs.page(70, words=60)
    )
    changed = pdfs.report(added, cover="An entirely different first page")
    (found,) = find_shared([*others, *prepared(reader, {"copy": changed})])

    assert set(found.names) == {"s3", "copy"}
    assert 0.6 <= found.overlap < 1.0
    assert found.images == 1


def test_a_report_of_scans_is_compared_by_its_pictures(
    reader: ReportReader, others: list[Comparable]
) -> None:
    """Two who hand in the same scanned pages are found, others with scans are not."""
    scans = {"a": pdfs.scanned(1), "b": pdfs.saved_anew(pdfs.scanned(1)), "c": pdfs.scanned(2)}
    found = find_shared([*others, *prepared(reader, scans)])

    assert names(found) == [{"a", "b"}]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_printing_again_hides_nothing(
    reader: ReportReader, others: list[Comparable], tmp_path: Path
) -> None:
    """What another program typeset anew, in other lines on other pages, is found by its words."""
    printed = tmp_path / "printed.pdf"
    source = tmp_path / "report.html"
    source.write_text(f"<body style='width: 9cm; font: 17px serif'>{pdfs.page(3)}</body>")
    subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            f"--print-to-pdf={printed}",
            source.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    (found,) = find_shared([*others, *prepared(reader, {"copy": printed.read_bytes()})])

    assert set(found.names) == {"s3", "copy"}


def test_two_alone_with_one_template_are_not_alike(reader: ReportReader) -> None:
    """In a class of two, what both have from the sheet is less than what each wrote."""
    both = {name: pdfs.report(pdfs.page(at)) for at, name in enumerate("ab")}

    assert find_shared(prepared(reader, both)) == []


def test_the_handout_is_left_out_where_it_is_named(reader: ReportReader) -> None:
    """Two who wrote little beside the sheet are no pair once the sheet is known."""
    both = {name: pdfs.report(pdfs.page(at, words=40, figures=0)) for at, name in enumerate("ab")}
    handout = features_of([reader.read("sheet", pdfs.report("", cover="Homework 1"))])

    assert names(find_shared(prepared(reader, both))) == [{"a", "b"}]
    assert find_shared(prepared(reader, both, handout)) == []


def test_earlier_years_are_compared_with_this_one_alone(
    reader: ReportReader, others: list[Comparable]
) -> None:
    """A copy of last year's report is found; last year's are not compared with each other."""
    last_year = prepared(
        reader,
        {
            "2020: a": pdfs.report(pdfs.page(50)),
            "2020: b": pdfs.report(pdfs.page(51)),
            "2020: c": pdfs.report(pdfs.page(51), cover="c"),
        },
    )
    copied = prepared(reader, {"copy": pdfs.report(pdfs.page(50), cover="mine")})

    assert names(find_shared([*others, *copied], last_year)) == [{"copy", "2020: a"}]


@pytest.mark.long
def test_a_large_class_is_compared_in_seconds() -> None:
    """800 reports of 3,000 words, half of them the sheet's, take under 30 s of the processor."""
    import time

    rng = random.Random(0)
    sheet = [f"w{rng.randrange(3000)}" for _ in range(1500)]
    reports = []
    for at in range(800):
        own = [f"w{rng.randrange(3000)}" for _ in range(1500)]
        text = " ".join([*sheet, *own])
        reports.append(comparable(f"s{at}", HandedReport(sha256=str(at), pages=(text,)), NONE))
    begun = time.process_time()

    assert find_shared(reports) == []
    assert time.process_time() - begun < 30
