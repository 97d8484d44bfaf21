"""What a check is: a pure function whose docstring is the sentence that the report prints."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, ParamSpec

from grader.editions.schema import TaskSpec
from grader.faults import attempt
from grader.model import CheckResult, Evidence, Fault, Outcome
from grader.words.message import Message, Value, plain, say
from grader.words.places import probe_name

P = ParamSpec("P")
_UNSAID = object()
_BECAUSE = ("reason.not-checked", "reason.not-counted")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check says of its arguments, before it is given the check's name."""

    outcome: Outcome = Outcome.PASSED
    reason: Message | None = None
    evidence: Evidence = field(default_factory=Evidence)
    remarks: tuple[str, ...] = ()
    fault: Fault | None = None


def right(*remarks: str, evidence: Evidence | None = None) -> Verdict:
    """Return the verdict that the claim holds, with remarks that cost nothing."""
    return Verdict(remarks=remarks, evidence=evidence or Evidence())


def wrong(
    reason: Message,
    *,
    expected: object = _UNSAID,
    actual: object = _UNSAID,
    tolerance: Value | None = None,
    where: Value | None = None,
) -> Verdict:
    """Return the verdict that the claim does not hold; None as a value is Python's None."""
    evidence = Evidence(
        expected=None if expected is _UNSAID else plain(expected),
        actual=None if actual is _UNSAID else plain(actual),
        tolerance=tolerance,
        where=probe_name(where) if isinstance(where, str) else where,
    )
    return Verdict(outcome=Outcome.FAILED, reason=reason, evidence=evidence)


def raised(reason: Message, *, where: Value | None = None) -> Verdict:
    """Return the verdict that the student's code gave no answer."""
    return Verdict(outcome=Outcome.ERRORED, reason=reason, evidence=Evidence(where=where))


def pending(reason: Message, fault: Fault | None = None) -> Verdict:
    """Return the verdict that we failed to find out, and what broke."""
    return Verdict(outcome=Outcome.PENDING, reason=reason, fault=fault)


def broken(fault: Fault) -> Verdict:
    """Return the verdict of a check that the grader itself failed to run."""
    return pending(say("reason", "grader-failed"), fault)


@dataclass(frozen=True)
class Check(Generic[P]):
    """A named check; calling it gives a CheckResult."""

    id: str
    judge: Callable[P, Verdict]
    role: str = ""

    def applies_to(self, task: TaskSpec) -> bool:
        """Return whether a task has what the check is about: a role, where it is about one."""
        return not self.role or task.takes(self.role) or task.gives(self.role)

    @property
    def task(self) -> str:
        """Return the id of the task that the check belongs to."""
        return self.id.partition(".")[0]

    @property
    def claim(self) -> str:
        """Return the check's docstring as one line."""
        return " ".join(inspect.cleandoc(self.judge.__doc__ or "").split())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> CheckResult:
        """Judge the arguments; where we break on them, the result is pending."""
        return self.result(self.verdict(*args, **kwargs))

    def verdict(self, *args: P.args, **kwargs: P.kwargs) -> Verdict:
        """Return the verdict on the arguments, pending where we break on them."""
        judged = attempt(lambda: self.judge(*args, **kwargs), f"check {self.id!r}")
        return broken(judged) if isinstance(judged, Fault) else judged

    def result(self, verdict: Verdict) -> CheckResult:
        """Return the check's result for a verdict reached elsewhere."""
        return CheckResult(
            check=self.id,
            outcome=verdict.outcome,
            claim=self.claim,
            reason=verdict.reason,
            evidence=verdict.evidence,
            remarks=verdict.remarks,
            fault=verdict.fault and replace(verdict.fault, check=self.id),
        )

    def skipped(self, because: Message | None) -> CheckResult:
        """Return the result of a check that was not run, *because* of another's reason."""
        if because is None:
            why = say("reason", "not-checked-at-all")
        else:
            why = say("reason", "not-checked", reason=root_of(because))
        return self.result(Verdict(outcome=Outcome.SKIPPED, reason=why))

    def blocked(self, by: Sequence[CheckResult]) -> CheckResult:
        """
        Return the result of a check that rests on results *by* which did not pass.

        It is skipped for the first that a student can mend; where all are pending, so is it.
        """
        cause = next((r for r in by if r.outcome is not Outcome.PENDING), None)
        if cause is None and by and by[0].reason is not None:
            return self.result(pending(by[0].reason))
        return self.skipped(cause.reason if cause else None)


def root_of(reason: Message) -> Message:
    """Return what a reason comes down to: the mistake for which something else does not count."""
    inner = reason.values.get("reason")
    return inner if reason.code in _BECAUSE and isinstance(inner, Message) else reason


def check(check_id: str, role: str = "") -> Callable[[Callable[P, Verdict]], Check[P]]:
    """
    Name a check function; its docstring becomes the claim.

    One about a *role* applies to the tasks alone whose function is handed it, or returns it.
    """

    def name(judge: Callable[P, Verdict]) -> Check[P]:
        return Check(check_id, judge, role)

    return name


@dataclass(frozen=True, kw_only=True)
class Step:
    """One check in a family's order, and the ids of the checks that it rests on."""

    check: Check[...]
    run: Callable[[], CheckResult]
    needs: tuple[str, ...] = ()


def run_steps(
    steps: Sequence[Step], before: Mapping[str, CheckResult] | None = None
) -> tuple[CheckResult, ...]:
    """
    Return the steps' results in order; a step is skipped if one that it needs did not pass.

    A step on which we break is pending, and the others go on.
    """
    results = dict(before or {})
    for step in steps:
        blocking = [results[n] for n in step.needs if results[n].outcome is not Outcome.PASSED]
        results[step.check.id] = step.check.blocked(blocking) if blocking else _ran(step)
    return tuple(results[step.check.id] for step in steps)


def _ran(step: Step) -> CheckResult:
    result = attempt(step.run, f"check {step.check.id!r}")
    return step.check.result(broken(result)) if isinstance(result, Fault) else result


def all_passed(results: Iterable[CheckResult], *, except_for: Sequence[str] = ()) -> bool:
    """Return whether every result passed, those of the named checks left out."""
    return all(r.outcome is Outcome.PASSED or r.check in except_for for r in results)
