"""
The findings of a run: hypotheses that reproduce what was observed, put into words.

Only a task that lost something is diagnosed. What kept a function from answering comes first;
values are explained where there are values.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.border.answers import Answer
from grader.border.conventions import Floats, from_step
from grader.diagnosis.catalogue import load_catalogue
from grader.editions.recognition import recognise
from grader.editions.schema import Role, TaskId, TaskSpec
from grader.intake.model import Cell, Program
from grader.model import Finding, Outcome
from grader.sandbox.replies import LoadReport
from grader.tasks.accumulator_bias import hypotheses as bias
from grader.tasks.accumulator_bias.checks import template_factor
from grader.tasks.conduct import ROUNDING_TOLERANCE
from grader.tasks.hypotheses import reading, source
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.hypotheses.reading import Text
from grader.tasks.integer_pass import hypotheses as forward
from grader.tasks.integer_pass.checks import fixed_point_places
from grader.tasks.quantized_tensor import hypotheses as weights
from grader.tasks.run import Run
from grader.tasks.scales import hypotheses as scales
from grader.words.message import Value, say
from grader.words.numbers import digits

_LOST = (Outcome.FAILED, Outcome.ERRORED)
_RANGE = frozenset(("range", "rescaling", "sign"))
_FACTORS = frozenset(("weight_factor", "input_factor", "preceding_factors"))
_VALUES = frozenset(("returns", "shape", "integers", "bounds", "scale"))
_WORDS_SHOWN = 6
_UNSTABLE = "function-not-deterministic"
_OTHER_EDITION = "other-edition"
_GIVES = frozenset(("returns", "runs"))
_DOWN, _CUT = "rounds-down", "fraction-cut-off"
_ONCE = frozenset(("time-used-up", _OTHER_EDITION))  # the tasks after it bear the consequence


@dataclass(frozen=True, kw_only=True)
class Ill:
    """A task that lost something: what failed or could not be checked, and the function's code."""

    run: Run
    task: TaskSpec
    failed: frozenset[str]  # "range", "sign", ...
    unsure: frozenset[str]  # failed or not checked
    code: ast.AST | None


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
    names = frozenset(t.callable.rpartition(".")[2] for t in run.edition.file.tasks)
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
    for task in run.edition.file.tasks:
        found = [one for one in _explain(run, task, text) if one.finding not in told & _ONCE]
        told |= {one.finding for one in found}
        findings += [_finding(one, task, text) for one in found]
    for task in run.edition.file.tasks:
        found = _remarks(run, task)
        findings += [_finding(one, task, text) for one in found]
    return tuple(findings)


def answers_of(run: Run, task_id: TaskId) -> tuple[Answer, ...]:
    """Return everything that was answered in a task, in the order of the calls."""
    if task_id is TaskId.FORWARD:
        return () if run.forward is None else (run.forward.trace,)
    families = {
        TaskId.WEIGHTS: run.weights,
        TaskId.INITIAL_INPUT: run.input,
        TaskId.ACTIVATIONS: run.outputs,
        TaskId.BIAS: run.bias,
    }
    family = families[task_id]
    return () if family is None else tuple(family.all)


def _explain(run: Run, task: TaskSpec, text: Text) -> list[Fit]:
    results = {r.check.partition(".")[2]: r.outcome for r in run.results_of(task.id)}
    failed = frozenset(name for name, outcome in results.items() if outcome in _LOST)
    unsure = failed | {name for name, outcome in results.items() if outcome is Outcome.SKIPPED}
    answers = answers_of(run, task.id)
    if failed and text.other is not None:
        words = ", ".join(text.other.words[:_WORDS_SHOWN])
        return [fit(_OTHER_EDITION, edition=run.edition.id, other=text.other.edition, words=words)]
    if not failed or not answers:
        return []
    if run.is_reversed:
        return [_explain_direction(run, task)]
    code = source.find_function(text.program, task.callable)
    ill = Ill(run=run, task=task, failed=failed, unsure=unsure, code=code)
    found = reading.explain_error(task, answers, text)
    if found:
        return _explain_before_error(ill) or found
    conduct = reading.explain_conduct(answers, failed)
    if any(one.finding == _UNSTABLE for one in conduct):
        return conduct
    values = _EXPLAIN[task.id](ill) or _explain_returns(ill, answers)
    if not values and "depends" in failed:
        values = [fit("input-ignored")]
    return [*conduct, *reading.as_stub(task, values, code)]


