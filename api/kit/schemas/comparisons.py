"""Bodies of answers about comparisons of a class's code."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.kit.models import ComparisonState
from api.kit.schemas.answer import Answer


class ComparisonOut(Answer):
    """How far a comparison of a class's code is, and what it found."""

    edition: str
    state: ComparisonState
    asked_by: str
    created_at: datetime
    finished_at: datetime | None
    compared: int = Field(description="Attempts whose code could be read.")
    unread: int = Field(description="Attempts whose code could not be read.")
    pairs: int = Field(description="Pairs of students whose code is alike; never points.")
    reports: int = Field(
        description="Reports that several students hold, or that this service made; never points."
    )
