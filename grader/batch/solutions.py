"""The code of a class's submissions, in the form in which it is compared."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from grader import grading
from grader.batch.engine import named_folders
from grader.batch.sources.submitted import Submitted
from grader.batch.staging import stage, staged_paths
from grader.editions.loader import load_edition
from grader.errors import SubmissionError
from grader.similarity.solutions import Solution, solution_of

FEW = 30  # so many are read here before other processes would be ready


@dataclass(kw_only=True)
class ClassCode:
    """What could be read of a class: its solutions, and whose code could not."""

    solutions: list[Solution] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read_class(
    submitted: Sequence[Submitted],
    edition: str,
    *,
    workers: int = 1,
    year: str = "",
    on_read: Callable[[], None] = lambda: None,
) -> ClassCode:
    """
    Return the code of each submission, called by its key, with *year* in front where that is told.

    *workers* processes read it; *on_read* is called after each.
    """
    code = ClassCode()
    with tempfile.TemporaryDirectory(prefix="grader-similarity-") as work:
        staged = [*_staged(submitted, Path(work), year)]
        with _map(workers if len(staged) > FEW else 1) as each:
            found = each(partial(_read, edition), staged)
            for one, solution in zip(staged, found, strict=True):
                on_read()
                if solution is None:
                    code.unread.append(one.called)
                else:
                    code.solutions.append(solution)
    return code


@dataclass(frozen=True, kw_only=True)
class _Staged:
    """What a submission is called, whose it is, and the folder of its files if there are any."""

    called: str
    owner: str
    folder: Path | None


def _staged(submitted: Sequence[Submitted], work: Path, year: str) -> Iterator[_Staged]:
    """Write each submission's files below *work*."""
    for one, name in named_folders(submitted):
        called = f"{year}: {one.key}" if year else one.key
        owner = called if year else one.student_id or one.key
        folder = work / name if one.files else None
        try:
            stage(one, work / name)
        except SubmissionError:
            folder = None
        yield _Staged(called=called, owner=owner, folder=folder)


def _read(edition: str, staged: _Staged) -> Solution | None:
    """Return a submission's code, None where there is none that can be read."""
    if staged.folder is None:
        return None
    try:
        prepared = grading.read(load_edition(edition), staged_paths(staged.folder))
    except SubmissionError:
        return None
    return solution_of(staged.called, prepared.program, staged.owner)


_Reading = Callable[[_Staged], Solution | None]
_Map = Callable[[_Reading, Sequence[_Staged]], Iterator[Solution | None]]


@contextmanager
def _map(workers: int) -> Iterator[_Map]:
    """Give a ``map`` that runs here or in processes of its own."""
    if workers <= 1:
        yield map
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield partial(pool.map, chunksize=4)
