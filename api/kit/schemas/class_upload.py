"""Bodies of requests and answers about a whole class's zip."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from api.kit.schemas.answer import ReasonOut


class ClassEntryOut(BaseModel):
    """The result of one student's part of a class's zip."""

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
    received_at: datetime | None = Field(None, description="When it counts as handed in.")
    marked_late: bool = Field(
        default=False,
        description="Marked as late by the course site, which does not say when it came: it counts"
        " as in time.",
    )


class LeftOutOut(BaseModel):
    """A member of a class's zip that is handed in for nobody."""

    path: str
    problem: str = Field(description="Why; in English.")
    reason: ReasonOut = Field(description="The same as a code.")


class ClassOut(BaseModel):
    """The result of a class upload: every member is in an entry or among those left out."""

    edition: str
    accepted: int
    refused: int
    entries: list[ClassEntryOut]
    left_out: list[LeftOutOut] = []
    layout: str = Field(
        "", description="How the zip is laid out: files, folders, canvas, moodle, ..."
    )
