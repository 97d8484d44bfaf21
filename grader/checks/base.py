"""What a check is: a pure function whose docstring is the sentence that the report prints."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, ParamSpec

from grader.model import CheckResult, Evidence, Outcome

P = ParamSpec("P")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check says of its arguments, before it is given the check's name."""

    outcome: Outcome = Outcome.PASSED
    reason: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    remarks: tuple[str, ...] = ()


def right(*remarks: str, evidence: Evidence | None = None) -> Verdict:
    """Return the verdict that the claim holds, with remarks that cost nothing."""
    return Verdict(remarks=remarks, evidence=evidence or Evidence())


def wrong(reason: str, *, expected: object = "", actual: object = "", **more: str) -> Verdict:
    """Return the verdict that the claim does not hold; numbers are printed to 6 digits."""
    evidence = Evidence(expected=_text(expected), actual=_text(actual), **more)
    return Verdict(outcome=Outcome.FAILED, reason=reason, evidence=evidence)


def raised(reason: str, *, where: str = "") -> Verdict:
    """Return the verdict that the student's code gave no answer."""
    return Verdict(outcome=Outcome.ERRORED, reason=reason, evidence=Evidence(where=where))


def ungraded(reason: str) -> Verdict:
    """Return the verdict that we failed to find out."""
    return Verdict(outcome=Outcome.UNGRADED, reason=reason)


@dataclass(frozen=True)
class Check(Generic[P]):
    """A named check; calling it gives a CheckResult."""

    id: str
    judge: Callable[P, Verdict]

    @property
    def claim(self) -> str:
        """Return the check's docstring as one line."""
        return " ".join(inspect.cleandoc(self.judge.__doc__ or "").split())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> CheckResult:
        """Judge the arguments."""
        return self.result(self.judge(*args, **kwargs))

    def result(self, verdict: Verdict) -> CheckResult:
        """Return the check's result for a verdict reached elsewhere."""
        return CheckResult(
            check=self.id,
            outcome=verdict.outcome,
            claim=self.claim,
            reason=verdict.reason,
            evidence=verdict.evidence,
            remarks=verdict.remarks,
        )

    def skipped(self, because: str) -> CheckResult:
        """Return the result of a check that was not run."""
        return self.result(Verdict(outcome=Outcome.SKIPPED, reason=because))


def check(check_id: str) -> Callable[[Callable[P, Verdict]], Check[P]]:
    """Name a check function; its docstring becomes the claim."""

    def name(judge: Callable[P, Verdict]) -> Check[P]:
        return Check(check_id, judge)

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
    """Return the steps' results in order; a step is skipped if one that it needs did not pass."""
    results = dict(before or {})
    for step in steps:
        blocking = [results[n] for n in step.needs if results[n].outcome is not Outcome.PASSED]
        result = step.check.skipped(_because(blocking[0])) if blocking else step.run()
        if blocking and blocking[0].outcome is Outcome.UNGRADED:
            result = step.check.result(ungraded(blocking[0].reason))
        results[step.check.id] = result
    return tuple(results[step.check.id] for step in steps)


def all_passed(results: Iterable[CheckResult], *, except_for: Sequence[str] = ()) -> bool:
    """Return whether every result passed, those of the named checks left out."""
    return all(r.outcome is Outcome.PASSED or r.check in except_for for r in results)


def _because(blocking: CheckResult) -> str:
    root = blocking.reason.removeprefix("Not checked: ")
    return f"Not checked: {root}" if root else "Not checked."


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
