"""Paths -> Submission: the whole of intake's reading, in order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from grader.errors import SubmissionError
from grader.intake.candidates import Candidates, choose
from grader.intake.decoding import decode_script, refuse_other_formats
from grader.intake.files import Entry, collect
from grader.intake.model import (
    Cell,
    IntakeLimits,
    Problem,
    ProblemKind,
    SourceFile,
    Submission,
)
from grader.intake.notebook import looks_like_notebook, read_notebook
from grader.reasons import Reason

_DEFAULT_LIMITS = IntakeLimits()


def read_submission(
    paths: Sequence[Path],
    *,
    code_patterns: Sequence[str],
    id_pattern: str,
    student_id: str | None = None,
    limits: IntakeLimits = _DEFAULT_LIMITS,
) -> Submission:
    """
    Return the submission in *paths*: notebooks, scripts, folders or zip archives of one student.

    *code_patterns* are the edition's names of the code file, best first, in which
    ``{student_id}`` and ``*`` stand for anything; any single notebook, else any single script,
    will do instead. *id_pattern* is a regular expression with a group ``id`` for a file's name
    without its extension; *student_id* overrides what the names say.

    Raises SubmissionError, which says what was found and what to hand in instead.

    """
    chosen = choose(
        collect(paths, limits),
        code_patterns=code_patterns,
        id_pattern=id_pattern,
        student_id=student_id,
        other_names=[path.name for path in paths],
    )
    data = chosen.code.load()
    cells = _read_code(chosen.code, data, limits)
    report, problems = _read_report(chosen, limits.total_bytes - len(data))
    files = (_source_file(chosen.code, data), *([report] if report else []))
    return Submission(
        student_id=chosen.student_id,
        files=files,
        cells=cells,
        report_pdf=report,
        problems=(*chosen.problems, *problems),
    )


def _read_code(entry: Entry, data: bytes, limits: IntakeLimits) -> tuple[Cell, ...]:
    name = entry.base_name
    refuse_other_formats(name, data)
    if entry.suffix == ".py" and not looks_like_notebook(data):
        cells: tuple[Cell, ...] = (_script(name, data),)
    else:
        cells = read_notebook(name, data, limits)
    characters = sum(len(cell.source) for cell in cells)
    if characters > limits.code_characters:
        reason = Reason.of(
            "code.too-long", file=name, count=characters, most=limits.code_characters
        )
        raise SubmissionError(reason)
    if not any(cell.source.strip() for cell in cells):
        raise SubmissionError(Reason.of("code.empty", file=name))
    return cells


def _script(name: str, data: bytes) -> Cell:
    return Cell(file=name, number=None, index=1, source=decode_script(name, data))


def _read_report(chosen: Candidates, room: int) -> tuple[SourceFile | None, tuple[Problem, ...]]:
    """Return the report beside the code; one that cannot be read is a problem, never an error."""
    if chosen.report is None:
        return None, ()
    try:
        data = chosen.report.load()
    except SubmissionError as error:
        return None, (_ignored(error.reason),)
    if b"%PDF" not in data[:1024]:
        return None, (_ignored(Reason.of("report.not-pdf", file=chosen.report.name)),)
    if len(data) > room:
        return None, (_ignored(Reason.of("report.too-large", file=chosen.report.name)),)
    return _source_file(chosen.report, data), ()


def _ignored(reason: Reason) -> Problem:
    return Problem(kind=ProblemKind.IGNORED_FILE, message=str(reason))


def _source_file(entry: Entry, data: bytes) -> SourceFile:
    digest = hashlib.sha256(data).hexdigest()
    return SourceFile(name=entry.base_name, sha256=digest, size_bytes=len(data))
