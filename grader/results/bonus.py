"""Points beyond the total, for the parts of the extra challenge that a submission answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.editions.rubric import Bonus, ChallengePart, RubricFile
from grader.editions.schema import CHALLENGE, ChallengeTable
from grader.model import ChallengeAnswer, Outcome, Score
from grader.words.message import Message, say


def bonus_scores(
    rubric: RubricFile, challenge: ChallengeTable | None, answers: Sequence[ChallengeAnswer]
) -> Iterator[Score]:
    """
    Yield a score for each bonus that was earned, waits for a person, or was missed by its limits.

    Its maximum is 0, for it is beyond the total: who has not tried loses nothing.
    """
    if challenge is None:
        return
    for bonus in rubric.bonus:
        judged = _judged(bonus, rubric, answers)
        if judged is not None:
            outcome, reason = judged
            yield Score(
                criterion=bonus.id,
                title=str(bonus.title),
                task=CHALLENGE,
                task_title=str(challenge.title),
                question=challenge.question,
                points=bonus.points if outcome is Outcome.PASSED else 0.0,
                max_points=0.0,
                outcome=outcome,
                reason=reason,
            )


def _judged(
    bonus: Bonus, rubric: RubricFile, answers: Sequence[ChallengeAnswer]
) -> tuple[Outcome, Message] | None:
    """Return whether a bonus is earned, and by what; None where no answer is about it."""
    about = [one for one in answers if one.outcome is Outcome.PASSED and bonus.part in one.parts]
    missed = [(one, _missed(bonus, rubric, one)) for one in about]
    earned = next((one for one, reason in missed if reason is None), None)
    if earned is not None:
        return Outcome.PASSED, say("challenge", "earned", **_numbers(earned))
    if any(one.outcome is Outcome.PENDING for one in answers):
        return Outcome.PENDING, say("reason", "grader-failed")
    return next(((Outcome.FAILED, reason) for _, reason in missed if reason is not None), None)


def _numbers(answer: ChallengeAnswer) -> dict[str, str]:
    row = answer.accuracy
    return {
        "answer": ", ".join(answer.titles),
        "percent": "" if row is None else f"{row.percent:.2f}",
        "yardstick": f"{answer.float_percent or 0.0:.2f}",
    }


def _missed(bonus: Bonus, rubric: RubricFile, answer: ChallengeAnswer) -> Message | None:
    """Return why an answer is not within a bonus's limits, None where it is."""
    bits = _bits(bonus, answer)
    if bonus.bits is not None and bits is not None and bits > bonus.bits:
        return say("challenge", "too-wide", bits=bits, most=bonus.bits)
    row = answer.accuracy
    if bonus.degradation is None or row is None or row.degradation is None:
        return None
    margin = rubric.thresholds.confidence * (row.standard_error or 0.0)
    if row.degradation - margin <= bonus.degradation:
        return None
    points = f"{row.degradation:.2f}"
    return say("challenge", "loses", points=points, most=bonus.degradation)


def _bits(bonus: Bonus, answer: ChallengeAnswer) -> int | None:
    """Return the widest integers of the part that a bonus is for."""
    if bonus.part is ChallengePart.FEWER_BIAS_BITS:
        return answer.bias_bits
    return max(answer.weight_bits.values(), default=None)
