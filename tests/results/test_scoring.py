"""From check results to points."""

from __future__ import annotations

import pytest

from grader.editions.rubric import Criterion
from grader.model import CheckResult, Outcome, Score
from grader.results.scoring import drop_repeated_reasons, score_criterion
from grader.words.message import Message, say, sentence

CRITERION = Criterion(
    id="weights.range", title="Range", points=6, checks=("weights.a", "weights.b", "weights.c")
)
PASSED, FAILED, ERRORED = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
SKIPPED, PENDING = Outcome.SKIPPED, Outcome.PENDING
REASONS = {
    PASSED: None,
    FAILED: say("reason", "weights-differ"),
    ERRORED: say("reason", "call-memory"),
    SKIPPED: say("reason", "not-checked-at-all"),
    PENDING: say("reason", "grader-failed"),
}
WRONG = "The same weights gave two different answers."
RAISED = "The code needs more memory than it may have."
LEFT_OUT = "Not checked."
WAITS = "The grader failed here; this waits for staff."
EARNS_NOTHING = f"This holds, but earns nothing because of another mistake: {WRONG}"


def results(*outcomes: Outcome) -> dict[str, CheckResult]:
    return {
        f"weights.{name}": CheckResult(
            check=f"weights.{name}",
            outcome=outcome,
            claim=f"Claim {name}.",
            reason=REASONS[outcome],
        )
        for name, outcome in zip("abc", outcomes, strict=True)
    }


@pytest.mark.parametrize(
    ("outcomes", "points", "outcome", "reason"),
    [
        ((PASSED, PASSED, PASSED), 6.0, PASSED, "Claim a."),
        ((PASSED, FAILED, PASSED), 4.0, FAILED, WRONG),
        ((PASSED, SKIPPED, SKIPPED), 2.0, SKIPPED, LEFT_OUT),
        ((FAILED, ERRORED, PASSED), 2.0, ERRORED, RAISED),
        ((PENDING, PENDING, PENDING), 0.0, PENDING, WAITS),
        ((PENDING, FAILED, PASSED), 0.0, PENDING, WAITS),
        ((PENDING, ERRORED, SKIPPED), 0.0, PENDING, WAITS),
        ((PENDING, PASSED, PASSED), 0.0, PENDING, WAITS),
        ((FAILED, FAILED, FAILED), 0.0, FAILED, WRONG),
    ],
)
def test_points_are_split_over_the_checks(
    outcomes: tuple[Outcome, ...], points: float, outcome: Outcome, reason: str
) -> None:
    """Each check earns its part; where one is pending, a person decides on all of them."""
    score = score_criterion(CRITERION, results(*outcomes), task_title="Weights", question="4")

    assert (score.points, score.outcome, sentence(score.reason)) == (points, outcome, reason)
    assert (score.max_points, score.question, score.task) == (6, "4", "weights")


def test_a_third_is_rounded_to_cents() -> None:
    """Seven points over three checks give 2.33 for one of them."""
    criterion = CRITERION.model_copy(update={"points": 7.0})

    found = results(PASSED, FAILED, FAILED)

    assert score_criterion(criterion, found, task_title="", question="").points == 2.33


@pytest.mark.parametrize(
    ("below", "own", "outcome", "reason"),
    [
        ((FAILED, PASSED), PASSED, SKIPPED, EARNS_NOTHING),
        ((FAILED, PENDING), PASSED, SKIPPED, EARNS_NOTHING),
        ((PENDING, FAILED), PASSED, SKIPPED, EARNS_NOTHING),
        ((PENDING, PASSED), PASSED, PENDING, WAITS),
        ((PENDING, PASSED), FAILED, FAILED, WRONG),
        ((PENDING, PASSED), ERRORED, ERRORED, RAISED),
        ((PENDING, PASSED), SKIPPED, SKIPPED, LEFT_OUT),
        ((FAILED, PASSED), PENDING, PENDING, WAITS),
        ((PASSED, PASSED), PENDING, PENDING, WAITS),
    ],
)
def test_nothing_is_earned_on_what_did_not_pass(
    below: tuple[Outcome, Outcome], own: Outcome, outcome: Outcome, reason: str
) -> None:
    """What rests on a failure is not counted, on what is pending waits unless it failed itself."""
    criterion = CRITERION.model_copy(
        update={"checks": ("weights.c",), "rests_on": ("weights.a", "weights.b")}
    )

    score = score_criterion(criterion, results(*below, own), task_title="Weights", question="4")

    assert (score.points, score.outcome, sentence(score.reason)) == (0, outcome, reason)


def test_a_mistake_is_told_once_in_a_task() -> None:
    """What another line tells is not told again, and says on which side that line stands."""
    mistake = say("reason", "weights-differ")
    skipped = say("reason", "not-checked", reason=mistake)
    held = say("reason", "not-counted", reason=mistake)
    outcomes = [(SKIPPED, held), (FAILED, mistake), (FAILED, mistake), (SKIPPED, skipped)]
    other = scored("bias", FAILED, mistake)

    told = [
        sentence(s.reason)
        for s in drop_repeated_reasons([*(scored("weights", *one) for one in outcomes), other])
    ]

    assert told == [
        "This holds, but earns nothing because of a mistake named below.",
        WRONG,
        "This does not hold either, for the reason given above.",
        "Not checked, for a reason given above.",
        WRONG,
    ]


def scored(task: str, outcome: Outcome, reason: Message) -> Score:
    return Score(
        criterion=f"{task}.range",
        title="Range",
        task=task,
        task_title="",
        question="",
        points=0.0,
        max_points=1.0,
        outcome=outcome,
        reason=reason,
    )
