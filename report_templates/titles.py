"""What an edition calls things, in the language of a document."""

from __future__ import annotations


def _symbol(edition: EditionFile, role: Role) -> Symbol:
    """Return what the task that scales the outputs calls a scale; any task where none does."""
    tasks = sorted(edition.tasks, key=lambda task: not task.gives(Role.REQUANTIZE_SCALE))
    return Notation(edition=edition, task=tasks[0]).symbol(role)


def _task_titles(edition: Edition) -> dict[str, Localized]:
    """Return what the tasks are called, and the extra challenge where the sheet has one."""
    titles = {task.id: task.title for task in edition.file.tasks}
    challenge = edition.file.challenge
    return titles if challenge is None else titles | {CHALLENGE: challenge.title}
