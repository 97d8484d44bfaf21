"""
The accuracy stages: what each rung of the ladder loses, and which task a loss is charged to.

Two passes run side by side: the student's network in the sandbox, and what needs none of their
code (quantized weights in the float network) in this process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from grader.answers import WeightAnswer
from grader.baseline import NetworkBaseline
from grader.chain import Chain, own_weights
from grader.checks import accuracy
from grader.checks.accuracy import Loss
from grader.checks.base import Check, Verdict, raised
from grader.checks.conduct import failed_call
from grader.conventions import Floats
from grader.editions.schema import TaskId
from grader.ladder import Judge
from grader.model import CheckResult, Outcome
from grader.observe import network as networks
from grader.observe.network import BuiltNetwork, Predictions
from grader.observe.student import COSTLY
from grader.run import Run
from grader.sandbox.protocol import CallError
from grader.sentences import Sentence, say

PASS_SECONDS = 240.0
BATCH_SIZE = 250
FLOAT = say("yardstick", "float")
TITLES = {
    "activations": "Weights and activations quantized",
    "bias": "Weights, activations and bias quantized",
}
_EXACT_PASS = ("reference", "the forward pass is the reference's")

Pass = Predictions | CallError


@dataclass
class AccuracyStages:
    """The ladder of one run; *executor* is the thread in which the sandbox is waited for."""

    run: Run
    judge: Judge
    executor: Executor
    batch_size: int = BATCH_SIZE
    yardsticks: dict[str, tuple[Predictions, Sentence]] = field(default_factory=dict)

    @property
    def ended(self) -> CallError | None:
        """Return what ended the traced pass for good, so that it is not waited for once more."""
        error = None if self.run.forward is None else self.run.forward.trace.error
        return error if error is not None and error.kind in COSTLY else None

    def judge_plain(self, built: BuiltNetwork) -> None:
        """Judge the network without bias: weights alone, then weights and activations."""
        baseline = self.run.baseline.plain
        self._rung("float", "Float network", baseline.predictions, None)
        with self._running(built) as passed:
            self._judge_weights(baseline)
        self._judge_quantized(baseline, passed.result())
        answers = self.run.weights.own if self.run.weights else {}
        self._own_chain("activations", baseline, answers)

    def judge_biased(self) -> None:
        """Judge the network with a bias: left as it is, and quantized."""
        run, baseline = self.run, self.run.baseline.biased
        chain = run.biased_chain
        if chain is None:  # we failed to find out about the bias
            self._skip(accuracy.bias_keeps_accuracy, TaskId.BIAS)
            return
        self._rung("bias_float", "Float network with bias", baseline.predictions, None)
        class_name = run.edition.file.scaffold.quantized_bias_network
        built = networks.build(run.student, "quantized with bias", class_name, chain, {})
        integers = {name: w.integers for name, w in chain.weights.items()}
        with self._running(built) as passed:
            unquantized = self.judge.with_weights(baseline, integers)
        title = "Weights quantized, bias left as it is"
        self._rung("bias_unquantized", title, unquantized, baseline.predictions)
        self._judge_bias(baseline, chain, passed.result())
        self._own_chain("bias", baseline, run.weights.biased if run.weights else {})

    def judge_unbuilt(self, chain: Chain) -> None:
        """Judge what needs no network of the student's, where we failed to run it."""
        baseline = self.run.baseline.plain
        self._rung("float", "Float network", baseline.predictions, None)
        self._judge_weights(baseline)
        self._skip(accuracy.forward_keeps_accuracy, TaskId.FORWARD)
        exact = self.judge.integers(chain)
        stage, title = self._stage("activations"), TITLES["activations"]
        self._rung(stage, title, exact, baseline.predictions, *_EXACT_PASS)
        yardstick = self.yardsticks.get("plain", (baseline.predictions, FLOAT))
        self._charge_activations(exact, yardstick)

    # -- one rung each -----------------------------------------------------------------------

    def _judge_weights(self, baseline: NetworkBaseline) -> None:
        check, run = accuracy.weights_keep_accuracy, self.run
        integers = _integers(run.weights.own if run.weights else {})
        if integers is None:
            self._skip(check, TaskId.WEIGHTS)
            return
        predictions = self.judge.with_weights(baseline, integers)
        self._rung("weights", "Weights quantized", predictions, baseline.predictions)
        result = self._judged(check, predictions, baseline.predictions, FLOAT)
        if result.outcome is not Outcome.PASSED and run.usable(TaskId.WEIGHTS):
            self.yardsticks["plain"] = (predictions, say("yardstick", "these-weights"))

    def _judge_quantized(self, baseline: NetworkBaseline, passed: Pass) -> None:
        run = self.run
        chain = run.chain
        assert chain is not None
        title = TITLES["activations"]
        yardstick = self.yardsticks.get("plain", (baseline.predictions, FLOAT))
        if isinstance(passed, CallError):
            self._skip_or_fail(accuracy.forward_keeps_accuracy, TaskId.FORWARD, passed)
            exact = self.judge.integers(chain)
            self._rung(
                self._stage("activations"), title, exact, baseline.predictions, *_EXACT_PASS
            )
            self._charge_activations(exact, yardstick)
            return
        note = self._note(chain)
        self._rung(self._stage("activations"), title, passed, baseline.predictions, note=note)
        loss = self.judge.loss(passed, *yardstick)
        limits = run.edition.rubric.thresholds
        verdict = accuracy.forward_keeps_accuracy.verdict(loss, limits)
        if not verdict.reason:
            self._record(accuracy.forward_keeps_accuracy, verdict)
            self._charge_activations(passed, yardstick)
            return
        exact = self.judge.integers(chain)
        self._charge_activations(exact, yardstick)
        against = (exact, say("yardstick", "same-scales"))
        self._judged(accuracy.forward_keeps_accuracy, passed, *against)

    def _charge_activations(
        self, predictions: Predictions, yardstick: tuple[Predictions, Sentence]
    ) -> None:
        check = accuracy.scales_keep_accuracy
        if self.run.usable(TaskId.ACTIVATIONS):
            self._judged(check, predictions, *yardstick)
        else:
            self._skip(check, TaskId.ACTIVATIONS)

    def _judge_bias(self, baseline: NetworkBaseline, chain: Chain, passed: Pass) -> None:
        run, check = self.run, accuracy.bias_keeps_accuracy
        answers = run.bias
        title = TITLES["bias"]
        if answers is None or not _fits(answers.own.integers, answers.own.bias):
            self._skip(check, TaskId.BIAS)
            return
        layer = run.edition.task(TaskId.BIAS).layer
        source, note = "student", self._note(chain)
        if isinstance(passed, CallError) or not run.usable(TaskId.FORWARD):
            passed = self.judge.integers(chain, {layer: answers.own.integers})
            source, note = _EXACT_PASS
        self._rung(self._stage("bias"), title, passed, baseline.predictions, source, note)
        limits = run.edition.rubric.thresholds
        loss = self.judge.loss(passed, baseline.predictions, FLOAT)
        verdict = check.verdict(loss, limits)
        if verdict.reason:
            # Is it the bias, or the scales that it meets? The right bias meets the same ones.
            exact = self.judge.integers(chain, {layer: np.rint(answers.own.expected)})
            against = say("yardstick", "right-bias")
            verdict = check.verdict(self.judge.loss(passed, exact, against), limits)
        self._record(check, verdict)

    def _own_chain(
        self, stage: str, baseline: NetworkBaseline, answers: Mapping[str, WeightAnswer]
    ) -> None:
        """Show what the student's own chain reaches with nothing put in its place, if it runs."""
        if not self._replaced or _integers(answers) is None:
            return
        scaffold = self.run.edition.file.scaffold
        plain = baseline is self.run.baseline.plain
        class_name = scaffold.quantized_network if plain else scaffold.quantized_bias_network
        chain = Chain(network=baseline, weights=own_weights(answers), input_step=1.0, steps={})
        built = networks.build(self.run.student, f"own {stage}", class_name, chain, {})
        with self._running(built) as running:
            passed = running.result()
        if not isinstance(passed, CallError):
            title = TITLES[stage]
            self._rung(stage, title, passed, baseline.predictions, note="your own chain as it is")

    # -- what the rungs share ----------------------------------------------------------------

    @property
    def _replaced(self) -> bool:
        """Return whether the judged chain has results of the reference in it."""
        return self.run.chain is not None and bool(self.run.chain.substituted)

    def _stage(self, stage: str) -> str:
        """Return the name of a judged rung: the student's own has the plain name."""
        return f"{stage}_judged" if self._replaced else stage

    @contextmanager
    def _running(self, built: BuiltNetwork) -> Iterator[Future[Pass]]:
        """
        Run the network over all images beside the block.

        The pass has ended when the block has, however that ends: one question at a time is asked
        of a sandbox.
        """
        if self.ended is not None:
            built = replace(built, error=self.ended)
        running = self.executor.submit(
            networks.predict,
            self.run.student,
            built,
            self.run.baseline.images,
            len(self.run.baseline.labels),
            batch_size=self.batch_size,
            limit_seconds=PASS_SECONDS,
        )
        try:
            yield running
        finally:
            wait([running])

    def _rung(  # noqa: PLR0913, PLR0917  a row of the ladder has these cells
        self,
        stage: str,
        title: str,
        predictions: Predictions,
        yardstick: Predictions | None,
        source: str = "student",
        note: str = "",
    ) -> None:
        rung = self.judge.stage(stage, title, predictions, yardstick, source=source, note=note)
        self.run.ladder.append(rung)
        self.run.predictions[stage] = predictions

    def _judged(
        self,
        check: Check[...],
        predictions: Predictions,
        yardstick: Predictions,
        against: Sentence,
    ) -> CheckResult:
        loss: Loss = self.judge.loss(predictions, yardstick, against)
        return self._record(check, check.verdict(loss, self.run.edition.rubric.thresholds))

    def _record(self, check: Check[...], verdict: Verdict) -> CheckResult:
        result = check.result(verdict)
        self.run.record([result])
        return result

    def _skip(self, check: Check[...], task_id: TaskId) -> None:
        failed = [r for r in self.run.results_of(task_id) if r.outcome is not Outcome.PASSED]
        self.run.record([check.blocked(failed)])

    def _skip_or_fail(self, check: Check[...], task_id: TaskId, error: CallError) -> None:
        if all(r.outcome is Outcome.PASSED for r in self.run.results_of(task_id)):
            verdict = failed_call(error)
            self._record(check, verdict if verdict.reason else raised(Sentence(error.message)))
        else:
            self._skip(check, task_id)

    def _note(self, chain: Chain) -> str:
        names = [self.run.edition.task(t).title.lower() for t in TaskId if t in chain.substituted]
        return f"with the reference's {', '.join(names)}" if names else ""


def _integers(answers: Mapping[str, WeightAnswer]) -> dict[str, Floats] | None:
    """Return every layer's quantized weights, None where they would not fit the network."""
    if not answers:
        return None
    if not all(a.usable and _fits(a.integers, a.weights) for a in answers.values()):
        return None
    return {name: w.integers for name, w in own_weights(answers).items()}


def _fits(found: Floats, given: Floats) -> bool:
    return found.shape == given.shape and bool(np.isfinite(found).all())
