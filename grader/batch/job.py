"""What a process of a batch is asked to do, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class BatchJob:
    """One submission: where its files lie, whose it is, and where its documents go."""

    files: str  # a folder
    student_id: str
    out: str  # a folder
    language: str
    seed: int
    student_name: str = ""  # of the roster

    def as_json(self) -> dict[str, Any]:
        """Return the job as JSON's types."""
        return asdict(self)

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> Self:
        """Return the job in what ``as_json`` returned."""
        return cls(**fields)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all jobs of a batch share; a process is given it when it starts."""

    edition: str
    data: str  # a folder, "" for the embedded sample
    student_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the setting as JSON's types."""
        return asdict(self)
