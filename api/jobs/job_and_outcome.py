"""What passes between a worker and the process that grades for it: plain records, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from api.kit.models import RunState
from grader.words.message import Message


@dataclass(frozen=True, kw_only=True)
class Job:
    """One grading: which files of whom, by which edition."""

    run_id: str
    edition: str
    student_id: str | None  # None: not known, as in an anonymous self-check
    language: str
    files: tuple[tuple[str, str], ...]  # name as handed in, sha256 of its blob
    attempt: int  # 1 is the first time that a worker begins it

    def as_json(self) -> dict[str, Any]:
        """Return the job as JSON's types."""
        return asdict(self)

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> Self:
        """Return the job in what ``as_json`` returned."""
        files = tuple((str(name), str(sha256)) for name, sha256 in fields["files"])
        return cls(**{**fields, "files": files})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a grading ended, as the run's row will say it."""

    state: RunState
    message: str = ""
    reason: Mapping[str, Any] | None = None  # the same, to be said in another language
    score: float | None = None
    max_score: float | None = None
    seconds: float | None = None
    findings: tuple[str, ...] = ()  # ids of those that cost points
    criteria: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    pending: tuple[str, ...] = ()  # criteria that the grader could not judge
    faults: tuple[Mapping[str, str], ...] = ()  # why not, for staff alone
    report_remarks: tuple[Mapping[str, Any], ...] = ()  # messages, for staff alone
    report_content: str = ""
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    sandbox_stops: int = 0
    results_sha256: str | None = None
    pdf_sha256: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as JSON's types."""
        return asdict(self) | {"state": self.state.value}

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> Self:
        """Return the outcome in what ``as_json`` returned."""
        criteria = {name: (float(a), float(b)) for name, (a, b) in fields["criteria"].items()}
        return cls(
            **{
                **fields,
                "state": RunState(fields["state"]),
                "findings": tuple(fields["findings"]),
                "pending": tuple(fields.get("pending", ())),  # an older worker's has none
                "faults": tuple(fields.get("faults", ())),
                "report_remarks": tuple(fields.get("report_remarks", ())),
                "criteria": criteria,
            }
        )


def refused(reason: Message, *, seconds: float) -> Outcome:
    """Return the outcome of files that cannot be graded; *reason* is for the student."""
    return Outcome(
        state=RunState.REFUSED, message=str(reason), reason=reason.as_json(), seconds=seconds
    )


def ungraded(reason: Message) -> Outcome:
    """Return the outcome of a grading that we could not do."""
    return Outcome(state=RunState.UNGRADED, message=str(reason), reason=reason.as_json())
