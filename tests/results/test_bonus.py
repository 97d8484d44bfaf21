"""Points beyond the total, for what the extra challenge was answered with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.editions.rubric import Bonus, ChallengePart
from grader.measurements import StageAccuracy
from grader.model import ChallengeAnswer, Outcome, ScaleChoice, Score
from grader.results.bonus import bonus_scores
from tests.grading import edition

LAB = edition("ee290-2020")
ROW = StageAccuracy(
    stage="challenge", title="", correct=90, images=100, degradation=8.0, standard_error=1.0
)
FOUR = ChallengeAnswer(
    form="anew",
    titles=("Bonus",),
    outcome=Outcome.PASSED,
    parts=(ChallengePart.FEWER_BITS,),
    scales=ScaleChoice.FREE,
    weight_bits={"conv1": 4, "fc1": 3},
    accuracy=ROW,
    float_percent=98.0,
)


def scores(bonus: Bonus, *answers: ChallengeAnswer) -> list[Score]:
    rubric = LAB.rubric.model_copy(update={"bonus": (bonus,)})
    return [*bonus_scores(rubric, LAB.file.challenge, answers)]


def bonus(bits: int | None = None, degradation: float | None = None) -> Bonus:
    part = ChallengePart.FEWER_BITS
    return Bonus(part=part, title={"en": "4 bits"}, points=3, bits=bits, degradation=degradation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "earned"),
    [
        (bonus(), 3),
        (bonus(bits=4), 3),
        (bonus(bits=3), 0),
        (bonus(degradation=6.0), 3),  # 8 less two standard errors
        (bonus(degradation=5.5), 0),
    ],
)
def test_a_bonus_is_earned_within_its_limits(given: Bonus, earned: float) -> None:
    """The widest layer and the accuracy lost decide, and the maximum stays what it was."""
    (score,) = scores(given, FOUR)

    assert (score.points, score.max_points) == (earned, 0)
    assert score.outcome is (Outcome.PASSED if earned else Outcome.FAILED)


def test_without_an_answer_nothing_is_said() -> None:
    """Who has not tried the challenge, or has answered another part, has no line for it."""
    wrong = replace(FOUR, outcome=Outcome.FAILED, parts=())

    assert scores(bonus()) == scores(bonus(), wrong) == []


def test_what_we_failed_to_measure_waits() -> None:
    """A pending answer makes the bonus pending, unless another answer earns it."""
    pending = replace(FOUR, outcome=Outcome.PENDING, parts=())

    assert [s.outcome for s in scores(bonus(), pending)] == [Outcome.PENDING]
    assert [s.outcome for s in scores(bonus(), pending, FOUR)] == [Outcome.PASSED]


def test_a_rubric_that_says_nothing_gives_nothing() -> None:
    """No points are the usual case."""
    assert [*bonus_scores(LAB.rubric, LAB.file.challenge, [FOUR])] == []
