"""From check results to points."""

from __future__ import annotations

import pytest

from grader.editions.schema import Criterion
from grader.model import CheckResult, Outcome
from grader.scoring import score_criterion

CRITERION = Criterion(
    id="weights.range", title="Range", points=6, checks=("weights.a", "weights.b", "weights.c")
)
PASSED, FAILED, ERRORED = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
SKIPPED, UNGRADED = Outcome.SKIPPED, Outcome.UNGRADED


def results(*outcomes: Outcome) -> dict[str, CheckResult]:
    return {
        f"weights.{name}": CheckResult(
            check=f"weights.{name}", outcome=outcome, claim=f"Claim {name}.", reason=f"{outcome}!"
        )
        for name, outcome in zip("abc", outcomes, strict=True)
    }


@pytest.mark.parametrize(
    ("outcomes", "points", "outcome", "reason"),
    [
        ((PASSED, PASSED, PASSED), 6.0, PASSED, "Claim a."),
        ((PASSED, FAILED, PASSED), 4.0, FAILED, "failed!"),
        ((PASSED, SKIPPED, SKIPPED), 2.0, SKIPPED, "skipped!"),
        ((FAILED, ERRORED, PASSED), 2.0, ERRORED, "errored!"),
        ((UNGRADED, UNGRADED, UNGRADED), 6.0, UNGRADED, "ungraded!"),
        ((UNGRADED, FAILED, PASSED), 4.0, FAILED, "failed!"),
        ((UNGRADED, PASSED, PASSED), 6.0, UNGRADED, "ungraded!"),
        ((FAILED, FAILED, FAILED), 0.0, FAILED, "failed!"),
    ],
)
def test_points_are_split_over_the_checks(
    outcomes: tuple[Outcome, ...], points: float, outcome: Outcome, reason: str
) -> None:
    """Each check earns its part; our fault earns all of it, what was skipped nothing."""
    score = score_criterion(CRITERION, results(*outcomes), task_title="Weights", question="4")

    assert (score.points, score.outcome, score.reason) == (points, outcome, reason)
    assert (score.max_points, score.question, score.task) == (6, "4", "weights")


def test_a_third_is_rounded_to_cents() -> None:
    """Seven points over three checks give 2.33 for one of them."""
    criterion = CRITERION.model_copy(update={"points": 7.0})

    found = results(PASSED, FAILED, FAILED)

    assert score_criterion(criterion, found, task_title="", question="").points == 2.33


@pytest.mark.parametrize("own", [PASSED, UNGRADED])
def test_nothing_is_earned_on_what_failed(own: Outcome) -> None:
    """Where what a criterion rests on failed, its points are not counted, and it says so."""
    criterion = CRITERION.model_copy(update={"checks": ("weights.b",), "rests_on": ("weights.a",)})

    score = score_criterion(
        criterion, results(FAILED, own, PASSED), task_title="Weights", question="4"
    )

    assert (score.points, score.outcome) == (0, SKIPPED)
    assert score.reason == "Not counted: failed!."
