"""Bodies of requests and answers about assignments: how the course runs an edition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from api.kit.schemas.answer import Answer

FIRST_YEAR, LAST_YEAR = 2000, 2200  # beyond them a moment may have no UTC at all


def _in_our_time(moment: datetime) -> datetime:
    """Return a moment in UTC."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        msg = f"must lie between {FIRST_YEAR} and {LAST_YEAR}"
        raise ValueError(msg)
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Counts = Literal["latest", "best"]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
LateDays = Annotated[int, Field(ge=0, le=3650)]
MaxAttempts = Annotated[int, Field(ge=1, le=10_000)]
SETTINGS_EXAMPLE: dict[str, JsonValue] = {
    "due_at": "2026-12-01T23:59:59+08:00",
    "late_percent_per_day": 10,
    "late_days": 3,
    "max_attempts": 5,
    "counts": "latest",
    "anonymous": False,
    "open": True,
}


class AssignmentIn(BaseModel):
    """
    How the course runs an edition: all settings, as they are to be.

    It takes what the same address gives: ``edition`` and ``published`` have to be as they are
    (publishing is a request of its own), ``title``, ``closes_at`` and ``attempts_left`` are
    ignored.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": SETTINGS_EXAMPLE})

    due_at: Moment | None
    late_percent_per_day: Percent
    late_days: LateDays | None
    max_attempts: MaxAttempts | None
    counts: Counts
    anonymous: bool
    open: bool
    edition: str | None = Field(None, description="Read only.")
    published: bool | None = Field(None, description="Read only.")
    title: str | None = Field(None, description="Read only; ignored.")
    closes_at: datetime | None = Field(None, description="Read only; ignored.")
    attempts_left: int | None = Field(None, description="Read only; ignored.")


class AssignmentPatch(BaseModel):
    """Settings to change; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"open": False}})

    due_at: Moment | None = None
    late_percent_per_day: Percent = 0.0
    late_days: LateDays | None = None
    max_attempts: MaxAttempts | None = None
    counts: Counts = "latest"
    anonymous: bool = False
    open: bool = True

    def named(self) -> dict[str, Any]:
        """Return the settings that were named, and no defaults."""
        return self.model_dump(exclude_unset=True)


class AssignmentOut(Answer):
    """How the course runs an edition."""

    edition: str
    title: str
    due_at: datetime | None
    closes_at: datetime | None = Field(description="When the last late work is taken.")
    late_percent_per_day: float
    late_days: int | None
    max_attempts: int | None
    attempts_left: int | None = Field(description="Of the student who asks; null: no limit.")
    counts: str
    published: bool
    anonymous: bool
    open: bool
