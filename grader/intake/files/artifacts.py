"""Files that are part of the work and no code: an archive of numbers, say. None is ever run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.intake.files.candidates import named_as, newest_first
from grader.intake.files.entries import Entry

Patterns = Mapping[str, Sequence[str]]
"""By the task's id: the names under which its file is handed in."""


def is_artifact(name: str, patterns: Patterns) -> bool:
    """Return whether a file's name is one of those that some task asks for."""
    return any(named_as(name, names) for names in patterns.values())


def artifacts_among(entries: Sequence[Entry], patterns: Patterns) -> dict[str, list[Entry]]:
    """Return each task's files by the task's id, the one that counts first."""
    found = {
        task: [entry for entry in entries if named_as(entry.base_name, names)]
        for task, names in patterns.items()
    }
    return {task: newest_first(copies) for task, copies in found.items() if copies}
