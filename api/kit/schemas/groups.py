"""Bodies of requests and answers about groups."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from api.kit.schemas.answer import Answer


class GroupIn(BaseModel):
    """Students who are to hand in together."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"students": ["108062001", "108062002"]}}
    )

    students: list[str] = Field(max_length=20)


class GroupOut(Answer):
    """A group of one assignment."""

    students: list[str]
    lead: str = Field(description="The member under whose id the group's work is filed.")
