"""From check results to points: partial credit per check, nothing earned or lost through us."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader.editions.rubric import Criterion
from grader.model import CheckResult, Finding, Outcome, Score
from grader.tasks.check import root_of
from grader.words.message import Message, say

# What decides a criterion's outcome when its checks differ: the first that there is.
_DECIDING = (Outcome.PENDING, Outcome.ERRORED, Outcome.FAILED, Outcome.SKIPPED, Outcome.PASSED)


def score_criterion(
    criterion: Criterion,
    results: Mapping[str, CheckResult],
    *,
    task_title: str,
    question: str,
    findings: Sequence[Finding] = (),
) -> Score:
    """
    Return a criterion's score: its points split evenly over its checks.

    Nothing is earned where a check that it rests on did not pass. Where a check is pending, the
    whole criterion is: a person decides on all of its points.
    """
    checks = tuple(results[name] for name in criterion.checks)
    below = [results[name] for name in criterion.rests_on]
    below = [result for result in below if result.outcome is not Outcome.PASSED]
    outcome, reason = _judged(checks, below)
    counts = not below and outcome is not Outcome.PENDING
    earned = sum(check.outcome is Outcome.PASSED for check in checks) if counts else 0
    return Score(
        criterion=criterion.id,
        title=str(criterion.title),
        task=criterion.task,
        task_title=task_title,
        question=question,
        points=round(criterion.points * earned / len(checks), 2),
        max_points=criterion.points,
        outcome=outcome,
        reason=reason,
        checks=checks,
        findings=tuple(findings),
    )


def pending_score(criterion: Criterion, *, task_title: str, question: str) -> Score:
    """Return the score of a criterion that the grader itself failed to score."""
    return Score(
        criterion=criterion.id,
        title=str(criterion.title),
        task=criterion.task,
        task_title=task_title,
        question=question,
        points=0.0,
        max_points=criterion.points,
        outcome=Outcome.PENDING,
        reason=say("reason", "grader-failed"),
    )


def _judged(
    checks: Sequence[CheckResult], below: Sequence[CheckResult]
) -> tuple[Outcome, Message]:
    """Return the outcome and its reason; *below* is what it rests on that did not pass."""
    outcomes = {check.outcome for check in checks}
    outcome = next(one for one in _DECIDING if one in outcomes)
    if below and Outcome.PASSED in outcomes and outcome is not Outcome.PENDING:
        cause = next((r for r in below if r.outcome is not Outcome.PENDING), None)
        if cause is None:  # points or none: what is below decides, and it is pending
            return Outcome.PENDING, _told(below[0])
        if outcome is Outcome.PASSED:
            return Outcome.SKIPPED, say("reason", "not-counted", reason=root_of(_told(cause)))
    return outcome, _reason(checks, outcome)


def drop_repeated_reasons(scores: Iterable[Score]) -> Iterator[Score]:
    """Yield the scores in order; what another reason of a task says already is not repeated."""
    scores = [*scores]
    mistakes = {(s.task, root_of(s.reason)) for s in scores if s.outcome in _NAMING}
    told: set[tuple[str, Message]] = set()
    for score in scores:
        root = (score.task, root_of(score.reason))
        where = "again" if root in told else "elsewhere" if root in mistakes else ""
        code = _again(score, where) if where else ""
        yield replace(score, reason=say("reason", code)) if code else score
        told |= set() if code else {root}


_NAMING = (Outcome.FAILED, Outcome.ERRORED)


def _again(score: Score, where: str) -> str:
    """Return the code of what is said of a reason that is told elsewhere, ``""`` for itself."""
    if score.outcome is Outcome.SKIPPED:
        counted = score.reason.code == "reason.not-counted"
        return f"not-counted-{where}" if counted else f"not-checked-{where}"
    if where == "elsewhere":
        return ""
    return {Outcome.PENDING: "waits-as-well"}.get(score.outcome, "fails-as-well")


def _reason(checks: Sequence[CheckResult], outcome: Outcome) -> Message:
    return _told(next(check for check in checks if check.outcome is outcome))


def _told(check: CheckResult) -> Message:
    """Return a check's reason; of one that passed and has none, its claim."""
    claim = check.claim.removesuffix(".")
    return check.reason or say("reason", "holds", check=check.claim_id or check.check, claim=claim)
