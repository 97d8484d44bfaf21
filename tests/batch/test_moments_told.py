"""How late a service counts work, and when it is told that work was handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grader.batch.late.moments import Moments
from grader.batch.remote.moments import counted_moment, known_moment, lateness_told
from grader.batch.sources.submitted import Submitted

DUE = "2026-11-01T23:59:59+08:00"
ASSIGNMENT = {"due_at": DUE, "late_percent_per_day": 10.0}
IN_TIME = {"received_at": DUE, "grade": {"late_days": 0, "late_percent": 0.0}}
LATE = {
    "received_at": "2026-11-02T10:00:00+08:00",
    "grade": {"late_days": 1, "late_percent": 10.0},
}


def person(moment: datetime | None = None, **about: str) -> Submitted:
    return Submitted(key="1", student_id="1", about=about, received_at=moment)


def test_staff_who_hand_a_class_in_after_the_due_date_make_nobody_late() -> None:
    """Of whom nobody knows a moment it is the due date; before it, now; a known one stays."""
    moment = datetime(2026, 11, 5, tzinfo=UTC)
    to_come = (datetime.now(UTC) + timedelta(days=9)).isoformat()

    assert counted_moment(None, DUE) == datetime.fromisoformat(DUE)
    assert counted_moment(None, to_come) is None
    assert counted_moment(moment, DUE) == moment


def test_no_moment_lies_in_the_future() -> None:
    """A course site whose clock is ahead hands nothing in tomorrow."""
    ahead = datetime.now(UTC) + timedelta(hours=1)

    told = known_moment(person(ahead), Moments())

    assert told is not None
    assert told <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("about", "told", "said", "score"),
    [
        ({"canvas_user_id": "4711", "late": "late"}, IN_TIME, "batch.late-unknown", None),
        ({"canvas_user_id": "4711", "late": "late"}, LATE, None, 80.0),
        ({"canvas_user_id": "4711", "late": ""}, IN_TIME, None, 90.0),
        ({}, IN_TIME, "batch.moment-unknown", 90.0),
    ],
)
def test_what_nobody_knows_is_said(
    about: dict[str, str], told: dict[str, object], said: str | None, score: float | None
) -> None:
    """A late mark without a moment holds the score back; staff may have said it on the service."""
    late = lateness_told(person(**about), None, told, ASSIGNMENT, UTC)

    assert late is not None
    assert (late.said and late.said.code, late.points(90.0, 100.0)) == (said, score)


def test_without_a_due_date_nobody_is_late() -> None:
    """The tables are then as they are without the late rule."""
    assert lateness_told(person(), None, IN_TIME, {"due_at": None}, UTC) is None
