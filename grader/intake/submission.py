"""Paths -> Submission: the whole of intake's reading, in order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError
from grader.intake.files.artifacts import Patterns, artifacts_among, is_artifact
from grader.intake.files.candidates import Candidates, choose, told_copies
from grader.intake.files.decoding import decode_script, refuse_other_formats
from grader.intake.files.encoding_guess import decoded_name
from grader.intake.files.entries import Entry, collect
from grader.intake.model import (
    Artifact,
    Cell,
    IntakeLimits,
    Problem,
    ProblemKind,
    SourceFile,
    Submission,
)
from grader.intake.notebook import looks_like_notebook, read_notebook, read_text_cells
from grader.intake.program.modules import used_scripts
from grader.words.message import Message, message

_MOST_SCRIPTS = 100
_DEFAULT_LIMITS = IntakeLimits()


# long: half of it says what its parameters mean
def read_submission(  # noqa: PLR0913  the files, and how an edition names them
    paths: Sequence[Path],
    *,
    code_patterns: Sequence[str],
    id_pattern: str,
    artifact_patterns: Patterns | None = None,
    student_id: str | None = None,
    limits: IntakeLimits = _DEFAULT_LIMITS,
) -> Submission:
    """
    Return the submission in *paths*: notebooks, scripts, folders or zip archives of one student.

    *code_patterns* are the edition's names of the code file, best first, in which
    ``{student_id}`` and ``*`` stand for anything; any single notebook, else any single script,
    will do instead. *artifact_patterns* are the names of the files that are no code, by the task
    that asks for them. *id_pattern* is a regular expression with a group ``id`` for a file's name
    without its extension; *student_id* overrides what the names say.

    Raises SubmissionError, which says what was found and what to hand in instead.

    """
    patterns = artifact_patterns or {}
    entries = collect(paths, limits, sealed=lambda name: is_artifact(name, patterns))
    chosen = choose(
        [entry for entry in entries if not is_artifact(entry.base_name, patterns)],
        code_patterns=code_patterns,
        id_pattern=id_pattern,
        student_id=student_id,
        other_names=[decoded_name(path.name) for path in paths],
    )
    data = chosen.code.load()
    cells = _read_code(chosen.code, data, limits)
    report, problems = _read_report(chosen, limits.total_bytes - len(data))
    beside, scripts, unread = _read_scripts(chosen, cells, limits)
    artifacts, unreadable = _read_artifacts(artifacts_among(entries, patterns))
    files = (
        _source_file(chosen.code, data),
        *scripts,
        *([report] if report else []),
        *(artifact.file for artifact in artifacts if artifact.problem is None),
    )
    is_notebook = any(cell.number is not None for cell in cells)
    return Submission(
        student_id=chosen.student_id,
        files=files,
        cells=cells,
        beside=beside,
        text_cells=read_text_cells(chosen.code.base_name, data, limits) if is_notebook else (),
        report_pdf=report,
        artifacts=artifacts,
        problems=(*chosen.problems, *problems, *unread, *unreadable),
    )


def _read_artifacts(
    entries: Mapping[str, Sequence[Entry]],
) -> tuple[tuple[Artifact, ...], tuple[Problem, ...]]:
    """Return the tasks' files; one that cannot be read is a problem, never an error."""
    found: list[Artifact] = []
    problems: list[Problem] = []
    for task, copies in entries.items():
        entry, data, unread = copies[0], b"", None
        problems += told_copies(copies)
        try:
            data = entry.load()
        except SubmissionError as error:
            unread = error.reason
            problems.append(_ignored(unread))
        file = _source_file(entry, data)
        found.append(Artifact(task=task, file=file, data=data, problem=unread))
    return tuple(found), tuple(problems)


def _read_scripts(
    chosen: Candidates, cells: Sequence[Cell], limits: IntakeLimits
) -> tuple[tuple[Cell, ...], tuple[SourceFile, ...], tuple[Problem, ...]]:
    """Return the scripts beside the code that it mentions, and those that these mention."""
    waiting = {_path_from(chosen.code, entry): entry for entry in chosen.scripts}
    texts = ["\n".join(cell.source for cell in cells)]
    room = limits.code_characters - len(texts[0])
    found: dict[str, Cell] = {}
    files: list[SourceFile] = []
    problems: list[Problem] = []
    while texts and len(found) < _MOST_SCRIPTS:
        text = texts.pop()
        for path in used_scripts(text, [*waiting]):
            entry = waiting.pop(path)
            try:
                data = entry.load()
                source = decode_script(entry.name, data)
            except SubmissionError as error:
                problems.append(_ignored(error.reason))
                continue
            if len(source) > room:
                reason = message(
                    "code.too-long",
                    file=entry.name,
                    count=len(source),
                    most=limits.code_characters,
                )
                problems.append(_ignored(reason))
                continue
            room -= len(source)
            texts.append(source)
            found[path] = Cell(file=path, number=None, index=1, source=source)
            files.append(_source_file(entry, data))
    return tuple(found.values()), tuple(files), tuple(problems)


def _path_from(code: Entry, script: Entry) -> str:
    """Return a script's path from the code's own folder; one outside keeps its whole path."""
    folder = PurePosixPath(code.name).parent
    path = PurePosixPath(script.name)
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _read_code(entry: Entry, data: bytes, limits: IntakeLimits) -> tuple[Cell, ...]:
    name = entry.base_name
    refuse_other_formats(name, data)
    if ".py" in PurePosixPath(name.lower()).suffixes and not looks_like_notebook(data):
        cells: tuple[Cell, ...] = (_script(name, data),)
    else:
        cells = read_notebook(name, data, limits)
    characters = sum(len(cell.source) for cell in cells)
    if characters > limits.code_characters:
        reason = message("code.too-long", file=name, count=characters, most=limits.code_characters)
        raise SubmissionError(reason)
    if not any(cell.source.strip() for cell in cells):
        raise SubmissionError(message("code.empty", file=name))
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
        return None, (_ignored(message("report.not-pdf", file=chosen.report.name)),)
    if len(data) > room:
        return None, (_ignored(message("report.too-large", file=chosen.report.name)),)
    return _source_file(chosen.report, data), ()


def _ignored(reason: Message) -> Problem:
    return Problem(kind=ProblemKind.IGNORED_FILE, message=reason)


def _source_file(entry: Entry, data: bytes) -> SourceFile:
    digest = hashlib.sha256(data).hexdigest()
    return SourceFile(name=entry.base_name, sha256=digest, size_bytes=len(data))
