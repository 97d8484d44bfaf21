"""A function that turns a trained network's float scales into a table of fixed-point integers."""

from __future__ import annotations

from grader.editions.loader import Edition
from grader.editions.schema import TaskSpec
from grader.model import CheckResult
from grader.tasks.fixed_point_table import checks, hypotheses
from grader.tasks.fixed_point_table.observe import Table, observe_table
from grader.tasks.fixed_point_table.seen import TableAnswers
from grader.tasks.hypotheses.fit import Fit
from grader.tasks.run import FailedTask, Run, TaskKind


def _observe(run: Run, task: TaskSpec) -> TableAnswers:
    return observe_table(run.student, task, table_of(run.edition, task), run.seed)


def table_of(edition: Edition, task: TaskSpec) -> Table:
    """Return the table that an edition asks for: its network's keys, its bits after the point."""
    layers = {layer.name: layer for layer in edition.network.weighted_layers}
    return Table(
        first=edition.file.network.quant_stub,
        layers=tuple(layer.module for layer in layers.values()),
        biased=layers[task.layer].module,
        features=layers[task.layer].out_features,
        places=edition.scheme.fraction_bits or 0,
    )


def _judge(_run: Run, _task: TaskSpec, seen: TableAnswers) -> tuple[CheckResult, ...]:
    return checks.judge(seen)


def _explain(lost: FailedTask[TableAnswers]) -> list[Fit]:
    swapped = hypotheses.explain_returns(lost.seen) if "returns" in lost.failed else []
    return swapped or hypotheses.explain(lost.seen)


KIND = TaskKind(
    name="fixed_point_table",
    checks=checks.CHECKS,
    observe=_observe,
    judge=_judge,
    answers=lambda seen: seen.all,
    explain=_explain,
)
