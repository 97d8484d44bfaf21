"""One grading of one submission, filled in from stage to stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.baseline.chain import (
    Chain,
    QuantizedWeights,
    own_weights,
    reference_input_step,
    reference_steps,
    reference_weights,
)
from grader.baseline.networks import Baseline, NetworkBaseline
from grader.border.student import Student
from grader.editions.loader import Edition
from grader.editions.schema import Role, TaskId
from grader.model import CheckResult, Fault, Finding, Outcome, StageAccuracy
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.check import all_passed
from grader.tasks.integer_pass.network import Predictions
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.tasks.scales.seen import ScaleAnswers

# These spoil no value: what rests on such a task still uses its results. An answer that rests on
# chance does: it may clip half of a layer, which the tasks after it must not pay for.
_CONDUCT = ("unchanged", "accuracy")


@dataclass(kw_only=True)
class Run:
    """What is known so far; ``answers`` of a stage are missing until it has run."""

    edition: Edition
    baseline: Baseline
    student: Student
    seed: int
    stage: str = ""  # the one that is running
    is_reversed: bool = False  # all scales are the wrong way up, and right by that convention
    results: dict[str, CheckResult] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    ladder: list[StageAccuracy] = field(default_factory=list)
    predictions: dict[str, Predictions] = field(default_factory=dict)  # by rung of the ladder
    findings: tuple[Finding, ...] = ()
    weights: WeightAnswers | None = None
    input: ScaleAnswers | None = None
    outputs: ScaleAnswers | None = None
    forward: ForwardAnswers | None = None
    bias: BiasAnswers | None = None
    chain: Chain | None = None
    biased_chain: Chain | None = None

    def record(self, results: Sequence[CheckResult]) -> None:
        """Keep check results, and what broke in them."""
        self.results |= {result.check: result for result in results}
        for result in results:
            if result.fault is not None:
                self.blame(result.fault)

    def blame(self, fault: Fault) -> None:
        """Keep what broke in the stage that is running."""
        self.faults.append(replace(fault, stage=self.stage))

    def results_of(self, task_id: TaskId) -> tuple[CheckResult, ...]:
        """Return what has been found about one task so far."""
        return tuple(r for r in self.results.values() if r.task == task_id)

    def usable(self, task_id: TaskId) -> bool:
        """Return whether a task's results may be used by what rests on them."""
        own = self.results_of(task_id)
        return bool(own) and all_passed(own, except_for=[f"{task_id}.{c}" for c in _CONDUCT])

    def harmless(self, task_id: TaskId) -> bool:
        """Return whether a task's function may be run once more inside the student's network."""
        changes = self.results.get(f"{task_id}.unchanged")
        return self.usable(task_id) and (changes is None or changes.outcome is Outcome.PASSED)

    def weights_for(self, network: NetworkBaseline) -> dict[str, QuantizedWeights]:
        """Return a network's quantized weights: the student's, or the reference's instead."""
        if self.usable(TaskId.WEIGHTS) and self.weights is not None:
            layers = self.weights.own if network is self.baseline.plain else self.weights.biased
            return own_weights(layers)
        form = self.edition.task(TaskId.WEIGHTS).form_of(Role.WEIGHT_SCALE)
        return reference_weights(network, self.edition.scheme, self.student.own, form)

    def input_step(self) -> float:
        """Return the step of the input: the student's, or the reference's in its place."""
        if self.usable(TaskId.INITIAL_INPUT) and self.input is not None:
            return self.input.own["input"].step
        return reference_input_step(self.baseline.plain, self.edition.scheme)

    def chain_of(
        self,
        network: NetworkBaseline,
        weights: Mapping[str, QuantizedWeights],
        steps: Mapping[str, float] | None,
    ) -> Chain:
        """Return the network's chain; the reference's *steps* where there are none to be used."""
        input_step = self.input_step()
        scheme = self.edition.scheme
        judged = (TaskId.WEIGHTS, TaskId.INITIAL_INPUT, TaskId.ACTIVATIONS)
        return Chain(
            network=network,
            weights=weights,
            input_step=input_step,
            steps=steps or reference_steps(network, weights, input_step, scheme),
            substituted=frozenset(task for task in judged if not self.usable(task)),
            played_back=frozenset(task for task in judged if not self.harmless(task)),
        )
