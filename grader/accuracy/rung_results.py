"""What the rungs come to: rows of the ladder, and verdicts that are recorded or skipped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from grader.baseline.chain import Chain
from grader.baseline.loss import Loss
from grader.baseline.networks import NetworkBaseline
from grader.border.conventions import Predictions
from grader.editions.schema import Role, Rung
from grader.model import CheckResult, Outcome
from grader.sandbox.calls.replies import CallError
from grader.tasks.check import Check, Verdict, raised
from grader.tasks.conduct import failed_call
from grader.tasks.run import Run
from grader.words.message import Message, listed, say


@dataclass(frozen=True)
class RungResults:
    """Where rows and verdicts go: into the *run*."""

    run: Run

    @property
    def has_references(self) -> bool:
        """Return whether the judged chain has results of the reference in it."""
        return self.run.chain is not None and bool(self.run.chain.substituted)

    def show(  # noqa: PLR0913  one row is these things
        self,
        rung: Rung,
        predictions: Predictions,
        *,
        judged: bool = False,
        source: str = "student",
        note: Message | None = None,
        substituted: Collection[str] = (),
    ) -> None:
        """
        Add a row; what was judged with the reference's results in it has a name of its own.

        *substituted* are the tasks whose results in it are the reference's.
        """
        name = f"{rung.id}_judged" if judged and self.has_references else rung.id
        network = network_of(self.run, rung)
        yardstick = network.predictions if rung.against else None
        row = self.run.judge.stage(
            name,
            str(rung.title),
            predictions,
            yardstick,
            source=source,
            note=note,
            substituted=tuple(sorted(substituted)),
        )
        self.run.ladder.append(row)
        self.run.predictions[name] = predictions

    def show_weights(self, rung: Rung, predictions: Predictions, chain: Chain) -> None:
        """Add a row of a float network with a chain's quantized weights, whosever they are."""
        task = self.run.giver(Role.QUANTIZED_WEIGHTS)
        if task.id not in chain.substituted:
            self.show(rung, predictions)
            return
        own = [task.id]
        self.show(rung, predictions, source="reference", note=self._note(own), substituted=own)

    def check(self, name: str) -> Check[...]:
        """Return the check of accuracy with this id; raise StopIteration where there is none."""
        every = (task.kind.accuracy for task in self.run.tasks.values())
        return next(check for check in every if check is not None and check.id == name)

    def judge(
        self,
        check: Check[...],
        predictions: Predictions,
        yardstick: Predictions,
        against: Message,
    ) -> CheckResult:
        """Record whether *predictions* lose too much against the *yardstick*."""
        return self.record(check, self.verdict(check, predictions, yardstick, against))

    def verdict(
        self,
        check: Check[...],
        predictions: Predictions,
        yardstick: Predictions,
        against: Message,
    ) -> Verdict:
        """Return a check's verdict on the accuracy lost, and record nothing."""
        loss: Loss = self.run.judge.loss(predictions, yardstick, against)
        return check.verdict(loss, self.run.edition.rubric.thresholds)

    def record(self, check: Check[...], verdict: Verdict) -> CheckResult:
        result = check.result(verdict)
        self.run.record([result])
        return result

    def skip(self, check: Check[...]) -> None:
        """Record that a check is not run, for what did not pass in its task."""
        own = self.run.results_of(check.task)
        self.run.record([check.blocked([r for r in own if r.outcome is not Outcome.PASSED])])

    def skip_or_fail(self, check: Check[...], error: CallError) -> None:
        """Record the error of a pass as the check's, unless something before it failed."""
        if all(r.outcome is Outcome.PASSED for r in self.run.results_of(check.task)):
            verdict = failed_call(error)
            self.record(check, verdict if verdict.reason else raised(error.message))
        else:
            self.skip(check)

    def note(self, chain: Chain) -> Message | None:
        """Return the remark that names the tasks with the reference's results; None for none."""
        return self._note(chain.substituted)

    def _note(self, tasks: Collection[str]) -> Message | None:
        specs = [run.spec for task, run in self.run.tasks.items() if task in tasks]
        names = [spec.title.within_a_sentence() for spec in specs]
        return say("note", "with-references", tasks=listed(names)) if names else None


def network_of(run: Run, rung: Rung) -> NetworkBaseline:
    """Return the network that a rung is about."""
    baseline = run.baseline
    return baseline.plain if rung.network == "plain" else baseline.biased
