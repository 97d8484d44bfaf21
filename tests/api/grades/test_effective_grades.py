"""What a submission is worth: points by hand, the late rule, the attempt that counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.course.terms import terms_of
from api.grades.effective_grades import choose, effective, grade_of, standing
from api.kit.database import open_sessions
from api.kit.models import Assignment, ManualScore, Run, RunState, Submission
from api.kit.services import Services
from grader.editions.loader import default_edition_id, load_edition
from grader.lateness import clock_change_of, late_days
from tests.api.people import EDITION, People, finish, hand_in

DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)
RUBRIC = load_edition(default_edition_id())
ALL = {one.id: [one.points, one.points] for one in RUBRIC.rubric.criteria}
FIRST = RUBRIC.rubric.criteria[0]


def handed_in(**values: object) -> Submission:
    return Submission(id="0" * 32, student_id="1", attempt=1, received_at=DUE, **values)


def graded(criteria: dict[str, list[float]] | None = None) -> Run:
    return Run(number=1, state=RunState.GRADED, criteria=ALL if criteria is None else criteria)


def course(**values: object) -> Assignment:
    return Assignment(
        edition=RUBRIC.id,
        **{
            "due_at": DUE,
            "late_percent_per_day": 0.0,
            "counts": "latest",
            "grace_minutes": 0,
            **values,
        },
    )


def test_the_graders_points_add_up() -> None:
    """Without a word of a person's a submission is worth what the run says."""
    grade = effective(handed_in(), graded(), course(), RUBRIC)

    assert (grade.points, grade.max_points) == (100, 100)
    assert [one.id for one in grade.criteria] == [one.id for one in RUBRIC.rubric.criteria]
    assert grade.criteria[0].question == "4"


def test_a_person_always_wins() -> None:
    """Points by hand stand in place of the grader's, both upward and downward, zero included."""
    down = ManualScore(criterion=FIRST.id, points=0.0, remark="copied")

    grade = effective(handed_in(manual_scores=[down]), graded(), course(), RUBRIC)

    assert grade.points == 100 - FIRST.points
    assert (grade.criteria[0].automatic, grade.criteria[0].manual) == (FIRST.points, 0.0)
    assert grade.criteria[0].remark == "copied"


def test_a_remark_alone_costs_nothing() -> None:
    """A remark without points leaves the grader's points as they are."""
    remarks = [ManualScore(criterion="", remark="see me"), ManualScore(criterion=FIRST.id)]

    grade = effective(handed_in(manual_scores=remarks), graded(), course(), RUBRIC)

    assert (grade.points, grade.remark) == (100, "see me")


def test_a_run_is_judged_by_the_rubric_of_its_day() -> None:
    """A criterion that came or went since the run was made changes nothing about its points."""
    grade = effective(handed_in(), graded({"weights.once": [3.0, 5.0]}), course(), RUBRIC)

    assert [one.id for one in grade.criteria] == ["weights.once"]
    assert (grade.points, grade.max_points) == (3.0, 5.0)


def test_without_a_run_people_grade_by_the_whole_rubric() -> None:
    """What no run graded is worth what people give, of all the points there are."""
    decided = ManualScore(criterion=FIRST.id, points=2.0)

    grade = effective(handed_in(manual_scores=[decided]), None, course(), RUBRIC)

    assert (grade.points, grade.max_points) == (2.0, 100.0)
    assert {one.automatic for one in grade.criteria} == {None}


@pytest.mark.parametrize(
    ("late", "days"),
    [
        (timedelta(days=-3), 0),
        (timedelta(0), 0),
        (timedelta(microseconds=1), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, seconds=1), 2),
    ],
)
def test_begun_days_are_late_days(late: timedelta, days: int) -> None:
    """A day counts as soon as it has begun."""
    assert late_days(DUE + late, DUE) == days


def test_nothing_is_late_without_a_due_date() -> None:
    """Where there is no due date nobody is late."""
    assert late_days(DUE, None) == 0


def test_late_work_loses_of_the_maximum() -> None:
    """Two begun days at ten percent cost twenty of a hundred points, after points by hand."""
    late = handed_in(manual_scores=[ManualScore(criterion=FIRST.id, points=0.0)])
    late.received_at = DUE + timedelta(days=1, hours=1)

    grade = effective(late, graded(), course(late_percent_per_day=10.0), RUBRIC)

    assert (grade.late_days, grade.late_percent) == (2, 20.0)
    assert grade.points == grade.raw_points - 20 == 80 - FIRST.points


@given(
    hours=st.integers(0, 24 * 400),
    percent=st.floats(0, 100),
    share=st.floats(0, 1),
)
def test_points_stay_between_nothing_and_all(hours: int, percent: float, share: float) -> None:
    """However late and however hard the rule, nobody is below nothing or above what was earned."""
    late = handed_in()
    late.received_at = DUE + timedelta(hours=hours)
    run = graded({FIRST.id: [share * FIRST.points, FIRST.points]})

    grade = effective(late, run, course(late_percent_per_day=percent), RUBRIC)

    assert 0 <= grade.points <= grade.raw_points


