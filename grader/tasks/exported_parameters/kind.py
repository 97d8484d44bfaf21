"""The parameters and activations of a quantized network, handed in as a zip of numbers."""

from __future__ import annotations

from dataclasses import replace

from grader.editions.loader import Edition, edition_ids, load_edition
from grader.editions.schema import TaskSpec
from grader.model import CheckResult
from grader.tasks.exported_parameters import checks, hypotheses
from grader.tasks.exported_parameters.layout import Layout
from grader.tasks.exported_parameters.observe import open_parameters
from grader.tasks.exported_parameters.seen import Exported
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.run import FailedTask, Run, TaskKind


def layout_of(edition: Edition) -> Layout:
    """Return the files that an edition's network is handed in as: the one with a bias."""
    bits = edition.scheme.fraction_bits or Layout.fraction_bits
    return Layout(network=edition.bias_network, fraction_bits=bits)


def _observe(run: Run, task: TaskSpec) -> Exported:
    seen = open_parameters(run.artifacts.get(task.id), layout_of(run.edition))
    return replace(seen, other_edition=_edition_of(seen.weighted, besides=run.edition.id))


def _edition_of(weighted: frozenset[str], *, besides: str) -> str:
    """Return the other edition whose layers have weights of those names, "" for none."""
    for name in edition_ids():
        network = load_edition(name).network
        if name != besides and weighted == {layer.module for layer in network.weighted_layers}:
            return name
    return ""


def _judge(run: Run, _task: TaskSpec, seen: Exported) -> tuple[CheckResult, ...]:
    return checks.judge(seen, absent_waits=run.edition.rubric.absent_files == "wait")


def _explain(lost: FailedTask[Exported]) -> list[Fit]:
    return hypotheses.explain(lost.seen, lost.failed)


def _duplicates(_run: Run, seen: Exported) -> Fit:
    file, copies = next(iter(seen.copies.items()))
    return fit("parameters-duplicates", file=file, copies=copies, count=len(seen.copies))


def _ignored(_run: Run, seen: Exported) -> Fit:
    first, count = seen.ignored[0], len(seen.ignored)
    return fit("parameters-members-ignored", first=first, count=count)


def _in_a_folder(_run: Run, seen: Exported) -> Fit:
    return fit("parameters-in-a-folder", folder=seen.root)


KIND = TaskKind(
    name="exported_parameters",
    checks=checks.CHECKS,
    observe=_observe,
    judge=_judge,
    answers=lambda seen: seen.answers,
    explain=_explain,
    remarks={
        "parameters-duplicates": _duplicates,
        "parameters-members-ignored": _ignored,
        "parameters-in-a-folder": _in_a_folder,
    },
)
