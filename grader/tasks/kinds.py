"""Every kind of task that there is, found by its folder; and a run's tasks in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from grader import tasks
from grader.baseline.networks import Baseline
from grader.border.student import Student
from grader.editions.loader import Edition
from grader.errors import EditionError
from grader.intake.model import Artifact
from grader.tasks.run import Run, TaskKind, TaskRun


@cache
def kinds() -> Mapping[str, TaskKind[Any]]:
    """Return every kind of task by its name: the ``KIND`` of each folder's ``kind`` module."""
    rooms = (f"{tasks.__name__}.{m.name}" for m in iter_modules(tasks.__path__) if m.ispkg)
    found = (import_module(f"{room}.kind").KIND for room in rooms if find_spec(f"{room}.kind"))
    return {kind.name: kind for kind in found}


def begin(
    edition: Edition,
    baseline: Baseline,
    student: Student,
    seed: int,
    artifacts: Mapping[str, Artifact] | None = None,
) -> Run:
    """Return a run in which nothing is known yet but the files handed in, by task."""
    return Run(
        edition=edition,
        baseline=baseline,
        student=student,
        seed=seed,
        tasks=planned(edition),
        artifacts=artifacts or {},
    )


def planned(edition: Edition) -> dict[str, TaskRun[Any]]:
    """
    Return the edition's tasks by id in the order of their work.

    A task comes after those that give what it takes; among others the edition's order holds.
    Raise EditionError for a kind that there is not, for a task with another id than its checks
    name, where tasks wait for each other, or where the rubric names a check that does not apply.
    """
    every = {task.id: task for task in _tasks(edition)}
    _require_owed(edition, every.values())
    before = {
        task.id: [other.id for other in every.values() if other.gives & task.takes]
        for task in every.values()
    }
    sorter = TopologicalSorter(before)
    try:
        sorter.prepare()
    except CycleError as error:
        msg = f"{edition.id}/edition.toml: tasks wait for each other: {' > '.join(error.args[1])}"
        raise EditionError(msg) from None
    return {name: every[name] for name in _in_order(sorter, [*every])}


def _tasks(edition: Edition) -> Iterator[TaskRun[Any]]:
    for spec in edition.file.tasks:
        kind = kinds().get(spec.kind)
        if kind is None:
            known = ", ".join(sorted(kinds()))
            msg = (
                f"{edition.id}/edition.toml: task {spec.id!r} is of kind {spec.kind!r}, which is"
                f" not one of {known}"
            )
            raise EditionError(msg)
        yield TaskRun(spec=spec, kind=kind)


def _require_owed(edition: Edition, every: Iterable[TaskRun[Any]]) -> None:
    for task in every:
        named = {check.task for check in task.kind.checks}
        if named != {task.id}:
            msg = (
                f"{edition.id}/edition.toml: task {task.id!r} is of kind {task.kind.name!r}, whose"
                f" checks are of a task {', '.join(map(repr, sorted(named)))}: give it that id"
            )
            raise EditionError(msg)
        owed = {check.id for check in task.checks}
        for check in (check for check in task.kind.checks if check.id not in owed):
            for criterion in edition.rubric.criteria:
                if check.id in (*criterion.checks, *criterion.rests_on):
                    msg = (
                        f"{edition.id}/rubric.toml: criterion {criterion.id!r} names the check"
                        f" {check.id!r}, but no {check.role.replace('_', ' ')} is handed to the"
                        f" {task.id} task or returned by it: leave the check out"
                    )
                    raise EditionError(msg)


def _in_order(sorter: TopologicalSorter[str], listed: list[str]) -> Iterator[str]:
    ready: set[str] = set()
    while sorter.is_active():
        ready |= {*sorter.get_ready()}
        first = min(ready, key=listed.index)
        ready.remove(first)
        sorter.done(first)
        yield first
