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
Grace = Annotated[int, Field(ge=0, le=10_080)]
Release = dict[
    Literal["score", "findings", "feedback", "report"],
    Literal["never", "published", "due", "published-and-due", "always"],
]
RELEASED = (
    "When students see score, findings, feedback and the generated report: never, published, due"
    " (after their last due moment), published-and-due, or always. Feedback waits for score and"
    " findings."
)
EXTENSION_EXAMPLE: dict[str, JsonValue] = {
    "students": ["108062999"],
    "due_at": "2026-12-08T23:59:59+08:00",
    "reason": "ill in the last week",
}
SETTINGS_EXAMPLE: dict[str, JsonValue] = {
    "due_at": "2026-12-01T23:59:59+08:00",
    "late_percent_per_day": 10,
    "late_days": 3,
    "max_attempts": 5,
    "counts": "latest",
    "anonymous": False,
    "open": True,
    "opens_at": None,
    "grace_minutes": 15,
    "publish_at": "2026-12-08T09:00:00+08:00",
    "release": {"report": "published-and-due"},
}


class AssignmentIn(BaseModel):
    """
    How the course runs an edition: all settings, as they are to be.

    It takes what the same address gives: ``edition`` and ``published`` have to be as they are
    (publishing is a request of its own), ``title``, ``closes_at``, ``attempts_left`` and
    ``extended`` are ignored.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": SETTINGS_EXAMPLE})

    due_at: Moment | None
    late_percent_per_day: Percent
    late_days: LateDays | None
    max_attempts: MaxAttempts | None
    counts: Counts
    anonymous: bool
    open: bool
    opens_at: Moment | None = None
    grace_minutes: Grace = 0
    publish_at: Moment | None = None
    release: Release = Field(default_factory=dict, description=RELEASED)
    edition: str | None = Field(None, description="Read only.")
    published: bool | None = Field(None, description="Read only.")
    title: str | None = Field(None, description="Read only; ignored.")
    closes_at: datetime | None = Field(None, description="Read only; ignored.")
    attempts_left: int | None = Field(None, description="Read only; ignored.")
    extended: bool | None = Field(None, description="Read only; ignored.")


class AssignmentNew(BaseModel):
    """An assignment to be made."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"edition": "cs5120-2021"}}
    )

    edition: str = Field(max_length=64, description="One that is installed.")


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
    opens_at: Moment | None = None
    grace_minutes: Grace = 0
    publish_at: Moment | None = None
    release: Release = Field(default_factory=dict, description=RELEASED)

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
    opens_at: datetime | None = Field(description="Before it no uploads are taken.")
    grace_minutes: int = Field(description="After the due date, in which work is in time.")
    publish_at: datetime | None = Field(description="From then on results are published.")
    release: dict[str, str] = Field(description=RELEASED)
    extended: bool = Field(description="Whether the student who asks has an extension.")


class ExtensionIn(BaseModel):
    """Other terms for some students; what is left out stays the assignment's."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXTENSION_EXAMPLE})

    students: list[str] = Field(min_length=1, max_length=5_000)
    due_at: Moment | None = None
    max_attempts: MaxAttempts | None = None
    late_percent_per_day: Percent | None = None
    late_days: LateDays | None = None
    reason: str = Field("", max_length=1_000, description="For staff alone.")


class ExtensionOut(Answer):
    """A student's own terms; null where the assignment's hold."""

    edition: str
    student_id: str
    due_at: datetime | None
    max_attempts: int | None
    late_percent_per_day: float | None
    late_days: int | None
    reason: str
    changed_at: datetime
