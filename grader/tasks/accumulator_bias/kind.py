"""A function that brings a layer's bias to the scale of the sum that it joins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.baseline.networks import NetworkBaseline
from grader.border.conventions import Floats
from grader.editions.schema import Role, TaskSpec
from grader.model import CheckResult
from grader.tasks.accumulator_bias import checks, hypotheses
from grader.tasks.accumulator_bias.facts import bias_facts
from grader.tasks.accumulator_bias.observe import observe_bias
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.chains import CHAINED, chain_of
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.run import FailedTask, Provider, Run, TaskKind
from grader.words.message import say

_ELSEWHERE = frozenset(("unchanged", "repeatable", "accuracy", "depends"))


def _observe(run: Run, task: TaskSpec) -> BiasAnswers:
    """Ask for the quantized bias of the network, of a large one and with each factor changed."""
    chain = chain_of(run, run.baseline.biased)
    scales_before = chain.scales_before(task.layer, task)
    network = chain.network
    seen = observe_bias(
        run.student, task, network.bias[task.layer], scales_before, network.logit_size, run.seed
    )
    large = seen.large
    if not large.usable or large.integers.shape != large.bias.shape:
        return seen
    right = large.expected.round()
    return replace(seen, agreement=run.judge.agreement(chain, task.layer, right, large.integers))


def _judge(run: Run, task: TaskSpec, seen: BiasAnswers) -> tuple[CheckResult, ...]:
    bits = run.edition.file.quantization.bias_bits
    return checks.judge(seen, task, run.edition.rubric.thresholds, bits)


def _own(run: Run, seen: BiasAnswers, _network: NetworkBaseline) -> dict[str, Floats]:
    return {run.giver(Role.QUANTIZED_BIAS).spec.layer: seen.own.integers}


def _reference(run: Run, network: NetworkBaseline) -> dict[str, Floats]:
    """Return the bias times all that its layer's sum holds, rounded."""
    task = run.giver(Role.QUANTIZED_BIAS).spec
    scales = chain_of(run, network).scales_before(task.layer, task)
    bias = network.bias[task.layer].astype(np.float64)
    return {task.layer: np.rint(bias * scales.accumulator)}


def _explain(lost: FailedTask[BiasAnswers]) -> list[Fit]:
    if lost.task.stub.returns_argument and checks.returns_bias(lost.seen.all):
        return [fit("template-stub", value=say("value", "stub-argument"))]
    others = [factor for factor in lost.task.stub.factors if factor != 1.0]  # 1: nothing was done
    factor = checks.template_factor(lost.seen.all, others)
    if factor is not None:
        return [fit("template-stub", value=say("value", "stub-bias", number=factor))]
    own = lost.failed - _ELSEWHERE
    return hypotheses.explain(lost.seen) if own and "returns" not in lost.failed else []


KIND = TaskKind(
    name="accumulator_bias",
    checks=checks.CHECKS,
    observe=_observe,
    judge=_judge,
    answers=lambda seen: seen.all,
    explain=_explain,
    gives={Role.QUANTIZED_BIAS: Provider(own=_own, reference=_reference)},
    takes=CHAINED,
    accuracy=checks.bias_keeps_accuracy,
    facts=bias_facts,
)