def _explain_direction(run: Run, task: TaskSpec) -> Fit:
    """Return the first layer's scale as the student returned it, and as the sheet has it."""
    assert run.weights is not None
    place, first = next(iter(run.weights.own.items()))
    scale = from_step(first.step, task.form_of(Role.WEIGHT_SCALE))
    return fit("scales-all-upside-down", place=place, scale=scale, inverse=1.0 / scale)


def _explain_before_error(ill: Ill) -> list[Fit]:
    """Return what explains an error: the values that were seen before it."""
    if ill.task.id is TaskId.FORWARD:
        return _explain_forward(ill)
    if ill.task.id is TaskId.WEIGHTS and ill.run.weights is not None:
        return weights.explain_shape([*ill.run.weights.own.values()])
    return []


def _explain_returns(ill: Ill, answers: Sequence[Answer]) -> list[Fit]:
    return reading.explain_returns(ill.task, answers) if ill.failed & _GIVES else []


# -- one function a task ------------------------------------------------------------------------


def _explain_weights(ill: Ill) -> list[Fit]:
    answers, scheme = ill.run.weights, ill.run.edition.scheme
    assert answers is not None
    if "returns" in ill.failed:
        return weights.explain_per_channel(answers, scheme)
    found = weights.explain_few_bits(answers)
    if not found and ill.failed & _VALUES:
        found = weights.explain_integers(answers, scheme, ill.code)
    if not found and ill.unsure & _RANGE:
        found = weights.explain_range_of_weights(answers, ill.run.edition.rubric.thresholds)
    return found


def _explain_input(ill: Ill) -> list[Fit]:
    answers = ill.run.input
    assert answers is not None
    if "returns" in ill.failed:
        return reading.explain_quantized_values("input", answers.all)
    limits = ill.run.edition.rubric.thresholds
    return scales.explain_input(answers, limits) if ill.failed & _RANGE else []


def _explain_outputs(ill: Ill) -> list[Fit]:
    answers = ill.run.outputs
    assert answers is not None
    if "returns" in ill.failed:
        return reading.explain_quantized_values("activations", answers.all)
    return scales.explain_outputs(
        answers,
        ill.run.edition.rubric.thresholds,
        factors_wrong=bool(ill.failed & _FACTORS),
        range_wrong=bool(ill.failed & _RANGE),
    )


def _explain_forward(ill: Ill) -> list[Fit]:
    answers, chain = ill.run.forward, ill.run.chain
    if answers is None or chain is None:
        return []
    if "depends" in ill.failed and answers.trace.entering:
        return []  # values that are the same for all images tell nothing of scales
    return forward.explain(answers, chain, ill.run.edition.network, ill.code, ill.task.stub.shape)


def _explain_bias(ill: Ill) -> list[Fit]:
    answers = ill.run.bias
    assert answers is not None
    others = [factor for factor in ill.task.stub.factors if factor != 1.0]  # 1: nothing was done
    factor = template_factor(answers.all, others)
    if factor is not None:
        return [fit("template-stub", value=say("value", "stub-bias", number=factor))]
    own = ill.failed - {"unchanged", "repeatable", "accuracy", "depends"}
    return bias.explain(answers) if own and "returns" not in ill.failed else []


_EXPLAIN: Mapping[TaskId, Callable[[Ill], list[Fit]]] = {
    TaskId.WEIGHTS: _explain_weights,
    TaskId.INITIAL_INPUT: _explain_input,
    TaskId.ACTIVATIONS: _explain_outputs,
    TaskId.FORWARD: _explain_forward,
    TaskId.BIAS: _explain_bias,
}


# -- remarks ------------------------------------------------------------------------------------


def _remarks(run: Run, task: TaskSpec) -> list[Fit]:
    """Return what is worth saying of a task that lost nothing, where the numbers show it."""
    results = run.results_of(task.id)
    if any(result.outcome in _LOST for result in results):
        return []
    remarks = {remark for result in results for remark in result.remarks}
    shown: Mapping[str, Callable[[Run, TaskId], dict[str, object] | None]]
    shown = {
        "range-clips": _clipping,
        _DOWN: _truncation,
        "fixed-point-multiplier": _fixed_point,
        "scale-rounded": _rounding,
    }
    told = ((remark, shown[remark](run, task.id)) for remark in sorted(remarks))
    cut = {_DOWN: _CUT} if _cuts_fractions(run, task.id) else {}
    return [fit(cut.get(name, name), **values) for name, values in told if values is not None]


