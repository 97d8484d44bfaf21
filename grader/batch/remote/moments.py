"""When work is handed in to a service: as a table or the source says, else in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from grader.batch.late.moments import Moments
from grader.batch.late.rule import Lateness
from grader.batch.sources.submitted import Submitted
from grader.words.message import message


def known_moment(one: Submitted, moments: Moments) -> datetime | None:
    """Return when a person handed in, None where nobody says it; never a moment to come."""
    told = moments.of(one)[0] or one.received_at
    return None if told is None else min(told, datetime.now(UTC))


def counted_moment(moment: datetime | None, due_at: str | None) -> datetime | None:
    """Return the moment to be told: nobody is late for when staff upload; None for now."""
    if moment is not None or due_at is None:
        return moment
    due = datetime.fromisoformat(due_at)
    return due if due < datetime.now(UTC) else None


def lateness_told(
    one: Submitted,
    moment: datetime | None,
    told: Mapping[str, Any],
    assignment: Mapping[str, Any],
    zone: tzinfo,
) -> Lateness | None:
    """Return how late the service counts a submission; None where nothing is ever due."""
    if assignment["due_at"] is None:
        return None
    grade = told["grade"] or {}
    days, percent = grade.get("late_days", 0), grade.get("late_percent", 0.0)
    if moment is not None or days:
        received_at = datetime.fromisoformat(told["received_at"]).astimezone(zone)
        return Lateness(received_at=received_at, days=days, percent=percent)
    if one.about.get("late"):
        takes = assignment["late_percent_per_day"] > 0
        return Lateness(said=message("batch.late-unknown"), is_open=takes, needs_person=takes)
    if one.about.get("canvas_user_id"):  # Canvas marks everybody who is late
        return Lateness(days=Lateness.NOT_LATE)
    return Lateness(said=message("batch.moment-unknown"))
