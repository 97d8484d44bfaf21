"""A function that returns a layer's requantization scale, given the scales before it."""

from __future__ import annotations

from dataclasses import replace

from grader.baseline.chain import own_steps, reference_steps
from grader.baseline.networks import NetworkBaseline
from grader.editions.schema import Role, TaskSpec
from grader.model import CheckResult
from grader.tasks import remarks
from grader.tasks.hypotheses import reading
from grader.tasks.hypotheses.fit import Fit
from grader.tasks.run import FailedTask, Provider, Run, TaskKind
from grader.tasks.scales import checks, hypotheses, output_scales
from grader.tasks.scales.facts import scale_facts
from grader.tasks.scales.observe import observe_chain, observe_outputs
from grader.tasks.scales.remarks import REMARKS
from grader.tasks.scales.seen import HANDED_ON, OWN_SCALE, ScaleAnswers

_FACTORS = frozenset(("weight_factor", "input_factor", "preceding_factors"))


def _observe(run: Run, task: TaskSpec) -> ScaleAnswers:
    """Ask for every layer's output scale, chained as the template chains them."""
    network = run.baseline.plain
    multipliers, input_multiplier = _multipliers(run, network)
    return observe_outputs(
        run.student, task, network.layer_activations, multipliers, input_multiplier, run.seed
    )


def _multipliers(run: Run, network: NetworkBaseline) -> tuple[dict[str, float], float]:
    """Return the multipliers of a network's weights, by layer, and of its input."""
    weights = run.value(Role.QUANTIZED_WEIGHTS, network)
    input_step = run.value(Role.INPUT_SCALE, network)
    return {name: 1.0 / w.step for name, w in weights.items()}, 1.0 / input_step


def _judge(run: Run, task: TaskSpec, seen: ScaleAnswers) -> tuple[CheckResult, ...]:
    return checks.judge_outputs(seen, task, run.edition.rubric.thresholds, run.edition.scheme)


def _own(run: Run, seen: ScaleAnswers, network: NetworkBaseline) -> dict[str, float] | None:
    """Return each accumulator's step; for the network with bias, call the function again."""
    if network is run.baseline.plain:
        return own_steps(seen.own)
    task = run.giver(Role.REQUANTIZE_SCALE).spec
    answers = observe_chain(
        run.student, task, network.layer_activations, *_multipliers(run, network)
    )
    return own_steps(answers) if all(a.usable for a in answers.values()) else None


def _reference(run: Run, network: NetworkBaseline) -> dict[str, float]:
    weights = run.value(Role.QUANTIZED_WEIGHTS, network)
    input_step = run.value(Role.INPUT_SCALE, network)
    return reference_steps(network, weights, input_step, run.edition.scheme)


def _explain(lost: FailedTask[ScaleAnswers]) -> list[Fit]:
    if "returns" in lost.failed:
        return reading.explain_quantized_values("activations", lost.seen.all)
    found = hypotheses.explain_outputs(
        lost.seen,
        lost.run.edition.rubric.thresholds,
        factors_wrong=bool(lost.failed & _FACTORS),
        range_wrong=lost.range_failed,
        fraction_bits=lost.run.edition.scheme.fraction_bits,
    )
    if "output_scale" not in lost.failed:
        return found or remarks.too_much(lost, REMARKS) or _explain_constant(lost)
    sums_right = not lost.range_failed and not lost.failed & _FACTORS
    return output_scales.explain(lost.seen, lost.task, found, sums_right=sums_right)


def _explain_constant(lost: FailedTask[ScaleAnswers]) -> list[Fit]:
    return output_scales.explain_constant(lost.seen, lost.task) if lost.range_failed else []


def _is_whole(seen: ScaleAnswers, bits: int) -> bool:
    return hypotheses.are_in_fixed_point(seen.all, bits)


KIND = TaskKind(
    name="requantize_scale",
    checks=(
        *checks.OUTPUT_CHECKS,
        *checks.FACTOR_CHECKS,
        checks.output_scale_belongs_to_the_returned_one,
    ),
    observe=_observe,
    judge=_judge,
    answers=lambda seen: seen.all,
    explain=_explain,
    gives={Role.REQUANTIZE_SCALE: Provider(own=_own, reference=_reference)},
    takes=(Role.QUANTIZED_WEIGHTS,),
    remarks=REMARKS,
    accuracy=checks.scales_keep_accuracy,
    scales={
        Role.REQUANTIZE_SCALE: replace(OWN_SCALE, is_whole=_is_whole),
        Role.OUTPUT_SCALE: HANDED_ON,
    },
    facts=scale_facts,
)
