"""Bodies of requests and answers about submissions: one, a page of a list, its progress."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.kit.models import RunState
from api.kit.schemas.answer import Answer, ReasonOut
from api.kit.schemas.grades import GradeOut, SoFarOut

# What a submission's address holds; any other text is nobody's.
EXAMPLE_ID = "0b9b1ea0a4c94c0c8d0b8f2b6d1c9e55"


class FileOut(Answer):
    """One file of a submission."""

    position: int
    name: str
    size_bytes: int
    sha256: str


class SubmissionOut(Answer):
    """A submission and its progress."""

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
                "shown": ["feedback", "findings", "report", "score"],
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
    published: bool = Field(description="Whether results are published.")
    shown: list[str] = Field(description="What the one who asks sees: score, findings, ...")
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


class ProgressOut(BaseModel):
    """One event of a submission's progress."""

    state: RunState
    stage: str
    run: int
    place_in_queue: int
    final: bool