def _clipping(run: Run, task_id: TaskId) -> dict[str, object] | None:
    """Return the tensor whose largest value lands farthest beyond the integers, if one does."""
    levels: dict[Value, float] = {}
    if task_id is TaskId.WEIGHTS and run.weights is not None:
        levels = {a.probe: a.level for a in (*run.weights.own.values(),)}
        biased = run.weights.biased.values()
        levels |= {say("where", "with-bias", layer=a.probe): a.level for a in biased}
    answers = run.input if task_id is TaskId.INITIAL_INPUT else run.outputs
    if task_id is not TaskId.WEIGHTS and answers is not None:
        levels = {a.probe: a.level for a in answers.own.values()}
    place = max(levels, key=lambda name: levels[name])
    beyond = levels[place] > run.edition.scheme.quant_max + 1.5
    return {"place": place, "level": levels[place]} if beyond else None


def _truncation(run: Run, task_id: TaskId) -> dict[str, object] | None:
    """
    Return a value that was rounded down although its fraction is above one half.

    Beyond the edges of the range nothing is rounded: clamping there is right, at either edge.
    """
    edge = run.edition.scheme.quant_max
    for real, actual in _rounded(run, task_id):
        should, found = np.clip((real.reshape(-1), actual.reshape(-1)), -edge, edge)
        error = np.abs(found - should)
        if error.max() > ROUNDING_TOLERANCE:
            return _rounded_down(real.reshape(-1), found, error)
    return None


def _cuts_fractions(run: Run, task_id: TaskId) -> bool:
    """Return whether negative values were rounded towards zero, and not down."""
    for real, actual in _rounded(run, task_id):
        if actual.size != real.size:
            continue
        negative = (real < -1.0) & (real > -run.edition.scheme.quant_max)
        fraction = real[negative] - np.floor(real[negative])
        lost = actual.reshape(real.shape)[negative] - real[negative]
        shows = (fraction > 0.01) & (fraction < 0.4)  # the nearest integer is the one below
        if shows.any():
            return bool(np.mean(lost[shows] > 0.0) > 0.5)
    return False


def _rounded_down(real: Floats, found: Floats, error: Floats) -> dict[str, object]:
    """Return the value that shows best that it was rounded down: its fraction is near 3/4."""
    off = np.where(error > ROUNDING_TOLERANCE, np.abs(error - 0.75), np.inf)
    best = int(off.argmin())
    value = float(real[best])
    texts = (f"{value:.{places}f}" for places in range(2, 12))
    shown = next((text for text in texts if not float(text).is_integer()), digits(value))
    actual = float(found[best])
    return {"real": shown, "actual": actual, "nearest": float(np.rint(value))}


def _rounding(run: Run, task_id: TaskId) -> dict[str, object] | None:
    answers = run.input if task_id is TaskId.INITIAL_INPUT else run.outputs
    return None if answers is None else scales.show_rounding(answers)


def _fixed_point(run: Run, _task_id: TaskId) -> dict[str, object] | None:
    """Return the first layer whose multiplier was rounded to binary places, and to how many."""
    if run.forward is None:
        return None
    replay, edge = run.forward.replay, run.edition.scheme.quant_max
    for name, actual in run.forward.seen_at.items():
        places = fixed_point_places(name, actual, replay, edge)
        if places is not None:
            multiplier = replay.multipliers[name]
            return {
                "place": name,
                "multiplier": multiplier,
                "whole": round(multiplier * 2.0**places),
                "places": places,
            }
    return None


def _rounded(run: Run, task_id: TaskId) -> list[tuple[Floats, Floats]]:
    """Return every array of a task before rounding, and the integers that it became."""
    if task_id is TaskId.WEIGHTS:
        return [] if run.weights is None else [(a.scaled, a.integers) for a in run.weights.all]
    if run.forward is None:
        return []
    reals, seen = run.forward.replay.reals, run.forward.seen_at
    return [(reals[name], seen[name]) for name in reals if name in seen]


# -- words --------------------------------------------------------------------------------------


def _finding(one: Fit, task: TaskSpec, text: Text) -> Finding:
    common = {"function": task.callable.rpartition(".")[2], "question": task.question}
    return Finding(
        id=one.finding,
        task=task.id.value,
        values={**common, **one.values},
        where=one.where or text.place(task.callable),
        costs_points=load_catalogue().entry(one.finding).costs_points,
    )
