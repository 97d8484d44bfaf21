"""How late work is: in days of the course's clock, whatever daylight saving does to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

DAY = timedelta(days=1)


def late_days(received_at: datetime, due_at: datetime | None, zone: tzinfo = UTC) -> int:
    """Return the days that have begun between the due date and the hand-in, by *zone*'s clock."""
    if due_at is None or received_at <= due_at:
        return 0
    shown = _on_the_clock(received_at, zone) - _on_the_clock(due_at, zone)
    days = max(shown // DAY, 1)
    while received_at > days_after(due_at, days, zone):
        days += 1
    return days


def days_after(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """
    Return when the clock of *zone* shows the time of *moment* again, *days* days later, in UTC.

    A time that the clock skips on that day is as much later, of one that it shows twice the
    second counts: neither makes anybody later.
    """
    shown = _on_the_clock(moment, zone) + days * DAY
    folds = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(folds)


class ClockChange(StrEnum):
    """What is odd about a time that somebody typed: the clock skips it, or shows it twice."""

    SKIPPED = "skipped"
    TWICE = "twice"


def clock_change_of(shown: datetime, zone: tzinfo) -> ClockChange | None:
    """Return what is odd about a time without a zone on the clock of *zone*; mostly nothing."""
    first, second = (shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    there = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    return ClockChange.TWICE if there == shown.replace(fold=0) else ClockChange.SKIPPED


def _on_the_clock(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
