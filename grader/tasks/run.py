"""One grading of one submission, filled in from task to task; and what a kind of task is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from grader.baseline.chain import Chain, QuantizedWeights
from grader.baseline.labelled_images import LabelledImages
from grader.baseline.loss import Loss
from grader.baseline.networks import Baseline, NetworkBaseline
from grader.border.answers import Answer
from grader.border.conventions import Floats, Predictions
from grader.border.student import Student
from grader.editions.loader import Edition
from grader.editions.notation import turned_over
from grader.editions.rubric import Thresholds
from grader.editions.schema import TaskSpec
from grader.intake.model import Artifact
from grader.measurements import Facts, StageAccuracy
from grader.model import CheckResult, Fault, Finding, Outcome
from grader.sandbox.calls.replies import CallError
from grader.tasks.check import Check, all_passed
from grader.tasks.hypotheses.fit import Fit

Seen = TypeVar("Seen")
# What a task lost where its range is wrong.
_RANGE = frozenset(("range", "rescaling", "sign"))

# These spoil no value: what rests on such a task still uses its results. An answer that rests on
# chance does: it may clip half of a layer, which the tasks after it must not pay for.
_CONDUCT = ("unchanged", "accuracy")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Where a role's value comes from: what was seen of a student, or the reference instead."""

    own: Callable[[Run, Any, NetworkBaseline], object | None]  # what was seen; None: not to be had
    reference: Callable[[Run, NetworkBaseline], object]


@dataclass(frozen=True, kw_only=True)
class ReturnedScale(Generic[Seen]):
    """What was seen of a scale that a function returns."""

    growth: Callable[[Seen], Mapping[float, float]]  # of its step: expected and actual
    first: Callable[[Seen], tuple[str, float]]  # the first tensor's name, and the step of it
    # Whether it is handed on as whole numbers of 2^-bits.
    is_whole: Callable[[Seen, int], bool] = lambda _seen, _bits: False


class SeenPass(Protocol):
    """A forward pass of the student's network over some images, as the ladder takes it."""

    @property
    def is_built(self) -> bool:
        """Return whether the student's network could be built."""
        ...

    @property
    def error(self) -> CallError | None:
        """Return what the pass ended with, None where it ran through."""
        ...

    @property
    def agrees(self) -> bool:
        """Return whether all that was seen are the integers of the exact replay."""
        ...

    @property
    def scores_follow(self) -> bool:
        """Return whether the scores name the class that the integers name."""
        ...

    def exact(self) -> Predictions | None:
        """Return what the replay by the pass's own rounding predicts, None where there is none."""
        ...

    def run_all(self) -> Predictions | CallError:
        """Return what the network itself predicts, run over all test images."""
        ...


@dataclass(frozen=True, kw_only=True)
class Passes(Generic[Seen]):
    """How the ladder runs the network of a kind that gives the logits."""

    judged: Callable[[Run, Seen], SeenPass | None]  # None where the grader could not build one
    with_bias: Callable[[Run, Chain, Mapping[str, Floats]], SeenPass]
    # The name of the pass, and a network whose every scale the student's own functions give.
    alone: Callable[
        [Run, str, NetworkBaseline, Mapping[str, QuantizedWeights]], Predictions | CallError
    ]


@dataclass(frozen=True, kw_only=True)
class FailedTask(Generic[Seen]):
    """A task that lost something: what failed or could not be checked, and the function's code."""

    run: Run
    task: TaskSpec
    seen: Seen
    failed: frozenset[str]  # "range", "sign", ...
    unsure: frozenset[str]  # failed or not checked
    code: ast.AST | None

    @property
    def range_failed(self) -> bool:
        """Return whether the range is wrong."""
        return bool(self.failed & _RANGE)

    @property
    def range_unsure(self) -> bool:
        """Return whether the range is wrong, or could not be checked."""
        return bool(self.unsure & _RANGE)


@dataclass(frozen=True, kw_only=True)
class TaskKind(Generic[Seen]):
    """
    All that the grader has to know of one kind of task; an edition calls it by its *name*.

    ``observe`` asks the student's function and returns what was seen, ``judge`` the results of its
    ``checks``. ``gives`` are the roles that other tasks take from it, ``takes`` those that it
    takes itself beyond its function's arguments. ``explain`` returns the hypotheses that fit what
    was lost, ``explain_error`` those that explain an error by what was seen before it, and each of
    ``remarks`` shows by its numbers what costs nothing, None where they show nothing. ``facts``
    returns what a report shows beside the points, whether or not anything was seen.

    For the ladder, ``accuracy`` judges what is lost by what the kind gives, and ``passes`` run the
    network of one that gives the logits. ``scales`` are the scales that the function returns, by
    role; on one that comes the other way up ``scale_check`` fails, and where either way may be it
    carries the remark ``scales-either-way``.
    """

    name: str
    checks: tuple[Check[...], ...]
    observe: Callable[[Run, TaskSpec], Seen]
    judge: Callable[[Run, TaskSpec, Seen], Sequence[CheckResult]]
    answers: Callable[[Seen], Sequence[Answer]]
    explain: Callable[[FailedTask[Seen]], list[Fit]]
    explain_error: Callable[[FailedTask[Seen]], list[Fit]] = lambda _lost: []
    gives: Mapping[str, Provider] = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    remarks: Mapping[str, Callable[[Run, Seen], Fit | None]] = field(default_factory=dict)
    facts: Callable[[Run, TaskSpec, Seen | None], Facts] = lambda _run, _task, _seen: Facts()
    accuracy: Check[Loss, Thresholds] | None = None
    passes: Passes[Seen] | None = None
    scales: Mapping[str, ReturnedScale[Seen]] = field(default_factory=dict)
    scale_check: Check[...] | None = None


