"""Bodies of requests and answers about runs, and about regrading many submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.kit.models import RunState
from api.kit.schemas.answer import Answer, ReasonOut


class FaultOut(Answer):
    """Why the grader could not judge something; told to staff alone."""

    stage: str
    check: str
    exception: str
    value: str = Field(description="What the student's code returned, as text.")


class RunOut(Answer):
    """One grading of a submission."""

    number: int
    state: RunState
    stage: str
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    message: str
    reason: ReasonOut | None
    score: float | None = Field(description="Null unless everything was graded.")
    max_score: float | None
    seconds: float | None
    findings: list[str]
    pending: list[str] = Field(description="Criteria that the grader could not judge.")
    faults: list[FaultOut] = Field(description="Why not; for staff alone.")


class RegradesIn(BaseModel):
    """Which submissions to regrade; all filters hold at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"edition": "cs5120-2021", "state": "ungraded"}},
    )

    edition: str
    submissions: list[str] | None = Field(None, max_length=5000, description="null: all.")
    attempts: Literal["counting", "all"] = Field(
        "counting",
        description="Each student's latest graded attempt, and newer ones that would count if"
        " they were graded; all, where the best counts.",
    )
    state: RunState | None = None
    finding: str | None = None


class RegradesOut(BaseModel):
    """The result of a bulk regrade."""

    queued: list[str]
    already_running: list[str]
