"""
The findings of a run: hypotheses that reproduce what was observed, put into words.

Only a task that lost something is diagnosed. What kept a function from answering comes first;
values are explained where there are values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grader import direction
from grader.border.conventions import from_step
from grader.diagnosis.catalogue import load_catalogue
from grader.editions.loader import Edition
from grader.editions.notation import SCALES, Notation
from grader.editions.phrasing import phrases
from grader.editions.recognition import recognise
from grader.editions.schema import TaskSpec
from grader.intake.model import Cell, Program
from grader.model import Finding, Outcome
from grader.sandbox.calls.replies import LoadReport
from grader.tasks.hypotheses import reading, source
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.hypotheses.reading import Text
from grader.tasks.run import FailedTask, Run, TaskRun

_LOST = (Outcome.FAILED, Outcome.ERRORED)
_WORDS_SHOWN = 6
_UNSTABLE = "function-not-deterministic"
_OTHER_EDITION = "other-edition"
_ALIKE = "scale-upside-down-throughout"
_GIVES = frozenset(("returns", "runs"))
_DOWN, _CUT = "rounds-down", "fraction-cut-off"
_ONCE = frozenset(("time-used-up", _OTHER_EDITION))  # the tasks after it bear the consequence


def diagnose(
    run: Run,
    program: Program | None = None,
    loaded: LoadReport | None = None,
    *,
    cells: Sequence[Cell] = (),
    text_cells: Sequence[Cell] = (),
) -> tuple[Finding, ...]:
    """
    Return the named mistakes behind a run's lost points, then its remarks.

    *program*, *loaded* and the notebook's *cells* and *text_cells* tell places and names, and
    choose between hypotheses that fit alike; without them a diagnosis is silent where it needs
    them.
    """
    names = frozenset(task.spec.called for task in run.tasks.values() if task.spec.callable)
    other = recognise(run.edition, "\n".join(cell.source for cell in cells))
    text = Text(
        program=program,
        loaded=loaded,
        cells=cells,
        text_cells=text_cells,
        asked=names,
        other=other,
    )
    findings = []
    told: set[str] = set()
    for task in run.tasks.values():
        found = [one for one in _explain(run, task, text) if one.finding not in told & _ONCE]
        told |= {one.finding for one in found}
        findings += [_finding(one, run.asked, task.spec, text) for one in found]
    for task in run.tasks.values():
        found = _remarks(run, task)
        findings += [_finding(one, run.asked, task.spec, text) for one in found]
    return tuple(findings)


def _explain(run: Run, task: TaskRun[Any], text: Text) -> list[Fit]:
    results = {r.check.partition(".")[2]: r.outcome for r in run.results_of(task.id)}
    failed = frozenset(name for name, outcome in results.items() if outcome in _LOST)
    unsure = failed | {name for name, outcome in results.items() if outcome is Outcome.SKIPPED}
    answers = task.answers()
    if failed and text.other is not None:
        words = ", ".join(text.other.words[:_WORDS_SHOWN])
        return [fit(_OTHER_EDITION, edition=run.edition.id, other=text.other.edition, words=words)]
    if not failed or not answers:
        return []
    if run.reversed_roles and task.id == direction.paying_task(run, run.reversed_roles):
        return [_explain_direction(run, task)]
    code = source.find_function(text.program, task.spec.callable)
    lost = FailedTask(
        run=run, task=task.spec, seen=task.seen, failed=failed, unsure=unsure, code=code
    )
    found = reading.explain_error(task.spec, answers, text)
    if found:
        return task.kind.explain_error(lost) or found
    conduct = reading.explain_conduct(answers, failed)
    if any(one.finding == _UNSTABLE for one in conduct):
        return conduct
    values = task.kind.explain(lost)
    if not values and _GIVES & failed:
        values = reading.explain_returns(task.spec, answers)
    if not values and "depends" in failed:
        values = [fit("input-ignored")]
    return [*conduct, *reading.as_stub(task.spec, values, code)]


def _explain_direction(run: Run, task: TaskRun[Any]) -> Fit:
    """Return the first layer's scale as the student returned it, and as the sheet has it."""
    roles, notation = run.reversed_roles, Notation(edition=run.asked.file, task=task.spec)
    role = next(binding.role for binding in task.spec.returns if binding.role in roles)
    place, scale = _returned(run, role)
    shown = {"place": place, "scale": scale, "inverse": 1.0 / scale}
    returned = {b.role for t in run.asked.file.tasks for b in t.returns if b.role in SCALES}
    form = _form_of(run.asked, roles)
    if returned <= roles:
        return replace(fit("scales-all-upside-down", **shown), form=form)
    names = ", ".join(notation.symbol(one).text for one in SCALES if one in roles)
    return replace(fit(_ALIKE, name=notation.symbol(role).text, names=names, **shown), form=form)


def _returned(run: Run, role: str) -> tuple[str, float]:
    """Return the first scale of a role as the student returned it, and what it is of."""
    task = run.giver(role)
    assert task.seen is not None
    place, step = task.kind.scales[role].first(task.seen)
    return place, from_step(step, task.spec.form_of(role))


def _form_of(edition: Edition, roles: frozenset[str]) -> str:
    """Return the form in which an edition's functions return scales of *roles*, else ``mixed``."""
    returned = (binding for task in edition.file.tasks for binding in task.returns)
    first, *others = {binding.form for binding in returned if binding.role in roles}
    return "mixed" if others else first


def _remarks(run: Run, task: TaskRun[Any]) -> list[Fit]:
    """Return what is worth saying of a task that lost nothing, where the numbers show it."""
    results = run.results_of(task.id)
    if any(result.outcome in _LOST for result in results):
        return []
    remarks = sorted({remark for result in results for remark in result.remarks})
    shown = (task.kind.remarks[remark](run, task.seen) for remark in remarks)
    return [one for one in shown if one is not None]


# -- words --------------------------------------------------------------------------------------


def _finding(one: Fit, edition: Edition, task: TaskSpec, text: Text) -> Finding:
    common = {"function": task.called, "question": task.question}
    notation = Notation(
        edition=edition.file,
        task=edition.task(task.id),
        at_first_layer=one.values.get("place") == edition.network.weighted_layers[0].name,
    )
    said = phrases(notation, one.finding, one.values, one.form)
    return Finding(
        id=one.finding,
        task=task.id,
        values={**common, **said, **one.values},
        where=one.where or text.place(task.callable),
        costs_points=load_catalogue().entry(one.finding).costs_points,
    )
