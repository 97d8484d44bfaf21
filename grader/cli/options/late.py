"""``--due`` and what belongs to it: when a class's work was due, and what late work loses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from grader.batch.late.rule import DueDate
from grader.lateness import LAST_SECOND, SkippedTimeError, read_local

DueOption = Annotated[
    str,
    typer.Option(
        "--due",
        metavar="MOMENT",
        help="When the work was due, such as 2026-11-21T23:59, by the clock of --zone. Points are"
        " then those after the late rule; when somebody handed in is what Gradescope's metadata,"
        " Moodle's worksheet (--gradebook), Canvas's LATE or a column received_at (--roster) say.",
    ),
]
ZoneOption = Annotated[
    str,
    typer.Option(
        "--zone",
        metavar="NAME",
        help="The course's time zone, such as Asia/Taipei (default: this machine's).",
    ),
]
LatePercentOption = Annotated[
    float | None,
    typer.Option(
        "--late-percent",
        metavar="N",
        min=0,
        max=100,
        help="What each begun day takes off, in percent of the maximum (default: the rubric's).",
    ),
]
LateDaysOption = Annotated[
    int | None,
    typer.Option(
        "--late-days",
        metavar="N",
        min=0,
        help="Later than so many days work waits for a person (default: the rubric's).",
    ),
]


def due_date(due: str, zone: str, percent: float | None, days: int | None) -> DueDate | None:
    """Return when the work was due, None where nobody said it; refuse what makes no sense."""
    if not due:
        given = {"--zone": zone, "--late-percent": percent, "--late-days": days}
        unused = [name for name, value in given.items() if value not in {None, ""}]
        if unused:
            msg = f"{unused[0]} says nothing without --due, the moment when the work was due"
            raise typer.BadParameter(msg, param_hint="--due")
        return None
    clock = zone_of(zone)
    return DueDate(
        due_at=_moment(due.strip(), clock), zone=clock, percent_per_day=percent, days=days
    )


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name, this machine's for ""; refuse what is none."""
    from api.kit.time_zone import machine_zone

    try:
        return ZoneInfo(name or machine_zone())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name!r} is no time zone; name one such as Asia/Taipei or UTC"
        raise typer.BadParameter(msg, param_hint="--zone") from None


def _moment(told: str, zone: ZoneInfo) -> datetime:
    """Return the moment; one that names its own offset needs no zone."""
    typed = told.replace(" ", "T", 1)
    try:
        moment = datetime.fromisoformat(typed)
        if "T" not in typed or moment.tzinfo is None:
            return read_local(typed, zone)
        has_seconds = typed.count(":", 0, typed.index("T") + len("T13:45:")) > 1
        return moment.replace(second=moment.second if has_seconds else LAST_SECOND).astimezone(UTC)
    except SkippedTimeError:
        msg = f"{told} is a time that no clock of {zone.key} shows: it was put forward that night"
    except (ValueError, OverflowError):
        msg = f"{told!r} is no date and time such as 2026-11-21T23:59"
    raise typer.BadParameter(msg, param_hint="--due")
