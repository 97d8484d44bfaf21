"""Bodies of requests and answers about grades: points, a person's decisions, the export."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.kit.database import NO_NUL
from api.kit.models import RunState
from api.kit.schemas.answer import Answer

Language = Literal["en", "zh_TW"]
NUMBER = 1e6
LONGEST_REMARK = 5000
Text = Annotated[str, StringConstraints(max_length=LONGEST_REMARK, pattern=NO_NUL)]


class CriterionOut(Answer):
    """One criterion's points, automatic and by hand; a person's win."""

    id: str = Field(examples=["weights.scale"])
    title: str
    task: str
    question: str
    automatic: float | None
    manual: float | None
    remark: str
    points: float
    max_points: float
    pending: bool = Field(description="It waits for staff: neither earned nor lost so far.")


class GradeOut(Answer):
    """
    What a submission is worth.

    Unless it is final, ``points`` is what was graded so far, of ``graded_max``, and no score.
    """

    criteria: list[CriterionOut]
    remark: str
    raw_points: float
    max_points: float
    late_days: int
    late_percent: float
    late_points: float = Field(description="What the late rule takes off.")
    adjustment: float = Field(description="What a person adds to the total, or takes off.")
    adjustment_reason: str
    points: float
    is_final: bool
    pending_points: float = Field(description="Points of criteria that wait for staff.")
    graded_max: float = Field(description="The maximum of what was graded so far.")


class SoFarOut(BaseModel):
    """The graded part of a submission that waits for staff; not a score."""

    points: float = Field(examples=[63.0])
    graded_max: float = Field(examples=[75.0])
    pending_points: float = Field(examples=[25.0])
    criteria: list[str] = Field(description="Ids of those that wait.")
    said: dict[Language, str] = Field(description="The same as a sentence.")


class ScoreIn(BaseModel):
    """A person's decision about one criterion; without points it is only a remark."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"points": 4.5, "remark": "well argued"}}
    )

    points: float | None = Field(None, ge=0, le=NUMBER, allow_inf_nan=False)
    remark: Text = ""


class AdjustmentIn(BaseModel):
    """What a person adds to the total, or takes off, and why; the student reads the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"points": -5, "reason": "explained nothing in person"}},
    )

    points: float = Field(ge=-NUMBER, le=NUMBER, allow_inf_nan=False)
    reason: Text


class RemarkIn(BaseModel):
    """A remark on the whole submission; an empty one takes it back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"remark": "See me."}})

    remark: Text


class GradeRow(BaseModel):
    """One student's, or with ``history`` one attempt's, line of the export."""

    student_id: str
    name: str
    attempt: int | None
    submission: str | None
    received_at: datetime | None
    state: RunState | None
    counts: bool
    late_days: int | None
    raw_points: float | None
    points: float | None
    max_points: float | None
    named_for: str = Field(description="Another student's id that a file's name carries.")
    pending_attempts: list[int] = Field(
        description="Attempts that wait for staff; they may count once they are graded."
    )
    adjustment: float | None = Field(description="What a person added to the total.")
    section: str = Field(description="The student's section in the roster.")
    criteria: dict[str, float]
