"""What an edition's ``rubric.toml`` may say: points, thresholds, bonus and the late rule."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from grader.editions.schema import CHALLENGE, WRITTEN, Localized, WrittenQuestion
from grader.editions.strict import Strict


class Thresholds(Strict):
    """The numbers at which a judgement tips."""

    # Percentage points of accuracy that a stage may lose against the float network.
    degradation: Annotated[float, Field(gt=0)]
    # Standard errors of the degradation that are held in the student's favour.
    confidence: Annotated[float, Field(ge=0)]
    # The integer on which a tensor's largest value must land at least, of 128.
    lowest_level: Annotated[float, Field(gt=0)]
    # ... and, on a tensor whose values fill their range evenly, at most.
    highest_level: Annotated[float, Field(gt=0)]
    # ... and, on a tensor of the network's own, whose few largest values may clip, at most.
    highest_own_level: Annotated[float, Field(gt=0)]
    # Percent of the images on which a large random bias must lead to what the right one leads to.
    bias_agreement: Annotated[float, Field(gt=0, le=100)]

    def fits(self, level: float) -> bool:
        """Return whether a tensor of the network's own may have its largest value on *level*."""
        return self.lowest_level <= level <= self.highest_own_level


class Criterion(Strict):
    """What points are for: checks whose passing earns them in equal parts, or a person's view."""

    id: str
    title: Localized
    points: Annotated[float, Field(ge=0)]  # 0 for remarks alone
    graded_by: Literal["checks", "people"] = "checks"
    checks: tuple[str, ...] = ()
    # Checks without which these points mean nothing: a stub leaves its argument alone, too.
    rests_on: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """Return the id of the task that the criterion belongs to."""
        return self.id.partition(".")[0]

    @model_validator(mode="after")
    def _is_graded(self) -> Criterion:
        if (self.graded_by == "checks") != bool(self.checks):
            msg = (
                f'{self.id}: name its checks, or say graded_by = "people" for what only people'
                " can grade, such as a written question"
            )
            raise ValueError(msg)
        if self.checks and not self.points:
            msg = f"{self.id}: checks earn points; only what people grade may have 0"
            raise ValueError(msg)
        return self


def remark_on(question: WrittenQuestion) -> Criterion:
    """Return a written question as a criterion without points, for a person's remark."""
    words = {
        language: f"{question.question} {question.title.in_language(language)}"
        for language in ("en", "zh_TW")
    }
    return Criterion(
        id=f"{WRITTEN}.{question.id}", title=Localized(**words), points=0, graded_by="people"
    )


class ChallengePart(StrEnum):
    """What the extra challenge may be about."""

    POWERS_OF_TWO = "powers_of_two"
    FEWER_BITS = "fewer_bits"
    MIXED_BITS = "mixed_bits"
    FEWER_BIAS_BITS = "fewer_bias_bits"


class Bonus(Strict):
    """
    Points beyond the total for a part of the extra challenge.

    At most *bits* wide the integers must be, where it is given, and at most *degradation*
    percentage points of accuracy may they cost.
    """

    part: ChallengePart
    title: Localized
    points: Annotated[float, Field(gt=0)]
    bits: Annotated[int | None, Field(ge=1, le=31)] = None
    degradation: Annotated[float | None, Field(gt=0)] = None

    @property
    def id(self) -> str:
        """Return the id of the criterion that these points are shown as."""
        most = "" if self.bits is None else f"_{self.bits}"
        return f"{CHALLENGE}.{self.part}{most}"


class LateRule(Strict):
    """What late work loses: percent of the maximum for each begun day; so many *days* at most."""

    percent_per_day: float = Field(ge=0, le=100)
    days: int | None = Field(default=None, ge=0)


class RubricFile(Strict):
    """``rubric.toml``; the *bonus* is not part of the total."""

    total: float
    late: LateRule | None = None
    # Whether the points for a file that was not handed in wait for a person, or are lost.
    absent_files: Literal["wait", "lose"] = "lose"
    thresholds: Thresholds
    criteria: tuple[Criterion, ...]
    bonus: tuple[Bonus, ...] = ()

    def bonus_of(self, criterion: str) -> Bonus | None:
        """Return the bonus that is shown as a criterion, None where it is none."""
        return next((bonus for bonus in self.bonus if bonus.id == criterion), None)

    @model_validator(mode="after")
    def _each_bonus_once(self) -> RubricFile:
        ids = [bonus.id for bonus in self.bonus]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            msg = f"bonus: {', '.join(twice)} is given more than once; tell them apart by bits"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _adds_up(self) -> RubricFile:
        total = sum(criterion.points for criterion in self.criteria)
        if abs(total - self.total) > 1e-9:
            msg = f"criteria: the points add up to {total:g}, but total says {self.total:g}"
            raise ValueError(msg)
        return self
