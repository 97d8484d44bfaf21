"""The terms on which one student works: the assignment's, or an extension's in their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from api.kit.models import Assignment
from grader.lateness import days_after, late_days

EXTENDED = ("due_at", "max_attempts", "late_percent_per_day", "late_days")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """When work is due, what being late costs, how often one may hand in."""

    opens_at: datetime | None
    due_at: datetime | None
    grace: timedelta  # after the due date, in which work is still in time
    late_percent_per_day: float  # of the maximum, for each day begun
    late_days: int | None  # after so many nothing is accepted; None: always
    max_attempts: int | None
    zone: tzinfo
    extended: bool  # whether an extension made them so

    def days_late(self, received_at: datetime) -> int:
        """Return the days begun since the due date; none within the time of grace."""
        if self.due_at is None or received_at <= self.due_at + self.grace:
            return 0
        return late_days(received_at, self.due_at, self.zone)

    @property
    def closes_at(self) -> datetime | None:
        """Return when the last late work is taken; None when it is always."""
        if self.due_at is None or self.late_days is None:
            return None
        end = days_after(self.due_at, self.late_days, self.zone)
        return max(end, self.due_at + self.grace)

    @property
    def ends_at(self) -> datetime | None:
        """Return the last moment that the course has named: of late work, or the due date."""
        in_time = None if self.due_at is None else self.due_at + self.grace
        return self.closes_at or in_time


def terms_of(assignment: Assignment, student_id: str) -> Terms:
    """Return the terms of a student, which are the group's; without extension the assignment's."""
    group = assignment.group_of(student_id)
    own = next((assignment.extensions[one] for one in group if one in assignment.extensions), None)
    given = {name: getattr(own, name) for name in EXTENDED} if own is not None else {}
    changed = {name: value for name, value in given.items() if value is not None}
    as_set = {name: getattr(assignment, name) for name in EXTENDED}
    return Terms(
        opens_at=assignment.opens_at,
        grace=timedelta(minutes=assignment.grace_minutes),
        zone=assignment.zone,
        extended=bool(changed),
        **(as_set | changed),
    )
