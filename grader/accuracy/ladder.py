"""
The accuracy stages: what each rung of the ladder loses, and which task a loss is charged to.

Where the integers of the student's pass were those of the exact replay, its accuracy is that of
the exact integer network, computed here. Where they were not, the student's network itself runs
over all images. Beside either goes what needs none of their code: the quantized weights in the
float network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from grader.accuracy import checks as accuracy
from grader.baseline.chain import Chain, own_weights
from grader.baseline.labelled_images import drawn
from grader.baseline.loss import Loss
from grader.baseline.networks import NetworkBaseline
from grader.border.answers import WeightAnswer
from grader.border.conventions import Floats, Predictions
from grader.border.student import COSTLY
from grader.editions.schema import Role, Rung
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
class Ladder:
    """The accuracy ladder of one run; *executor* is a thread beside this one."""

    run: Run
    executor: Executor
    yardsticks: dict[str, tuple[Predictions, Message]] = field(default_factory=dict)

    def judge(self, rungs: Sequence[Rung]) -> None:
        """Judge one network's rungs; the student's pass runs beside those that need none of it."""
        passing = next((rung for rung in rungs if self._is_pass(rung)), None)
        others = [rung for rung in rungs if rung is not passing]
        if passing is None:
            for rung in others:
                self._judge_without_pass(rung)
        elif self._is_biased(passing):
            self._judge_biased(passing, others)
        else:
            self._judge_plain(passing, others)

    def _is_pass(self, rung: Rung) -> bool:
        return self._gives(rung, Role.LOGITS)

    def _is_biased(self, rung: Rung) -> bool:
        return self._gives(rung, Role.QUANTIZED_BIAS)

    def _gives(self, rung: Rung, role: str) -> bool:
        return any(role in self.run.tasks[name].gives for name in rung.uses)

    def _judge_plain(self, rung: Rung, others: Sequence[Rung]) -> None:
        """Judge a network without bias: weights alone, then weights and activations."""
        seen = self.run.seen(integer_pass.KIND)
        if seen is None or seen.built is None:
            self._judge_unbuilt(rung, others)
            return
        built = seen.built
        agreed = self._agrees(seen)
        with self._aside(lambda: self._predict(rung, built, seen, agreed=agreed)) as passed:
            for other in others:
                self._judge_without_pass(other)
        self._judge_quantized(rung, None if agreed else seen, passed.result())
        self._own_chain(rung)

    def _judge_biased(self, rung: Rung, others: Sequence[Rung]) -> None:
        """Judge a network with a bias: left as it is, and quantized."""
        chain = self.run.biased_chain
        if chain is None:  # we failed to find out about the bias
            self._skip(self._check(rung.charge))
            return
        bias = self._own_bias()
        with self._aside(lambda: self._passes_with(chain, bias)) as passes:
            for other in others:
                self._judge_without_pass(other)
        self._judge_bias(rung, chain, passes.result())
        self._own_chain(rung)

    def _judge_unbuilt(self, rung: Rung, others: Sequence[Rung]) -> None:
        """Judge what needs no network of the student's, where we failed to run it."""
        for other in others:
            self._judge_without_pass(other)
        self._skip(self._check(rung.charge_pass))
        self._show_exact(rung, chain_of(self.run, self._network(rung)))

    # -- one rung each -----------------------------------------------------------------------

    def _judge_without_pass(self, rung: Rung) -> None:
        """Judge the float network, as it is or with quantized weights."""
        network = self._network(rung)
        if not rung.uses:
            self._show(rung, network.predictions)
        elif rung.charge:
            self._judge_weights(rung, network)
        else:
            chain = chain_of(self.run, network)
            integers = {name: w.integers for name, w in chain.weights.items()}
            self._show(rung, self.run.judge.with_weights(network, integers))

    def _judge_weights(self, rung: Rung, network: NetworkBaseline) -> None:
        check, run = self._check(rung.charge), self.run
        integers = _integers(self._answers(network))
        if integers is None:
            self._skip(check)
            return
        predictions = run.judge.with_weights(network, integers)
        self._show(rung, predictions)
        result = self._judged(check, predictions, network.predictions, FLOAT)
        judged = run.usable(run.giver(Role.QUANTIZED_WEIGHTS).id)
        if judged and result.outcome is not Outcome.PASSED:
            self.yardsticks[rung.network] = (predictions, say("yardstick", "these-weights"))

    def _judge_quantized(self, rung: Rung, differing: ForwardAnswers | None, passed: Pass) -> None:
        """Judge the predictions; *differing* is the pass seen where it was not the exact one."""
        chain = self.run.chain
        assert chain is not None
        check = self._check(rung.charge_pass)
        if isinstance(passed, CallError):
            self._skip_or_fail(check, passed)
            self._show_exact(rung, chain)
            return
        self._show(rung, passed, judged=True, note=self._note(chain))
        verdict = self._verdict(check, passed, *self._yardstick(rung))
        if not verdict.reason and differing is None:
            self._record(check, verdict)
            self._charge(rung, passed)
            return
        exact = self.run.judge.integers(chain)
        self._charge(rung, exact)
        if verdict.reason:
            verdict = self._verdict(check, passed, exact, say("yardstick", "same-scales"))
        if differing is None:
            self._record(check, verdict)
        else:
            self._judge_own_pass(check, differing, passed, verdict)

    def _show_exact(self, rung: Rung, chain: Chain) -> None:
        """Show and charge what the exact integer network reaches, for want of the student's."""
        exact = self.run.judge.integers(chain)
        source, note = _EXACT_PASS
        self._show(rung, exact, judged=True, source=source, note=note)
        self._charge(rung, exact)

    def _yardstick(self, rung: Rung) -> tuple[Predictions, Message]:
        """Return what a rung is compared with: an earlier one, where that was charged already."""
        return self.yardsticks.get(rung.network, (self._network(rung).predictions, FLOAT))

    def _judge_own_pass(
        self, check: Check[...], seen: ForwardAnswers, passed: Predictions, verdict: Verdict
    ) -> None:
        """Judge what only the student's process computed; it counts where it rests on integers."""
        if not scores_follow(seen):
            self._skip(check)
            return
        floating = self.run.judge.loss(passed, self.run.baseline.plain.predictions, FLOAT)
        too_high = accuracy.is_unexplained(floating, self.run.edition.rubric.thresholds)
        self._record(check, verdict if too_high is None else too_high)

    def _charge(self, rung: Rung, predictions: Predictions) -> None:
        """Charge what the exact integers lose to the task that gave the scales."""
        check = self._check(rung.charge)
        if self.run.usable(check.task):
            self._judged(check, predictions, *self._yardstick(rung))
        else:
            self._skip(check)

    def _judge_bias(self, rung: Rung, chain: Chain, passes: BiasedPasses | None) -> None:
        run, check, network = self.run, self._check(rung.charge), self._network(rung)
        task = run.of_kind(accumulator_bias.KIND)
        if passes is None or task.seen is None:
            self._skip(check)
            return
        shown = passes.exact if passes.own is None else passes.own
        source, note = ("student", self._note(chain)) if passes.is_students else _EXACT_PASS
        self._show(rung, shown, judged=True, source=source, note=note)
        verdict = right()
        for predictions in (passes.exact, shown):
            verdict = self._verdict(check, predictions, network.predictions, FLOAT)
            if verdict.reason:
                # Is it the bias, or the scales that it meets? The right bias meets the same ones.
                right_bias = {task.spec.layer: np.rint(task.seen.own.expected)}
                exact = run.judge.integers(chain, right_bias)
                against = say("yardstick", "right-bias")
                verdict = self._verdict(check, predictions, exact, against)
            if verdict.reason:
                break
        if passes.error is not None and not verdict.reason:
            verdict = failed_call(passes.error)
        self._record(check, verdict)

    def _own_chain(self, rung: Rung) -> None:
        """Show what the student's own chain reaches with nothing put in its place, if it runs."""
        network = self._network(rung)
        answers = self._answers(network)
        if not self._replaced or _integers(answers) is None:
            return
        scaffold = self.run.edition.file.scaffold
        plain = network is self.run.baseline.plain
        class_name = scaffold.quantized_network if plain else scaffold.quantized_bias_network
        chain = Chain(network=network, weights=own_weights(answers), input_step=1.0, steps={})
        built = networks.build(self.run.student, f"own {rung.id}", class_name, chain, {})
        passed = self._run_all(built, network)
        if not isinstance(passed, CallError):
            self._show(rung, passed, note=say("note", "own-chain"))

    def _network(self, rung: Rung) -> NetworkBaseline:
        """Return the network that a rung is about."""
        baseline = self.run.baseline
        return baseline.plain if rung.network == "plain" else baseline.biased

    def _answers(self, network: NetworkBaseline) -> Mapping[str, WeightAnswer]:
        """Return what was answered for each layer's weights of a network."""
        seen = self.run.seen(quantized_tensor.KIND)
        if seen is None:
            return {}
        return seen.own if network is self.run.baseline.plain else seen.biased

    # -- the passes --------------------------------------------------------------------------

    def _agrees(self, seen: ForwardAnswers) -> bool:
        return agrees(seen, self.run.edition.scheme)

    def _predict(
        self, rung: Rung, built: BuiltNetwork, seen: ForwardAnswers, *, agreed: bool
    ) -> Pass:
        """Return the predictions of a network whose pass over the sample was *seen*."""
        if agreed and seen.numbers is not None:
            scheme = scheme_of(seen, self.run.edition.scheme)
            return self.run.judge.exact(self._network(rung).spec, seen.numbers, scheme)
        error = seen.trace.error
        if error is not None and error.kind in COSTLY:
            return error  # it is not waited for once more
        return self._run_all(built, self._network(rung))

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

    def _show(
        self,
        rung: Rung,
        predictions: Predictions,
        *,
        judged: bool = False,
        source: str = "student",
        note: Message | None = None,
    ) -> None:
        """Add a row; what was judged with the reference's results in it has a name of its own."""
        name = f"{rung.id}_judged" if judged and self._replaced else rung.id
        network = self._network(rung)
        yardstick = network.predictions if rung.against else None
        row = self.run.judge.stage(
            name, str(rung.title), predictions, yardstick, source=source, note=note
        )
        self.run.ladder.append(row)
        self.run.predictions[name] = predictions

    def _check(self, name: str) -> Check[...]:
        return next(check for check in accuracy.CHECKS if check.id == name)

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

    def _skip(self, check: Check[...]) -> None:
        own = self.run.results_of(check.task)
        self.run.record([check.blocked([r for r in own if r.outcome is not Outcome.PASSED])])

    def _skip_or_fail(self, check: Check[...], error: CallError) -> None:
        if all(r.outcome is Outcome.PASSED for r in self.run.results_of(check.task)):
            verdict = failed_call(error)
            self._record(check, verdict if verdict.reason else raised(error.message))
        else:
            self._skip(check)

    def _note(self, chain: Chain) -> Message | None:
        specs = [run.spec for task, run in self.run.tasks.items() if task in chain.substituted]
        names = [spec.title.within_a_sentence() for spec in specs]
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
