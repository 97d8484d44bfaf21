"""A function that returns the scale of the network's input."""

from __future__ import annotations

from grader.baseline.chain import reference_input_step
from grader.baseline.networks import NetworkBaseline
from grader.editions.schema import Role, TaskSpec
from grader.model import CheckResult
from grader.tasks.hypotheses import reading
from grader.tasks.hypotheses.fit import Fit
from grader.tasks.run import FailedTask, Provider, Run, TaskKind
from grader.tasks.scales import checks, hypotheses
from grader.tasks.scales.facts import scale_facts
from grader.tasks.scales.observe import observe_input
from grader.tasks.scales.remarks import REMARKS
from grader.tasks.scales.seen import OWN_SCALE, ScaleAnswers
from reference.calibration import INPUT


def _observe(run: Run, task: TaskSpec) -> ScaleAnswers:
    """Ask for the scale of the calibration images' pixels and of the probes."""
    seen = observe_input(run.student, task, run.baseline.plain.activations[INPUT], run.seed)
    own = seen.own["input"]
    if own.usable:
        run.student.learn(input_scale=own.returned)
    return seen


def _judge(run: Run, _task: TaskSpec, seen: ScaleAnswers) -> tuple[CheckResult, ...]:
    return checks.judge_input(seen, run.edition.rubric.thresholds, run.edition.scheme)


def _own(_run: Run, seen: ScaleAnswers, _network: NetworkBaseline) -> float:
    return seen.own["input"].step


def _reference(run: Run, _network: NetworkBaseline) -> float:
    return reference_input_step(run.baseline.plain, run.edition.scheme)


def _explain(lost: FailedTask[ScaleAnswers]) -> list[Fit]:
    if "returns" in lost.failed:
        return reading.explain_quantized_values("input", lost.seen.all)
    limits = lost.run.edition.rubric.thresholds
    return hypotheses.explain_input(lost.seen, limits) if lost.range_failed else []


KIND = TaskKind(
    name="array_scale",
    checks=checks.INPUT_CHECKS,
    observe=_observe,
    judge=_judge,
    answers=lambda seen: seen.all,
    explain=_explain,
    gives={Role.INPUT_SCALE: Provider(own=_own, reference=_reference)},
    remarks=REMARKS,
    scales={Role.INPUT_SCALE: OWN_SCALE},
    facts=scale_facts,
)
