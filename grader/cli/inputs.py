"""What was handed in, read from the files that a command was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader import grading
from grader.editions.loader import Edition, load_edition
from grader.errors import SubmissionError


def read_files(
    edition: str | None, files: Sequence[Path], *, student_id: str | None = None, language: str
) -> tuple[Edition, grading.Prepared]:
    """
    Return the edition named, or else the one that the files were written for, and the files.

    Raise SubmissionError, in *language*, for what cannot be graded.
    """
    with told_in(language):
        if edition is None:
            return grading.read_for_its_edition(files, student_id=student_id)
        chosen = load_edition(edition)
        return chosen, grading.read(chosen, files, student_id=student_id)


@contextmanager
def told_in(language: str) -> Iterator[None]:
    """Raise a SubmissionError with its reason in *language*."""
    try:
        yield
    except SubmissionError as error:
        raise SubmissionError(error.reason, language) from None
