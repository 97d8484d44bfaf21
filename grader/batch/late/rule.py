"""The late rule of a class: the same days and points as the service counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import ClassVar

from grader.batch.late.moments import Moments
from grader.batch.sources.submitted import Submitted
from grader.editions.rubric import LateRule
from grader.lateness import after_late_rule, late_days, late_percent
from grader.words.message import Message, message


@dataclass(frozen=True, kw_only=True)
class DueDate:
    """When a class's work was due; a rule that is None is the rubric's."""

    due_at: datetime
    zone: tzinfo
    percent_per_day: float | None = None
    days: int | None = None

    def rule(self, given: LateRule | None) -> LateRule:
        """Return the rule: what was said, else what the rubric gives, else no points off."""
        percent, days = self.percent_per_day, self.days
        rubric = given or LateRule(percent_per_day=0.0)
        return LateRule(
            percent_per_day=rubric.percent_per_day if percent is None else percent,
            days=rubric.days if days is None else days,
        )


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """How late one person's work is, and what that takes off in percent of the maximum."""

    NOT_LATE: ClassVar[int] = 0

    received_at: datetime | None = None
    days: int | None = None  # None: not known
    percent: float = 0.0
    said: Message | None = None  # what a person should know about it
    is_open: bool = False  # late for certain, but nobody knows by how much
    needs_person: bool = False

    def points(self, automatic: float, maximum: float) -> float | None:
        """Return what counts; None where a person has to say how late it is."""
        return None if self.is_open else after_late_rule(automatic, maximum, self.percent)


def lateness_of(
    one: Submitted, due: DueDate, rule: LateRule, moments: Moments, *, layout: str
) -> Lateness:
    """Return how late a submission is: a table's moment goes before the source's own."""
    known, unread = moments.of(one)
    received_at = known or one.received_at
    if received_at is not None:
        return _known(received_at, due, rule)
    if one.about.get("late"):
        takes = rule.percent_per_day > 0
        said = message("batch.late-unknown")
        return Lateness(said=said, is_open=takes, needs_person=takes)
    if unread:
        return Lateness(said=message("batch.moment-unread", found=unread))
    if layout == "canvas":  # it marks everybody who is late by its own due date
        return Lateness(days=Lateness.NOT_LATE)
    return Lateness(said=message("batch.moment-unknown"))


def _known(received_at: datetime, due: DueDate, rule: LateRule) -> Lateness:
    days = late_days(received_at, due.due_at, due.zone)
    is_over = rule.days is not None and days > rule.days
    return Lateness(
        received_at=received_at.astimezone(due.zone),
        days=days,
        percent=late_percent(days, rule.percent_per_day),
        said=message("batch.too-late", days=days, most=rule.days or 0) if is_over else None,
        needs_person=is_over,
    )


def lateness_by_key(
    submitted: Mapping[str, Submitted],
    due: DueDate,
    rule: LateRule,
    moments: Moments,
    *,
    layout: str,
) -> dict[str, Lateness]:
    """Return how late each submission is that is there, by its key."""
    return {
        key: lateness_of(one, due, rule, moments, layout=layout) for key, one in submitted.items()
    }
