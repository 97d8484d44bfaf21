"""
Scales by another convention than the sheet's: one misconception, which is to cost once.

Where some scales, or all, come the wrong way up, and every function, the forward pass and the bias
that meet them take them so, all is right by the other convention. The task that returns the first
of them pays for it, but for an edition whose sheet can be read either way: there each submission
has its own. So it is with multipliers that are handed on as whole numbers of 2^-16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from grader.editions.loader import Edition
from grader.editions.notation import SCALES, in_fixed_point, turned_over
from grader.model import CheckResult, Outcome
from grader.tasks.conduct import is_upside_down
from grader.tasks.kinds import begin
from grader.tasks.run import ReturnedScale, Run

_UNLOST = (Outcome.PASSED, Outcome.PENDING)


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The edition as a submission reads it, and the roles whose scales it writes otherwise."""

    edition: Edition
    roles: frozenset[str]
    is_reversed: bool = True  # they are the wrong way up


def other_convention(run: Run) -> Convention | None:
    """Return the convention by which scales may be right that are not by the sheet's."""
    roles = _reversed_roles(run)
    if roles:
        return Convention(edition=turned_over(run.edition, roles), roles=roles)
    bits = run.edition.scheme.fraction_bits
    if bits is None or run.faults:
        return None
    roles = frozenset(role for role, scale, seen in _seen(run) if scale.is_whole(seen, bits))
    if not roles:
        return None
    return Convention(edition=in_fixed_point(run.edition, bits), roles=roles, is_reversed=False)


def _reversed_roles(run: Run) -> frozenset[str]:
    """
    Return the roles whose scales are the wrong way up, all where either way may be.

    Empty where there are none, or where what is upside down could not be told to the functions
    that take a list of scales, of which one turned over alone is no edition's.
    """
    scale = _told(run)
    if run.faults or scale is None:
        return frozenset()
    roles = frozenset(_upside_down(run))
    if _takes_either(run):  # one that is tells that the rest may be right so
        return frozenset(SCALES) if roles or scale.outcome is Outcome.FAILED else frozenset()
    lists = (binding.items for task in run.edition.file.tasks for binding in task.arguments)
    torn = (items for items in lists if {*items} & roles and not {*items} <= roles)
    return frozenset() if any(torn) else roles


def _upside_down(run: Run) -> Iterator[str]:
    for role, scale, seen in _seen(run):
        if is_upside_down(scale.growth(seen)):
            yield role


def _seen(run: Run) -> Iterator[tuple[str, ReturnedScale[Any], Any]]:
    """Yield each role whose scales were returned, of tasks whose every answer is of use."""
    for task in run.tasks.values():
        if task.seen is None or not all(answer.usable for answer in task.answers()):
            continue
        for role, scale in task.kind.scales.items():
            yield role, scale, task.seen


def _told(run: Run) -> CheckResult | None:
    """Return the result that fails on a scale the other way up, None where none is known."""
    checks = (task.kind.scale_check for task in run.tasks.values())
    found = (run.results.get(check.id) for check in checks if check is not None)
    return next((result for result in found if result is not None), None)


def _takes_either(run: Run) -> bool:
    return run.edition.file.direction == "either"


def started_again(run: Run, convention: Convention) -> Run:
    """Return a run in which nothing is known yet, for the edition as the submission reads it."""
    student = replace(run.student, edition=convention.edition)
    return begin(convention.edition, run.baseline, student, run.seed, run.artifacts)


def settled(run: Run, again: Run, convention: Convention) -> Run:
    """
    Return *again*, the run by the other convention, where by that all is right that meets it.

    The results of the task that returns the first such scale stay those of *run*: there the
    direction costs its points. Tasks that never meet one may have mistakes of their own. Where an
    edition takes either, it is the run by which more is right, and costs nothing.
    """
    roles = convention.roles
    if convention.is_reversed and _takes_either(run):
        return max(run, _remarked(again), key=_passed)
    meet = [task for task in again.tasks.values() if roles & (task.takes | task.gives)]
    found = (result for task in meet for result in again.results_of(task.id))
    if any(result.outcome not in _UNLOST for result in found):
        return run
    paying = paying_task(again, roles)
    results = again.results | {result.check: result for result in run.results_of(paying)}
    if convention.is_reversed:
        return replace(again, results=results, reversed_roles=roles)
    tasks = {**again.tasks, paying: run.tasks[paying]}  # explained by what was seen at first
    return replace(again, results=results, tasks=tasks)


def paying_task(run: Run, roles: frozenset[str]) -> str:
    """Return the id of the first task that returns a scale of *roles*."""
    return next(
        task.id for task in run.tasks.values() if roles & {b.role for b in task.spec.returns}
    )


def _passed(run: Run) -> int:
    return sum(result.outcome is Outcome.PASSED for result in run.results.values())


def _remarked(run: Run) -> Run:
    """Return a run with the remark that its scales are the other way up than the sheet's."""
    scale = _told(run)
    if scale is None:
        return run
    said = replace(scale, remarks=(*scale.remarks, "scales-either-way"))
    return replace(run, results={**run.results, said.check: said})
