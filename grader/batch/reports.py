"""The reports of a class beside each other: who holds the same, and which are this grader's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from grader.batch.solutions import ClassCode, ReadWork
from grader.errors import SubmissionError
from grader.intake.model import IntakeLimits
from grader.intake.notebook import read_notebook, read_text_cells
from grader.similarity.reports.generated import find_generated, told_generated
from grader.similarity.reports.handed import HandedReport
from grader.similarity.reports.reader import ReportReader
from grader.similarity.reports.shared import Comparable, comparable, features_of, find_shared
from grader.words.message import Message, message
from report_templates.recognition import our_documents
from report_templates.similarity.reports_view import ReportFindings, Told


def compare_reports(
    code: ClassCode, earlier: Iterable[ClassCode] = (), handout: Sequence[Path] = ()
) -> ReportFindings:
    """
    Return what is to be told of a class's reports.

    What stands in the *handout*, in a student's own code or in our documents says nothing of who
    wrote a report. Raise SubmissionError where a file of the handout cannot be read.
    """
    others = [one for year in earlier for one in year.reports]
    left_out = our_documents().phrases | features_of(read_handout(handout))
    shared = find_shared(
        [_comparable(one, left_out) for one in code.reports],
        [_comparable(one, left_out) for one in others],
    )
    owners = {digest: one.student for one in [*others, *code.reports] for digest in one.digests}
    return ReportFindings(
        compared=len(code.reports) + len(others),
        shared=tuple(shared),
        generated=tuple(_generated(code.reports, owners)),
        unread=tuple(_unread(code.reports)),
        left_out=left_out,
    )


def read_handout(files: Sequence[Path]) -> list[HandedReport]:
    """Return what the course handed out: PDFs and notebooks."""
    found = []
    with ReportReader() as reader:
        for path in files:
            try:
                data = path.read_bytes()
            except OSError as error:
                told = error.strerror or str(error)
                reason = message("path.unreadable", file=str(path), error=told)
                raise SubmissionError(reason) from None
            if path.suffix.lower() == ".ipynb":
                found.append(HandedReport(file=path.name, pages=tuple(_cells(path.name, data))))
                continue
            read = reader.read(path.name, data)
            if not read.pages:
                raise SubmissionError(read.told_problem or message("path.no-file", file=path.name))
            found.append(read)
    return found


def _cells(name: str, data: bytes) -> Iterator[str]:
    limits = IntakeLimits()
    for cell in (*read_text_cells(name, data, limits), *read_notebook(name, data, limits)):
        yield cell.source


def _comparable(one: ReadWork, left_out: frozenset[int]) -> Comparable:
    """Return what of a report counts; of our own documents only that they are the same."""
    assert one.report is not None
    if find_generated(one.report, our_documents()):
        return Comparable(name=one.name, report=one.report, features={})
    return comparable(one.name, one.report, left_out | one.sources)


def _generated(reports: Sequence[ReadWork], owners: dict[str, str]) -> Iterator[Told]:
    """Yield the reports that this grader made; their covers name files, and these their owner."""
    for one in reports:
        assert one.report is not None
        found = find_generated(one.report, our_documents())
        if found is None:
            continue
        if not found.student:
            known = (owners[digest] for digest in found.files if digest in owners)
            found = replace(found, student=next(known, ""))
        yield Told(name=one.name, said=told_generated(found, one.report.file, one.student))


def _unread(reports: Sequence[ReadWork]) -> Iterator[Told]:
    for one in reports:
        assert one.report is not None
        reason: Message | None = one.report.told_problem
        if reason is not None:
            yield Told(name=one.name, said=reason)
