"""The bodies of the API's requests and answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)

from api.kit.database import NO_NUL
from api.kit.models import RunState

Language = Literal["en", "zh_TW"]
Counts = Literal["latest", "best"]
# What a submission's address holds; any other text is nobody's.
EXAMPLE_ID = "0b9b1ea0a4c94c0c8d0b8f2b6d1c9e55"
NUMBER = 1e6
FIRST_YEAR, LAST_YEAR = 2000, 2200  # beyond them a moment may have no UTC at all
LONGEST_REMARK = 5000
Text = Annotated[str, StringConstraints(max_length=LONGEST_REMARK, pattern=NO_NUL)]


def _in_our_time(moment: datetime) -> datetime:
    """Return a moment in UTC."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        msg = f"must lie between {FIRST_YEAR} and {LAST_YEAR}"
        raise ValueError(msg)
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]


class Answer(BaseModel):
    """What every answer shares: it is made from dataclasses and rows as well."""

    model_config = ConfigDict(from_attributes=True)


class FileOut(Answer):
    """One file of a submission."""

    position: int
    name: str
    size_bytes: int
    sha256: str


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
    points: float
    is_final: bool
    pending_points: float = Field(description="Points of criteria that wait for staff.")
    graded_max: float = Field(description="The maximum of what was graded so far.")


class SoFarOut(BaseModel):
    """What was graded of a submission of which a part waits for staff; it is no score."""

    points: float = Field(examples=[63.0])
    graded_max: float = Field(examples=[75.0])
    pending_points: float = Field(examples=[25.0])
    criteria: list[str] = Field(description="Ids of those that wait.")
    said: dict[Language, str] = Field(description="The same as a sentence.")


class FaultOut(Answer):
    """Why the grader could not judge something; told to staff alone."""

    stage: str
    check: str
    exception: str
    value: str = Field(description="What the student's code returned, as text.")


class ReasonOut(Answer):
    """Why something was not taken, for whoever wants to say it in words of their own."""

    code: str = Field(examples=["notebook.incomplete"])
    parameters: dict[str, str | int | float] = Field(
        validation_alias=AliasChoices("values", "parameters")  # a message's own name for them
    )


class SubmissionOut(Answer):
    """A submission, and how far it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": EXAMPLE_ID,
                "edition": "cs5120-2021",
                "student_id": "108062001",
                "attempt": 2,
                "received_at": "2026-11-21T10:00:00Z",
                "language": "en",
                "state": "graded",
                "stage": "",
                "run": 1,
                "place_in_queue": 0,
                "message": "",
                "reason": None,
                "named_for": "",
                "published": True,
                "score": 87.5,
                "max_score": 100.0,
                "so_far": None,
                "findings": ["bias-scale-from-own-range"],
                "files": [],
                "grade": None,
            }
        }
    )

    id: str
    edition: str
    student_id: str
    attempt: int
    received_at: datetime = Field(
        description="When its upload began, or when staff say that it was handed in."
    )
    language: str
    state: RunState = Field(description="Of the newest run.")
    stage: str = Field(description="What a worker is doing, while it is being graded.")
    run: int = Field(description="The newest run's number.")
    place_in_queue: int = Field(description="1 is next; 0 when it does not wait.")
    message: str = Field(description="Why it was refused, or is ungraded; in English.")
    reason: ReasonOut | None = Field(description="The same as a code; null for old runs.")
    named_for: str = Field(
        description="Another student's id that a file's name carries: the work may be theirs."
    )
    published: bool = Field(description="Whether students see their results.")
    score: float | None = Field(description="What it is worth; null until graded or published.")
    max_score: float | None
    so_far: SoFarOut | None = Field(description="In place of a score while a part is pending.")
    findings: list[str] = Field(description="Ids of the findings that cost points.")
    files: list[FileOut]
    grade: GradeOut | None = Field(description="Only where a single submission is asked for.")


class UploadOut(SubmissionOut):
    """What an upload is answered with."""

    key: str = Field(
        "", description="Opens a self-check's result, as X-Result-Key or ?key=; told now."
    )
    repeated: bool = Field(False, description="Whether this Idempotency-Key was answered before.")


class SubmissionPage(BaseModel):
    """One page of a list; ``next`` is the cursor of the page after it."""

    items: list[SubmissionOut]
    next: str | None
    count: int = Field(description="How many the filters let through, on all pages.")


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


class ScoreIn(BaseModel):
    """A person's decision about one criterion; without points it is only a remark."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"points": 4.5, "remark": "well argued"}}
    )

    points: float | None = Field(None, ge=0, le=NUMBER, allow_inf_nan=False)
    remark: Text = ""


class RemarkIn(BaseModel):
    """A remark on the whole submission; an empty one takes it back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"remark": "See me."}})

    remark: Text


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
    """What became of a bulk regrade."""

    queued: list[str]
    already_running: list[str]


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


class ClassEntryOut(BaseModel):
    """What became of one student's part of a class's zip."""

    student_id: str
    paths: list[str] = Field(description="Its files and folders at the top of the zip.")
    members: list[str] = Field(
        default=[],
        description="Its files in the zip; none is taken where there is a problem.",
    )
    submission: str | None = Field(description="Its id; null where it was not taken.")
    files: list[str]
    problem: str = Field("", description="Why it was not taken; in English.")
    reason: ReasonOut | None = Field(None, description="The same as a code.")
    named_for: str = Field("", description="Another student's id that a file's name carries.")


class LeftOutOut(BaseModel):
    """A member of a class's zip that is handed in for nobody."""

    path: str
    problem: str = Field(description="Why; in English.")
    reason: ReasonOut = Field(description="The same as a code.")


class ClassOut(BaseModel):
    """What became of a class's zip: of every member, in an entry or among what is left out."""

    edition: str
    accepted: int
    refused: int
    entries: list[ClassEntryOut]
    left_out: list[LeftOutOut] = []


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
    criteria: dict[str, float]


class DeletedOut(BaseModel):
    """What was deleted of a student."""

    student_id: str
    submissions: int
    account: bool


class ProgressOut(BaseModel):
    """One event of a submission's progress."""

    state: RunState
    stage: str
    run: int
    place_in_queue: int
    final: bool
