"""Moments as people read them, in the course's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from api.pages.messages import Words

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# As <input type="datetime-local"> writes and reads it.
LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Words for moments in one zone and one language, seen from *now*."""

    zone: ZoneInfo
    t: Words
    now: datetime

    def moment(self, at: datetime | None) -> str:
        """Return ``2026-11-21 13:45``, or a dash."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if at else "–"  # noqa: RUF001

    def named(self, at: datetime | None) -> str:
        """Return the moment with its zone: ``2026-11-21 13:45 UTC+8``."""
        return f"{self.moment(at)} {self.offset(at)}" if at else "–"  # noqa: RUF001

    def offset(self, at: datetime) -> str:
        """Return how far the zone is from UTC at a moment: its short names are used twice."""
        ahead = at.astimezone(self.zone).utcoffset() or timedelta()
        if not ahead:
            return "UTC"
        hours, minutes = divmod(abs(ahead) // MINUTE, 60)
        sign = "+" if ahead > timedelta() else "−"  # noqa: RUF001
        return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")

    def field(self, at: datetime | None) -> str:
        """Return the moment as a form's field holds it."""
        return f"{at.astimezone(self.zone):{LOCAL}}" if at else ""

    def read(self, field: str) -> datetime | None:
        """Return the moment of a form's field, None for an empty one; raise ValueError."""
        if not field.strip():
            return None
        return (
            datetime.strptime(field.strip()[:16], LOCAL).replace(tzinfo=self.zone).astimezone(UTC)
        )

    def until(self, at: datetime) -> str:
        """Return how far away a moment is: ``in 3 days``, ``2 hours ago``."""
        away = at - self.now
        key = "moments.in" if away > timedelta() else "moments.ago"
        return self.t(key, span=self.span(abs(away)))

    def span(self, length: timedelta) -> str:
        """Return a length of time in its largest whole unit."""
        for unit, name in ((DAY, "days"), (HOUR, "hours")):
            if length >= unit:
                return self.t.count(f"moments.{name}", length // unit)
        return self.t.count("moments.minutes", max(1, length // MINUTE))
