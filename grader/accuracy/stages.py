"""
The accuracy stages: what each rung of the ladder loses, and which task a loss is charged to.

Where the integers of the student's pass were those of the exact replay, its accuracy is that of
the exact integer network, computed here. Where they were not, the student's network itself runs
over all images. Beside either goes what needs none of their code: the quantized weights in the
float network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from grader.accuracy import checks as accuracy
from grader.baseline.chain import Chain, own_weights
from grader.baseline.judge import drawn
from grader.baseline.loss import Loss
from grader.baseline.networks import NetworkBaseline
from grader.border.answers import WeightAnswer
from grader.border.conventions import Floats, Predictions
from grader.border.student import COSTLY
from grader.editions.schema import Role
from grader.model import CheckResult, Outcome
from grader.sandbox.replies import CallError
from grader.tasks.accumulator_bias import kind as accumulator_bias
from grader.tasks.chains import chain_of
from grader.tasks.check import Check, Verdict, raised, right
from grader.tasks.conduct import failed_call
from grader.tasks.integer_pass import kind as integer_pass
from grader.tasks.integer_pass import network as networks
from grader.tasks.integer_pass.checks import agrees, scheme_of, scores_follow
from grader.tasks.integer_pass.network import BuiltNetwork
from grader.tasks.integer_pass.observe import draw_sample, observe_pass
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.quantized_tensor import kind as quantized_tensor
from grader.tasks.run import Run
from grader.words.message import Message, listed, say

BIASED_IMAGES = 256
FLOAT = say("yardstick", "float")
TITLES = {
    "activations": "Weights and activations quantized",
    "bias": "Weights, activations and bias quantized",
}
_EXACT_PASS = ("reference", say("note", "reference-pass"))

Pass = Predictions | CallError
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class BiasedPasses:
    """
    The predictions of the network with the student's quantized bias.

    *exact* are the exact integer network's, *own* the student's network's where its integers were
    others; *is_students* says whether the student's own network computes what is shown. *error* is
    why it gave no predictions, although the pass without bias is right.
    """

    exact: Predictions
    own: Predictions | None = None
    is_students: bool = False
    error: CallError | None = None


@dataclass
class AccuracyStages:
    """The ladder of one run; *executor* is a thread beside this one."""

    run: Run
    executor: Executor
    yardsticks: dict[str, tuple[Predictions, Message]] = field(default_factory=dict)

    def judge_plain(self) -> None:
        """Judge the network without bias: weights alone, then weights and activations."""
        baseline = self.run.baseline.plain
        seen = self.run.seen(integer_pass.KIND)
        if seen is None or seen.built is None:
            self._judge_unbuilt(chain_of(self.run, baseline))
            return
        built = seen.built
        self._rung("float", "Float network", baseline.predictions, None)
        agreed = self._agrees(seen)
        with self._aside(lambda: self._predict(built, seen, agreed=agreed)) as passed:
            self._judge_weights(baseline)
        self._judge_quantized(baseline, None if agreed else seen, passed.result())
        self._own_chain("activations", baseline)

    def judge_biased(self) -> None:
        """Judge the network with a bias: left as it is, and quantized."""
        run, baseline = self.run, self.run.baseline.biased
        chain = run.biased_chain
        if chain is None:  # we failed to find out about the bias
            self._skip(accuracy.bias_keeps_accuracy, Role.QUANTIZED_BIAS)
            return
        self._rung("bias_float", "Float network with bias", baseline.predictions, None)
        bias = self._own_bias()
        integers = {name: w.integers for name, w in chain.weights.items()}
        with self._aside(lambda: self._passes_with(chain, bias)) as passes:
            unquantized = self.run.judge.with_weights(baseline, integers)
        title = "Weights quantized, bias left as it is"
        self._rung("bias_unquantized", title, unquantized, baseline.predictions)
        self._judge_bias(baseline, chain, passes.result())
        self._own_chain("bias", baseline)

    def _judge_unbuilt(self, chain: Chain) -> None:
        """Judge what needs no network of the student's, where we failed to run it."""
        baseline = self.run.baseline.plain
        self._rung("float", "Float network", baseline.predictions, None)
        self._judge_weights(baseline)
        self._skip(accuracy.forward_keeps_accuracy, Role.LOGITS)
        exact = self.run.judge.integers(chain)
        stage, title = self._stage("activations"), TITLES["activations"]
        self._rung(stage, title, exact, baseline.predictions, *_EXACT_PASS)
        yardstick = self.yardsticks.get("plain", (baseline.predictions, FLOAT))
        self._charge_activations(exact, yardstick)

    # -- one rung each -----------------------------------------------------------------------

    def _judge_weights(self, baseline: NetworkBaseline) -> None:
        check, run = accuracy.weights_keep_accuracy, self.run
        integers = _integers(self._answers(baseline))
        if integers is None:
            self._skip(check, Role.QUANTIZED_WEIGHTS)
            return
        predictions = self.run.judge.with_weights(baseline, integers)
        self._rung("weights", "Weights quantized", predictions, baseline.predictions)
        result = self._judged(check, predictions, baseline.predictions, FLOAT)
        if result.outcome is not Outcome.PASSED and run.usable(
            run.giver(Role.QUANTIZED_WEIGHTS).id
        ):
            self.yardsticks["plain"] = (predictions, say("yardstick", "these-weights"))

    def _judge_quantized(
        self, baseline: NetworkBaseline, differing: ForwardAnswers | None, passed: Pass
    ) -> None:
        """Judge the predictions; *differing* is the pass seen where it was not the exact one."""
        run, check = self.run, accuracy.forward_keeps_accuracy
        chain = run.chain
        assert chain is not None
        title = TITLES["activations"]
        yardstick = self.yardsticks.get("plain", (baseline.predictions, FLOAT))
        if isinstance(passed, CallError):
            self._skip_or_fail(check, Role.LOGITS, passed)
            exact = self.run.judge.integers(chain)
            self._rung(
                self._stage("activations"), title, exact, baseline.predictions, *_EXACT_PASS
            )
            self._charge_activations(exact, yardstick)
            return
        note = self._note(chain)
        self._rung(self._stage("activations"), title, passed, baseline.predictions, note=note)
        verdict = self._verdict(check, passed, *yardstick)
        if not verdict.reason and differing is None:
            self._record(check, verdict)
            self._charge_activations(passed, yardstick)
            return
        exact = self.run.judge.integers(chain)
        self._charge_activations(exact, yardstick)
        if verdict.reason:
            verdict = self._verdict(check, passed, exact, say("yardstick", "same-scales"))
        if differing is None:
            self._record(check, verdict)
        else:
            self._judge_own_pass(check, differing, passed, verdict)

    def _judge_own_pass(
        self, check: Check[...], seen: ForwardAnswers, passed: Predictions, verdict: Verdict
    ) -> None:
        """Judge what only the student's process computed; it counts where it rests on integers."""
        if not scores_follow(seen):
            self._skip(check, Role.LOGITS)
            return
        floating = self.run.judge.loss(passed, self.run.baseline.plain.predictions, FLOAT)
        too_high = accuracy.is_unexplained(floating, self.run.edition.rubric.thresholds)
        self._record(check, verdict if too_high is None else too_high)

    def _charge_activations(
        self, predictions: Predictions, yardstick: tuple[Predictions, Message]
    ) -> None:
        check = accuracy.scales_keep_accuracy
        if self.run.usable(self.run.giver(Role.REQUANTIZE_SCALE).id):
            self._judged(check, predictions, *yardstick)
        else:
            self._skip(check, Role.REQUANTIZE_SCALE)

    def _judge_bias(
        self, baseline: NetworkBaseline, chain: Chain, passes: BiasedPasses | None
    ) -> None:
        run, check = self.run, accuracy.bias_keeps_accuracy
        task = run.of_kind(accumulator_bias.KIND)
        if passes is None or task.seen is None:
            self._skip(check, Role.QUANTIZED_BIAS)
            return
        shown = passes.exact if passes.own is None else passes.own
        source = ("student", self._note(chain)) if passes.is_students else _EXACT_PASS
        self._rung(self._stage("bias"), TITLES["bias"], shown, baseline.predictions, *source)
        layer = task.spec.layer
        verdict = right()
        for predictions in (passes.exact, shown):
            verdict = self._verdict(check, predictions, baseline.predictions, FLOAT)
            if verdict.reason:
                # Is it the bias, or the scales that it meets? The right bias meets the same ones.
                exact = self.run.judge.integers(chain, {layer: np.rint(task.seen.own.expected)})
                against = say("yardstick", "right-bias")
                verdict = self._verdict(check, predictions, exact, against)
            if verdict.reason:
                break
        if passes.error is not None and not verdict.reason:
            verdict = failed_call(passes.error)
        self._record(check, verdict)

    def _own_chain(self, stage: str, baseline: NetworkBaseline) -> None:
        """Show what the student's own chain reaches with nothing put in its place, if it runs."""
        answers = self._answers(baseline)
        if not self._replaced or _integers(answers) is None:
            return
        scaffold = self.run.edition.file.scaffold
        plain = baseline is self.run.baseline.plain
        class_name = scaffold.quantized_network if plain else scaffold.quantized_bias_network
        chain = Chain(network=baseline, weights=own_weights(answers), input_step=1.0, steps={})
        built = networks.build(self.run.student, f"own {stage}", class_name, chain, {})
        passed = self._run_all(built, baseline)
        if not isinstance(passed, CallError):
            title = TITLES[stage]
            self._rung(stage, title, passed, baseline.predictions, note=say("note", "own-chain"))

    def _answers(self, baseline: NetworkBaseline) -> Mapping[str, WeightAnswer]:
        """Return what was answered for each layer's weights of a network."""
        seen = self.run.seen(quantized_tensor.KIND)
        if seen is None:
            return {}
        return seen.own if baseline is self.run.baseline.plain else seen.biased

    # -- the passes --------------------------------------------------------------------------

    def _agrees(self, seen: ForwardAnswers) -> bool:
        return agrees(seen, self.run.edition.scheme)

    def _predict(self, built: BuiltNetwork, seen: ForwardAnswers, *, agreed: bool) -> Pass:
        """Return the predictions of a network whose pass over the sample was *seen*."""
        if agreed and seen.numbers is not None:
            scheme = scheme_of(seen, self.run.edition.scheme)
            return self.run.judge.exact(self.run.baseline.plain.spec, seen.numbers, scheme)
        error = seen.trace.error
        if error is not None and error.kind in COSTLY:
            return error  # it is not waited for once more
        return self._run_all(built, self.run.baseline.plain)

    def _passes_with(self, chain: Chain, bias: Mapping[str, Floats] | None) -> BiasedPasses | None:
        """Return the predictions with the student's bias, None where it does not fit the layer."""
        if bias is None:
            return None
        exact = self.run.judge.integers(chain, bias)
        scaffold = self.run.edition.file.scaffold
        sample = draw_sample(self.run, "quantized with bias", BIASED_IMAGES)
        seen = observe_pass(self.run, sample, chain, scaffold.quantized_bias_network, bias)
        built = seen.built
        assert built is not None
        if self._agrees(seen):
            return BiasedPasses(exact=exact, is_students=True)
        if built.error is not None or not self.run.usable(self.run.giver(Role.LOGITS).id):
            return BiasedPasses(exact=exact)
        own = seen.trace.error or self._run_all(built, chain.network)
        if isinstance(own, CallError):
            return BiasedPasses(exact=exact, error=own)
        return BiasedPasses(exact=exact, own=own, is_students=True)

    def _own_bias(self) -> dict[str, Floats] | None:
        """Return the student's quantized bias by layer, None where it does not fit the layer."""
        task = self.run.of_kind(accumulator_bias.KIND)
        if task.seen is None or not _fits(task.seen.own.integers, task.seen.own.bias):
            return None
        return {task.spec.layer: task.seen.own.integers}

    def _run_all(self, built: BuiltNetwork, baseline: NetworkBaseline) -> Pass:
        """Run the student's network over all test images."""
        yardstick = self.run.baseline
        return networks.predict(
            self.run.student,
            built,
            baseline,
            yardstick.images,
            lambda indices: drawn(yardstick, indices).numpy(),
            len(yardstick.labels),
        )

    # -- what the rungs share ----------------------------------------------------------------

    @property
    def _replaced(self) -> bool:
        """Return whether the judged chain has results of the reference in it."""
        return self.run.chain is not None and bool(self.run.chain.substituted)

    def _stage(self, stage: str) -> str:
        """Return the name of a judged rung: the student's own has the plain name."""
        return f"{stage}_judged" if self._replaced else stage

    @contextmanager
    def _aside(self, work: Callable[[], T]) -> Iterator[Future[T]]:
        """
        Do *work* beside the block.

        It has ended when the block has, however that ends: one question at a time is asked of a
        sandbox.
        """
        running = self.executor.submit(work)
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
        note: Message | None = None,
    ) -> None:
        rung = self.run.judge.stage(stage, title, predictions, yardstick, source=source, note=note)
        self.run.ladder.append(rung)
        self.run.predictions[stage] = predictions

    def _judged(
        self,
        check: Check[...],
        predictions: Predictions,
        yardstick: Predictions,
        against: Message,
    ) -> CheckResult:
        return self._record(check, self._verdict(check, predictions, yardstick, against))

    def _verdict(
        self,
        check: Check[...],
        predictions: Predictions,
        yardstick: Predictions,
        against: Message,
    ) -> Verdict:
        loss: Loss = self.run.judge.loss(predictions, yardstick, against)
        return check.verdict(loss, self.run.edition.rubric.thresholds)

    def _record(self, check: Check[...], verdict: Verdict) -> CheckResult:
        result = check.result(verdict)
        self.run.record([result])
        return result

    def _results_of(self, role: str) -> tuple[CheckResult, ...]:
        return self.run.results_of(self.run.giver(role).id)

    def _skip(self, check: Check[...], role: str) -> None:
        failed = [r for r in self._results_of(role) if r.outcome is not Outcome.PASSED]
        self.run.record([check.blocked(failed)])

    def _skip_or_fail(self, check: Check[...], role: str, error: CallError) -> None:
        if all(r.outcome is Outcome.PASSED for r in self._results_of(role)):
            verdict = failed_call(error)
            self._record(check, verdict if verdict.reason else raised(error.message))
        else:
            self._skip(check, role)

    def _note(self, chain: Chain) -> Message | None:
        names = [Message(f"task.{task}") for task in self.run.tasks if task in chain.substituted]
        return say("note", "with-references", tasks=listed(names)) if names else None


def _integers(answers: Mapping[str, WeightAnswer]) -> dict[str, Floats] | None:
    """Return every layer's quantized weights, None where they would not fit the network."""
    if not answers:
        return None
    if not all(a.usable and _fits(a.integers, a.weights) for a in answers.values()):
        return None
    return {name: w.integers for name, w in own_weights(answers).items()}


def _fits(found: Floats, given: Floats) -> bool:
    return found.shape == given.shape and bool(np.isfinite(found).all())
