"""Bodies of requests and answers about comments, and about requests for a second look."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.kit.database import NO_NUL
from api.kit.schemas.answer import Answer

LONGEST_TEXT = 2000
HIGHEST = 100_000
Words = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, min_length=1, pattern=NO_NUL)]


class TextIn(BaseModel):
    """Words to a person."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"text": "Please look at question 4 again."}}
    )

    text: Words


class RequestOut(Answer):
    """A student's request for a second look, and its answer once there is one."""

    id: str
    submission_id: str
    text: str
    created_at: datetime
    answer: str = Field(description="Empty as long as it waits.")
    answered_at: datetime | None


class CommentIn(BaseModel):
    """A comment on a line of a notebook or script."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"position": 0, "cell": 7, "line": 3, "text": "Why 128?"}},
    )

    position: int = Field(ge=0, le=1000, description="Of the file.")
    cell: int = Field(ge=1, le=HIGHEST, description="Counted from 1; 1 in a script.")
    line: int = Field(0, ge=0, le=HIGHEST, description="0: the cell as a whole.")
    text: Words


class CommentOut(Answer):
    """A comment on a line."""

    id: str
    position: int
    cell: int
    line: int
    text: str
    created_at: datetime


class SavedOut(Answer):
    """Words that staff use again."""

    id: str
    text: str
