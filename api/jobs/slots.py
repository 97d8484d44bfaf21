"""The slots of one worker of the service: jobs in, outcomes out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from api.jobs.job_and_outcome import Job, Outcome
from grader.workers import slots
from grader.workers.slots import Notify


class StorageDownError(Exception):
    """Blobs cannot be read or written now; the job is to be tried again when they can."""


class Slots(slots.Slots):
    """A number of processes that grade; jobs wait for a free one in the order they come."""

    def __init__(
        self, count: int, environment: Mapping[str, str], *, limit_seconds: float, folder: Path
    ) -> None:
        super().__init__(
            "api.jobs.slot_process", count, environment, limit_seconds=limit_seconds, folder=folder
        )

    def grade(self, job: Job, notify: Notify) -> Outcome:
        """Return how the job ends; raise SlotError or StorageDownError."""
        answer = self.ask({"job": job.as_json()}, notify)
        if "storage" in answer:
            raise StorageDownError(str(answer["storage"]))
        return Outcome.of_json(answer["outcome"])
