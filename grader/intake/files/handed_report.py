"""The report of a submission by itself: its bytes, whether or not there is code beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.errors import SubmissionError
from grader.intake.files.artifacts import Patterns, is_artifact
from grader.intake.files.candidates import report_among
from grader.intake.files.entries import collect
from grader.intake.files.file_names import CODE_SUFFIXES, stem_of
from grader.intake.model import IntakeLimits

_DEFAULT_LIMITS = IntakeLimits()


def handed_report_file(
    paths: Sequence[Path],
    *,
    artifact_patterns: Patterns | None = None,
    limits: IntakeLimits = _DEFAULT_LIMITS,
) -> tuple[str, bytes] | None:
    """Return the name and bytes of the report in *paths*, None where none can be read."""
    patterns = artifact_patterns or {}
    try:
        entries = collect(paths, limits, sealed=lambda name: is_artifact(name, patterns))
        code = [entry for entry in entries if entry.suffix in CODE_SUFFIXES]
        found = report_among(entries, {stem_of(entry.base_name).lower() for entry in code})
        return None if found is None else (found.base_name, found.load())
    except SubmissionError:
        return None
