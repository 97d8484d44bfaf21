"""Code and reports of a class's submissions, in the form in which they are compared."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from grader import grading
from grader.batch.engine import named_folders
from grader.batch.sources.submitted import Submitted
from grader.batch.staging import stage, staged_paths
from grader.editions.loader import load_edition
from grader.errors import SubmissionError
from grader.intake.files.handed_report import handed_report_file
from grader.similarity.reports.handed import HandedReport
from grader.similarity.reports.reader import ReportReader
from grader.similarity.reports.words import runs, words_of
from grader.similarity.solutions import Solution, solution_of
from report_templates.recognition import patterns_of

FEW = 30  # so many are read here before other processes would be ready


@dataclass(frozen=True, kw_only=True)
class ReadWork:
    """
    One submission as it is compared: its code and its report, None where none can be read.

    ``sources`` are the runs of words in the code, which a report may list, and ``digests`` those
    of the files that were handed in.
    """

    name: str
    student: str
    solution: Solution | None = None
    report: HandedReport | None = None
    sources: frozenset[int] = frozenset()
    digests: tuple[str, ...] = ()


@dataclass(kw_only=True)
class ClassCode:
    """What could be read of a class: its solutions, and whose code could not; every report."""

    solutions: list[Solution] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    reports: list[ReadWork] = field(default_factory=list)


def read_class(
    submitted: Sequence[Submitted],
    edition: str,
    *,
    workers: int = 1,
    year: str = "",
    on_read: Callable[[], None] = lambda: None,
) -> ClassCode:
    """
    Return code and report of each submission, called by its key.

    *year* stands in front of that where it is told. *workers* processes read it;
    *on_read* is called after each.
    """
    code = ClassCode()
    with tempfile.TemporaryDirectory(prefix="grader-similarity-") as work:
        staged = [*_staged(submitted, Path(work), year)]
        with _map(workers if len(staged) > FEW else 1) as each:
            for one in each(partial(_read, edition), staged):
                on_read()
                if one.solution is None:
                    code.unread.append(one.name)
                else:
                    code.solutions.append(one.solution)
                if one.report is not None:
                    code.reports.append(one)
    return code


@dataclass(frozen=True, kw_only=True)
class _Staged:
    """What a submission is called, whose it is, and the folder of its files if there are any."""

    name: str
    student: str
    owner: str  # of the code: work of an earlier year is compared with the same student's, too
    folder: Path | None


def _staged(submitted: Sequence[Submitted], work: Path, year: str) -> Iterator[_Staged]:
    """Yield each submission with its files on the disk."""
    for one, name in named_folders(submitted):
        called = f"{year}: {one.key}" if year else one.key
        folder: Path | None = work / name
        try:
            stage(one, work / name)
        except SubmissionError:
            folder = None
        student = one.student_id or one.key
        yield _Staged(
            name=called,
            student=student,
            owner=called if year else student,
            folder=folder if one.files else None,
        )


def _read(edition: str, staged: _Staged) -> ReadWork:
    """Return a submission's code and report, without those that cannot be read."""
    if staged.folder is None:
        return ReadWork(name=staged.name, student=staged.student)
    loaded, paths = load_edition(edition), staged_paths(staged.folder)
    solution, cells = None, ""
    digests: tuple[str, ...] = ()
    try:
        prepared = grading.read(loaded, paths)
    except SubmissionError:
        pass
    else:
        submission = prepared.submission
        solution = solution_of(staged.name, prepared.program, staged.owner)
        cells = "\n".join(cell.source for cell in (*submission.cells, *submission.beside))
        digests = tuple(file.sha256 for file in submission.files)
    file = handed_report_file(paths, artifact_patterns=patterns_of(loaded))
    return ReadWork(
        name=staged.name,
        student=staged.student,
        solution=solution,
        report=None if file is None else _reader().read(*file),
        sources=frozenset(runs(words_of(cells))) if file else frozenset(),
        digests=digests,
    )


@cache
def _reader() -> ReportReader:
    """Return this process's reader of reports, which ends with it."""
    reader = ReportReader()
    atexit.register(reader.close)
    return reader


_Reading = Callable[[_Staged], ReadWork]
_Map = Callable[[_Reading, Sequence[_Staged]], Iterator[ReadWork]]


@contextmanager
def _map(workers: int) -> Iterator[_Map]:
    """Give a ``map`` that runs here or in processes of its own."""
    if workers <= 1:
        yield map
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield partial(pool.map, chunksize=4)
