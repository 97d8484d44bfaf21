"""
The accuracy stages: what each rung of the ladder loses, and which task a loss is charged to.

Where the integers of the student's pass were those of the exact replay, its accuracy is that of
the exact integer network, computed here. Where they were not, the student's network itself runs
over all images. Beside either goes what needs none of their code: the quantized weights in the
float network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from grader.accuracy.passes import (
    BiasedPasses,
    Pass,
    judged_pass,
    own_bias,
    own_weights,
    predict,
    predict_with_bias,
    run_own_chain,
)
from grader.accuracy.rung_results import RungResults, network_of
from grader.baseline.chain import Chain
from grader.baseline.networks import NetworkBaseline
from grader.border.conventions import Predictions
from grader.editions.schema import Role, Rung
from grader.model import Outcome
from grader.sandbox.calls.replies import CallError
from grader.tasks.accuracy import is_unexplained
from grader.tasks.chains import chain_of
from grader.tasks.check import Check, Verdict, right
from grader.tasks.conduct import failed_call
from grader.tasks.run import Run, SeenPass
from grader.words.message import Message, say

FLOAT = say("yardstick", "float")
_EXACT_PASS = ("reference", say("note", "reference-pass"))

T = TypeVar("T")


@dataclass
class Ladder:
    """The accuracy ladder of one run; *executor* is a thread beside this one."""

    run: Run
    executor: Executor
    results: RungResults = field(init=False)
    yardsticks: dict[str, tuple[Predictions, Message]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.results = RungResults(self.run)

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
        seen = judged_pass(self.run)
        if seen is None:
            self._judge_unbuilt(rung, others)
            return
        agreed = seen.agrees
        with self._aside(lambda: predict(seen, agreed=agreed)) as passed:
            for other in others:
                self._judge_without_pass(other)
        self._judge_quantized(rung, None if agreed else seen, passed.result())
        self._show_own_chain(rung)

    def _judge_biased(self, rung: Rung, others: Sequence[Rung]) -> None:
        """Judge a network with a bias: left as it is, and quantized."""
        chain = self.run.biased_chain
        if chain is None:  # we failed to find out about the bias
            self.results.skip(self.results.check(rung.charge))
            return
        bias = own_bias(self.run, network_of(self.run, rung))
        with self._aside(lambda: predict_with_bias(self.run, chain, bias)) as passes:
            for other in others:
                self._judge_without_pass(other)
        self._judge_bias(rung, chain, passes.result())
        self._show_own_chain(rung)

    def _judge_unbuilt(self, rung: Rung, others: Sequence[Rung]) -> None:
        """Judge the other rungs where the grader failed to run the student's network."""
        for other in others:
            self._judge_without_pass(other)
        self.results.skip(self.results.check(rung.charge_pass))
        self._show_exact(rung, chain_of(self.run, network_of(self.run, rung)))

    # -- one rung each -----------------------------------------------------------------------

    def _judge_without_pass(self, rung: Rung) -> None:
        """Judge the float network, as it is or with quantized weights."""
        network = network_of(self.run, rung)
        if not rung.uses:
            self.results.show(rung, network.predictions, source="course")
        elif rung.charge:
            self._judge_weights(rung, network)
        else:
            chain = chain_of(self.run, network)
            integers = {name: w.integers for name, w in chain.weights.items()}
            predictions = self.run.judge.with_weights(network, integers)
            self.results.show_weights(rung, predictions, chain)

    def _judge_weights(self, rung: Rung, network: NetworkBaseline) -> None:
        check, run = self.results.check(rung.charge), self.run
        weights = own_weights(self.run, network)
        if weights is None:
            self.results.skip(check)
            return
        integers = {name: w.integers for name, w in weights.items()}
        predictions = run.judge.with_weights(network, integers)
        self.results.show(rung, predictions)
        result = self.results.judge(check, predictions, network.predictions, FLOAT)
        judged = run.usable(run.giver(Role.QUANTIZED_WEIGHTS).id)
        if judged and result.outcome is not Outcome.PASSED:
            self.yardsticks[rung.network] = (predictions, say("yardstick", "these-weights"))

    def _judge_quantized(self, rung: Rung, differing: SeenPass | None, passed: Pass) -> None:
        """Judge the predictions; *differing* is the pass seen where it was not the exact one."""
        chain = self.run.chain
        assert chain is not None
        check = self.results.check(rung.charge_pass)
        if isinstance(passed, CallError):
            self.results.skip_or_fail(check, passed)
            self._show_exact(rung, chain)
            return
        note = self.results.note(chain)
        self.results.show(rung, passed, judged=True, note=note, substituted=chain.substituted)
        verdict = self.results.verdict(check, passed, *self._yardstick(rung))
        if not verdict.reason and differing is None:
            self.results.record(check, verdict)
            self._charge(rung, passed)
            return
        exact = self.run.judge.integers(chain)
        self._charge(rung, exact)
        if verdict.reason:
            verdict = self.results.verdict(check, passed, exact, say("yardstick", "same-scales"))
        if differing is None:
            self.results.record(check, verdict)
        else:
            self._judge_own_pass(check, differing, passed, verdict)

    def _show_exact(self, rung: Rung, chain: Chain) -> None:
        """Show and charge what the exact integer network reaches, for want of the student's."""
        exact = self.run.judge.integers(chain)
        source, note = _EXACT_PASS
        borrowed = self._with_pass(chain)
        self.results.show(rung, exact, judged=True, source=source, note=note, substituted=borrowed)
        self._charge(rung, exact)

    def _with_pass(self, chain: Chain) -> frozenset[str]:
        """Return the tasks of a chain that are the reference's, the forward pass among them."""
        return chain.substituted | {self.run.giver(Role.LOGITS).id}

    def _yardstick(self, rung: Rung) -> tuple[Predictions, Message]:
        """Return what a rung is compared with: an earlier one, where that was charged already."""
        return self.yardsticks.get(rung.network, (network_of(self.run, rung).predictions, FLOAT))

    def _judge_own_pass(
        self, check: Check[...], seen: SeenPass, passed: Predictions, verdict: Verdict
    ) -> None:
        """Judge what only the student's process computed; it counts where it rests on integers."""
        if not seen.scores_follow:
            self.results.skip(check)
            return
        floating = self.run.judge.loss(passed, self.run.baseline.plain.predictions, FLOAT)
        too_high = is_unexplained(floating, self.run.edition.rubric.thresholds)
        self.results.record(check, verdict if too_high is None else too_high)

    def _charge(self, rung: Rung, predictions: Predictions) -> None:
        """Charge what the exact integers lose to the task that gave the scales."""
        check = self.results.check(rung.charge)
        if self.run.usable(check.task):
            self.results.judge(check, predictions, *self._yardstick(rung))
        else:
            self.results.skip(check)

    def _judge_bias(self, rung: Rung, chain: Chain, passes: BiasedPasses | None) -> None:
        run, check, network = self.run, self.results.check(rung.charge), network_of(self.run, rung)
        if passes is None:
            self.results.skip(check)
            return
        shown = passes.exact if passes.own is None else passes.own
        source, note = ("student", self.results.note(chain)) if passes.is_students else _EXACT_PASS
        borrowed = chain.substituted if passes.is_students else self._with_pass(chain)
        self.results.show(rung, shown, judged=True, source=source, note=note, substituted=borrowed)
        verdict = right()
        for predictions in (passes.exact, shown):
            verdict = self.results.verdict(check, predictions, network.predictions, FLOAT)
            if verdict.reason:
                # Is it the bias, or the scales that it meets? The right bias meets the same ones.
                right_bias = run.reference_value(Role.QUANTIZED_BIAS, network)
                exact = run.judge.integers(chain, right_bias)
                against = say("yardstick", "right-bias")
                verdict = self.results.verdict(check, predictions, exact, against)
            if verdict.reason:
                break
        if passes.error is not None and not verdict.reason:
            verdict = failed_call(passes.error)
        self.results.record(check, verdict)

    def _show_own_chain(self, rung: Rung) -> None:
        """Show what the student's own chain reaches with nothing put in its place, if it runs."""
        if not self.results.has_references:
            return
        passed = run_own_chain(self.run, rung.id, network_of(self.run, rung))
        if passed is not None and not isinstance(passed, CallError):
            self.results.show(rung, passed, note=say("note", "own-chain"))

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
