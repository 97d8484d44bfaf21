"""Moments as people read them, in the course's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from api.pages.messages import Words
from grader.lateness import LAST_SECOND, ClockChange, clock_change_of, read_local

MINUTE = timedelta(minutes=1)
# As <input type="datetime-local"> writes and reads it.
LOCAL = "%Y-%m-%dT%H:%M"
LOCAL_SECONDS = f"{LOCAL}:%S"
NEAR = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Words for moments in one zone and one language, seen from *now*."""

    zone: ZoneInfo
    t: Words
    now: datetime

    def moment(self, at: datetime | None, near: datetime | None = None) -> str:
        """Return ``2026-11-21 13:45``, or a dash; with seconds where *near* is close to it."""
        if at is None:
            return "–"  # noqa: RUF001
        seconds = ":%S" if near is not None and abs(at - near) < NEAR else ""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M{seconds}}"

    def named(self, at: datetime | None, near: datetime | None = None) -> str:
        """Return the moment with its zone: ``2026-11-21 13:45 UTC+8``."""
        return f"{self.moment(at, near)} {self.offset(at)}" if at else "–"  # noqa: RUF001

    def shown(
        self, at: datetime, near: datetime | None = None, *, with_zone: bool = True
    ) -> Markup:
        """Return the moment as HTML: a script puts the reader's own time beside the course's."""
        ahead = (at.astimezone(self.zone).utcoffset() or timedelta()) // MINUTE
        words = self.named(at, near) if with_zone else self.moment(at, near)
        html = Markup('<time datetime="{}" data-offset="{}">{}</time>')
        return html.format(at.astimezone(self.zone).isoformat(), ahead, words)

    def offset(self, at: datetime) -> str:
        """Return how far the zone is from UTC at a moment: its short names are used twice."""
        ahead = at.astimezone(self.zone).utcoffset() or timedelta()
        if not ahead:
            return "UTC"
        hours, minutes = divmod(abs(ahead) // MINUTE, 60)
        sign = "+" if ahead > timedelta() else "−"  # noqa: RUF001
        return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")

    def field(self, at: datetime | None) -> str:
        """Return the moment as a form's field holds it; seconds only where they say something."""
        if at is None:
            return ""
        form = LOCAL if at.second in {0, LAST_SECOND} else LOCAL_SECONDS
        return f"{at.astimezone(self.zone):{form}}"

    def read(self, field: str, *, earliest: bool = False) -> datetime | None:
        """
        Return the moment of a form's field, None for an empty one; raise ValueError.

        A time without seconds is the end of that minute, or with *earliest* its beginning. The
        zone is the course's: a moment that names one is refused. Of a time that the clock shows
        twice it is the second, or with *earliest* the first; one that it skips is a
        SkippedTimeError.
        """
        typed = field.strip()
        if not typed:
            return None
        return read_local(typed, self.zone, earliest=earliest)

    def shows_twice(self, field: str) -> bool:
        """Return whether the course's clock shows the time of a form's field twice that night."""
        typed = field.strip()
        return (
            bool(typed)
            and clock_change_of(datetime.fromisoformat(typed), self.zone) is ClockChange.TWICE
        )

    def until(self, at: datetime) -> str:
        """Return how far away a moment is: ``in 3 days 2 hours``, ``12 minutes ago``."""
        away = at - self.now
        key = "moments.in" if away > timedelta() else "moments.ago"
        return self.t(key, span=self.span(abs(away)))

    def span(self, length: timedelta) -> str:
        """Return a length of time in its largest whole unit and the one below: days, hours, ..."""
        minutes = max(1, length // MINUTE)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        units = [("days", days), ("hours", hours), ("minutes", minutes)]
        if days:
            units.pop()  # nobody counts minutes that are days away
        said = [self.t.count(f"moments.{name}", number) for name, number in units if number]
        return (
            said[0]
            if len(said) == 1
            else self.t("moments.two_units", large=said[0], small=said[1])
        )
