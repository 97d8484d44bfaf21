"""From check results and a rubric to points: partial credit per check, nothing lost through us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.editions.schema import Criterion
from grader.model import CheckResult, Finding, Outcome, Score
from grader.sentences import say

# What decides a criterion's outcome when its checks differ, worst first.
_WORST_FIRST = (Outcome.ERRORED, Outcome.FAILED, Outcome.SKIPPED, Outcome.UNGRADED)
_EARNS = (Outcome.PASSED, Outcome.UNGRADED)


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

    Nothing is earned where a check that it rests on did not pass.
    """
    checks = tuple(results[name] for name in criterion.checks)
    below = [results[name] for name in criterion.rests_on if results[name].outcome not in _EARNS]
    earned = 0 if below else sum(check.outcome in _EARNS for check in checks)
    outcome = _outcome(checks)
    reason = _reason(checks, outcome)
    if below and outcome in _EARNS:
        outcome, reason = Outcome.SKIPPED, _not_counted(below[0])
    return Score(
        criterion=criterion.id,
        title=criterion.title,
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


def _not_counted(below: CheckResult) -> str:
    return f"{say('reason', 'not-counted', reason=below.reason.rstrip('.'))}."


def _outcome(checks: Sequence[CheckResult]) -> Outcome:
    outcomes = {check.outcome for check in checks}
    return next((o for o in _WORST_FIRST if o in outcomes), Outcome.PASSED)


def _reason(checks: Sequence[CheckResult], outcome: Outcome) -> str:
    if outcome is Outcome.PASSED:
        return checks[0].claim
    return next(check.reason for check in checks if check.outcome is outcome)
