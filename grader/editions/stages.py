"""The stages of a grading in their order, as an edition's files have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from grader.editions.loader import Edition
from grader.editions.schema import Localized, Rung

ACCURACY: Mapping[str, str] = {"plain": "Accuracy", "biased": "Accuracy with bias"}
"""What the judging of a network's rungs is called, by the network."""

DIAGNOSIS = "Diagnosis"


def stages_of(edition: Edition) -> dict[str, Localized | None]:
    """Return the stages' names in the order of the edition's tasks; those of tasks have titles."""
    titles = {task.id: task.title for task in edition.file.tasks}
    stages: dict[str, Localized | None] = {}
    for step in steps(edition, titles):
        if isinstance(step, str):
            stages[str(titles[step])] = titles[step]
        else:
            stages[ACCURACY[step[0].network]] = None
    return stages | {DIAGNOSIS: None}


def steps(edition: Edition, tasks: Iterable[str]) -> Iterator[str | list[Rung]]:
    """Yield each task's id, and the rungs of a network after the last task that they use."""
    waiting = _rungs_by_network(edition)
    judged: set[str] = set()
    for task in tasks:
        yield task
        judged.add(task)
        for network, rungs in [*waiting.items()]:
            if {used for rung in rungs for used in rung.uses} <= judged:
                yield waiting.pop(network)


def _rungs_by_network(edition: Edition) -> dict[str, list[Rung]]:
    rungs: dict[str, list[Rung]] = {}
    for rung in edition.file.ladder:
        rungs.setdefault(rung.network, []).append(rung)
    return rungs
