"""A function that quantizes a tensor, and returns the integers and the scale of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from grader.baseline.chain import QuantizedWeights, own_weights, reference_weights
from grader.baseline.networks import NetworkBaseline
from grader.border.answers import WeightAnswer
from grader.border.conventions import Floats, from_step, to_step
from grader.editions.schema import Role, TaskSpec
from grader.measurements import Facts
from grader.model import CheckResult
from grader.tasks import remarks
from grader.tasks.described import describe_range, rounding_of
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.quantized_tensor import checks, hypotheses
from grader.tasks.quantized_tensor.observe import observe_weights
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.tasks.run import FailedTask, Provider, ReturnedScale, Run, TaskKind
from grader.words.message import Value, say

_VALUES = frozenset(("returns", "shape", "integers", "bounds", "scale"))


def _observe(run: Run, task: TaskSpec) -> WeightAnswers:
    """Quantize both networks' weights and the probes; learn the type of the student's scales."""
    plain, biased = run.baseline.plain.weights, run.baseline.biased.weights
    seen = observe_weights(run.student, task, plain, biased, run.seed)
    first = next(iter(seen.own.values()))
    if first.usable:
        run.student.learn(weight_scale=first.returned)
    return seen


def _judge(run: Run, task: TaskSpec, seen: WeightAnswers) -> tuple[CheckResult, ...]:
    limits = run.edition.rubric.thresholds
    return checks.judge(seen, limits, run.edition.scheme, _stub_step(task))


def _stub_step(task: TaskSpec) -> float | None:
    """Return the step of the scale that the template's function returns, where it returns one."""
    form = next(b.form for b in task.returns if b.role == Role.WEIGHT_SCALE)
    return None if task.stub.scale is None else to_step(task.stub.scale, form)


def _own(
    run: Run, seen: WeightAnswers, network: NetworkBaseline
) -> dict[str, QuantizedWeights] | None:
    answers = _layers(run, seen, network)
    return own_weights(answers) if all(a.usable for a in answers.values()) else None


def _layers(run: Run, seen: WeightAnswers, network: NetworkBaseline) -> Mapping[str, WeightAnswer]:
    return seen.own if network is run.baseline.plain else seen.biased


def _reference(run: Run, network: NetworkBaseline) -> dict[str, QuantizedWeights]:
    form = run.giver(Role.WEIGHT_SCALE).spec.form_of(Role.WEIGHT_SCALE)
    return reference_weights(network, run.edition.scheme, form)


def _explain(lost: FailedTask[WeightAnswers]) -> list[Fit]:
    seen, edition = lost.seen, lost.run.edition
    if "returns" in lost.failed:
        return hypotheses.explain_per_channel(seen, edition.scheme)
    found = hypotheses.explain_few_bits(seen)
    if not found and lost.failed & _VALUES:
        found = hypotheses.explain_integers(seen, edition.scheme, lost.code)
    if not found and lost.range_unsure:
        found = hypotheses.explain_range_of_weights(seen, edition.rubric.thresholds)
    return found or remarks.too_much(lost, REMARKS)


def _clipping(run: Run, seen: WeightAnswers) -> Fit | None:
    levels: dict[Value, float] = {a.probe: a.level for a in seen.own.values()}
    levels |= {say("where", "with-bias", layer=a.probe): a.level for a in seen.biased.values()}
    return remarks.clipping(levels, run.edition.scheme)


def _rounded(seen: WeightAnswers) -> list[tuple[Floats, Floats]]:
    return [(answer.scaled, answer.integers) for answer in seen.all]


def _growth(seen: WeightAnswers) -> Mapping[float, float]:
    return checks.growth(seen.probes)


def _first(seen: WeightAnswers) -> tuple[str, float]:
    place, first = next(iter(seen.own.items()))
    return place, first.step


def _other_way_up(run: Run, seen: WeightAnswers) -> Fit:
    """Show the first layer's scale as it was returned, and its inverse."""
    place, step = _first(seen)
    scale = from_step(step, run.giver(Role.WEIGHT_SCALE).spec.form_of(Role.WEIGHT_SCALE))
    return fit("scales-either-way", place=place, scale=scale, inverse=1.0 / scale)


REMARKS: Mapping[str, Callable[[Run, WeightAnswers], Fit | None]] = {
    "range-clips": _clipping,
    "scales-either-way": _other_way_up,
    remarks.ROUNDS_DOWN: remarks.truncation(_rounded),
}


def _facts(run: Run, _task: TaskSpec, seen: WeightAnswers | None) -> Facts:
    """Return by which rule the weights are scaled, and how they are rounded."""
    answers = {} if seen is None else {n: a for n, a in seen.own.items() if a.usable}
    if not answers:
        return Facts()
    multipliers = {f"{name}.weight": 1.0 / a.step for name, a in answers.items() if a.step}
    found = describe_range(multipliers, run.baseline.distributions)
    pairs = [(a.scaled, a.integers) for a in answers.values()]
    rounding = rounding_of(pairs, run.edition.scheme.quant_max)
    return Facts(function=replace(found, rounding=rounding))


KIND = TaskKind(
    name="quantized_tensor",
    checks=checks.CHECKS,
    observe=_observe,
    judge=_judge,
    answers=lambda seen: seen.all,
    explain=_explain,
    explain_error=lambda lost: hypotheses.explain_shape([*lost.seen.own.values()]),
    gives={Role.QUANTIZED_WEIGHTS: Provider(own=_own, reference=_reference)},
    remarks=REMARKS,
    accuracy=checks.weights_keep_accuracy,
    scales={Role.WEIGHT_SCALE: ReturnedScale(growth=_growth, first=_first)},
    scale_check=checks.scale_gives_integers,
    facts=_facts,
)
