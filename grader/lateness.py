"""How late work is: in days of the course's clock, whatever daylight saving does to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

DAY = timedelta(days=1)
LAST_SECOND = 59  # of a minute: who types 23:59 means all of it


class SkippedTimeError(ValueError):
    """A time that no clock of the course shows: it was put forward that night."""


def late_percent(days: int, percent_per_day: float) -> float:
    """Return what so many late days take off, in percent of the maximum."""
    return min(100.0, days * percent_per_day)


def after_late_rule(points: float, maximum: float, percent: float) -> float:
    """Return the points that are left where *percent* of the *maximum* are taken off."""
    return round(max(0.0, points - maximum * percent / 100), 2)


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


def read_local(typed: str, zone: tzinfo, *, earliest: bool = False) -> datetime:
    """
    Return the moment of a date and a time on the clock of *zone*, in UTC; raise ValueError.

    A time without seconds is the end of that minute, or with *earliest* its beginning. Of a time
    that the clock shows twice it is the second, or with *earliest* the first; one that it skips is
    a SkippedTimeError.
    """
    local = datetime.fromisoformat(typed)
    if local.tzinfo is not None or "T" not in typed:
        msg = f"{typed} is not a date and a time such as 2026-11-21T13:45"
        raise ValueError(msg)
    if len(typed) == len("2026-11-21T13:45") and not earliest:
        local = local.replace(second=LAST_SECOND)
    try:
        if clock_change_of(local, zone) is ClockChange.SKIPPED:
            raise SkippedTimeError(typed)
        return local.replace(tzinfo=zone, fold=0 if earliest else 1).astimezone(UTC)
    except OverflowError:
        msg = f"{typed} lies before or after all time"
        raise ValueError(msg) from None


def _on_the_clock(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