@dataclass(kw_only=True)
class TaskRun(Generic[Seen]):
    """One task of one run: its kind, and what was seen of it, None until it was observed."""

    spec: TaskSpec
    kind: TaskKind[Seen]
    seen: Seen | None = None

    @property
    def id(self) -> str:
        """Return the task's id."""
        return self.spec.id

    @property
    def checks(self) -> tuple[Check[...], ...]:
        """Return the checks that the task owes a result."""
        return tuple(check for check in self.kind.checks if check.applies_to(self.spec))

    @property
    def gives(self) -> frozenset[str]:
        """Return the roles that other tasks take from this one."""
        return frozenset({*self.kind.gives, *(binding.role for binding in self.spec.returns)})

    @property
    def takes(self) -> frozenset[str]:
        """Return the roles that this task takes from others, or from the network."""
        own = (role for b in self.spec.arguments for role in (b.role, *b.items))
        return frozenset({*own, *self.kind.takes}) - self.gives

    def facts(self, run: Run) -> Facts:
        """Return what a report shows of the task beside its points."""
        return self.kind.facts(run, self.spec, self.seen)

    def answers(self) -> Sequence[Answer]:
        """Return everything that was answered, in the order of the calls."""
        return () if self.seen is None else self.kind.answers(self.seen)


@dataclass(kw_only=True)
class Run:
    """What is known so far of one submission; ``tasks`` stand in the order of their work."""

    edition: Edition
    baseline: Baseline
    student: Student
    seed: int
    tasks: Mapping[str, TaskRun[Any]]
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)  # handed in, by the task's id
    stage: str = ""  # the one that is running
    # The roles whose scales are the wrong way up, and right by that convention.
    reversed_roles: frozenset[str] = frozenset()
    results: dict[str, CheckResult] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    ladder: list[StageAccuracy] = field(default_factory=list)
    predictions: dict[str, Predictions] = field(default_factory=dict)  # by rung of the ladder
    findings: tuple[Finding, ...] = ()
    chains: dict[str, Chain] = field(default_factory=dict)  # by the network's name

    @cached_property
    def judge(self) -> LabelledImages:
        """Return the test images with their labels."""
        return LabelledImages(self.baseline, self.edition.scheme)

    @property
    def asked(self) -> Edition:
        """Return the edition as its sheet has it, whichever way up the student's scales are."""
        return turned_over(self.edition, self.reversed_roles)

    @property
    def chain(self) -> Chain | None:
        """Return the chain of the network without bias, None until it was put together."""
        return self.chains.get(self.baseline.plain.spec.name)

    @property
    def biased_chain(self) -> Chain | None:
        """Return the chain of the network with bias, None until it was put together."""
        return self.chains.get(self.baseline.biased.spec.name)

    def record(self, results: Sequence[CheckResult]) -> None:
        """Keep check results, and what broke in them."""
        self.results |= {result.check: result for result in results}
        for result in results:
            if result.fault is not None:
                self.blame(result.fault)

    def blame(self, fault: Fault) -> None:
        """Keep what broke in the stage that is running."""
        self.faults.append(replace(fault, stage=self.stage))

    def work(self, task: TaskRun[Any]) -> None:
        """Observe a task and judge what was seen; keep both where both succeed."""
        seen = task.kind.observe(self, task.spec)
        self.record(task.kind.judge(self, task.spec, seen))
        task.seen = seen

    def results_of(self, task_id: str) -> tuple[CheckResult, ...]:
        """Return what has been found about one task so far."""
        return tuple(r for r in self.results.values() if r.task == task_id)

    def usable(self, task_id: str) -> bool:
        """Return whether a task's results may be used by what rests on them."""
        return bool(self.results_of(task_id)) and self.spoiled_by(task_id) is None

    def spoiled_by(self, task_id: str) -> CheckResult | None:
        """Return the first result for which a task's values may not be used, None for none."""
        conduct = [f"{task_id}.{name}" for name in _CONDUCT]
        own = self.results_of(task_id)
        return next((r for r in own if not all_passed([r], except_for=conduct)), None)

    def harmless(self, task_id: str) -> bool:
        """Return whether a task's function may be run once more inside the student's network."""
        changes = self.results.get(f"{task_id}.unchanged")
        return self.usable(task_id) and (changes is None or changes.outcome is Outcome.PASSED)

    def giver(self, role: str) -> TaskRun[Any]:
        """Return the task that gives a role; raise StopIteration where the edition has none."""
        return next(task for task in self.tasks.values() if role in task.gives)

    def value(self, role: str, network: NetworkBaseline) -> Any:
        """Return a role's value for a network: the student's, or the reference's in its place."""
        own = self.own_value(role, network)
        return self.reference_value(role, network) if own is None else own

    def own_value(self, role: str, network: NetworkBaseline) -> Any:
        """Return the student's value of a role for a network, None where it may not be used."""
        return self.answered(role, network) if self.usable(self.giver(role).id) else None

    def answered(self, role: str, network: NetworkBaseline) -> Any:
        """Return the student's value of a role for a network, right or not; None for none."""
        task = self.giver(role)
        return None if task.seen is None else task.kind.gives[role].own(self, task.seen, network)

    def reference_value(self, role: str, network: NetworkBaseline) -> Any:
        """Return the reference's value of a role for a network."""
        return self.giver(role).kind.gives[role].reference(self, network)