def attempts(*points: float | None) -> list[tuple[Submission, object]]:
    """Return attempts of a student's with these points by hand; None: not graded."""
    found = []
    for number, value in enumerate(points, 1):
        scores = [] if value is None else [ManualScore(criterion=FIRST.id, points=value)]
        one = Submission(
            id=f"{number:032}", attempt=number, received_at=DUE, manual_scores=scores, runs=[]
        )
        found.append((one, grade_of(one, course(), RUBRIC)))
    return found


@pytest.mark.parametrize(
    ("points", "latest", "best"),
    [((1.0, 5.0, 3.0), 3, 2), ((5.0, None), 1, 1), ((2.0, 2.0), 2, 2), ((None, None), 2, 2)],
)
def test_the_attempt_that_counts(points: tuple[float | None, ...], latest: int, best: int) -> None:
    """The latest graded attempt counts, or the best; of none graded it is the newest."""
    found = attempts(*points)

    chosen = [choose(found, counts=counts)[0] for counts in ("latest", "best")]

    assert [one and one.attempt for one in chosen] == [latest, best]


def test_nobody_handed_in() -> None:
    """Without attempts nothing counts."""
    assert choose([], counts="best") == (None, None)


def test_the_class_holds_everybody(services: Services, people: People) -> None:
    """Whoever is on the roster has a row, with or without a submission; staff have none."""
    finish(services, hand_in(services, people.student))

    with services.sessions() as session:
        rows = standing(session, services.editions[EDITION])

    assert [(row.student_id, row.name, len(row.attempts)) for row in rows] == [
        ("108062001", "Chen", 1),
        ("108062002", "Lin", 0),
    ]
    assert rows[0].grade is not None
    assert rows[1].grade is rows[1].submission is None


def test_what_only_people_grade_waits_for_them() -> None:
    """A criterion without checks is in every grade: nothing until a person gives points."""
    question = FIRST.model_copy(update={"id": "weights.discussion", "points": 5.0, "checks": ()})
    rubric = RUBRIC.rubric.model_copy(update={"criteria": (*RUBRIC.rubric.criteria, question)})
    edition = replace(RUBRIC, rubric=rubric)
    decided = ManualScore(criterion=question.id, points=4.0)

    before = effective(handed_in(), graded(), course(), edition)
    after = effective(handed_in(manual_scores=[decided]), graded(), course(), edition)

    assert (before.points, before.max_points) == (100.0, 105.0)
    assert (before.criteria[-1].automatic, before.criteria[-1].points) == (None, 0.0)
    assert after.points == 104.0


NEW_YORK = ZoneInfo("America/New_York")


def at(told: str) -> datetime:
    return datetime.fromisoformat(told)


@pytest.mark.parametrize(
    ("due", "received", "days"),
    [
        # The clock is put back: that day has 25 hours, and is one day.
        ("2026-10-31T23:59:59-04:00", "2026-11-01T22:58:00-05:00", 1),
        ("2026-10-31T23:59:59-04:00", "2026-11-01T23:30:00-05:00", 1),
        ("2026-10-31T23:59:59-04:00", "2026-11-02T00:00:00-05:00", 2),
        # It is put forward: 23 hours are one day, and the next begins an hour sooner.
        ("2027-03-13T23:59:59-05:00", "2027-03-14T23:59:59-04:00", 1),
        ("2027-03-13T23:59:59-05:00", "2027-03-15T00:00:00-04:00", 2),
        # Due at a time that the next day's clock skips, or shows twice.
        ("2027-03-13T02:30:00-05:00", "2027-03-14T03:30:00-04:00", 1),
        ("2027-03-13T02:30:00-05:00", "2027-03-14T03:31:00-04:00", 2),
        ("2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-05:00", 1),
        ("2026-10-31T01:30:00-04:00", "2026-11-01T01:31:00-05:00", 2),
        # Late within the hour that comes twice: a begun day, though the clock shows less.
        ("2026-11-01T01:50:00-04:00", "2026-11-01T01:10:00-05:00", 1),
        ("2026-12-01T23:59:00-05:00", "2026-12-03T23:59:00-05:00", 2),
    ],
)
def test_late_days_are_those_of_the_courses_clock(due: str, received: str, days: int) -> None:
    assert late_days(at(received), at(due), NEW_YORK) == days


@pytest.mark.parametrize(
    ("shown", "odd"),
    [
        ("2027-03-14T02:30", "skipped"),
        ("2026-11-01T01:30", "twice"),
        ("2026-11-01T00:30", None),
        ("2026-11-01T02:30", None),
        ("2027-03-14T03:00", None),
    ],
)
def test_odd_times_are_noticed(shown: str, odd: str | None) -> None:
    assert clock_change_of(at(shown), NEW_YORK) == odd


def test_an_assignment_counts_days_by_the_courses_clock(services: Services) -> None:
    """From the setting to the end of late work, and after the session has ended."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = at("2026-10-31T23:59:59-04:00")
    with open_sessions(services.engine, NEW_YORK)() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.late_days = 1

    assert assignment.zone == NEW_YORK
    assert terms_of(assignment, "108062001").closes_at == at("2026-11-01T23:59:59-05:00")
