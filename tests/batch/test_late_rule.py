"""Late work in a batch: the source's own moments, a rule as the service has it, and no guesses."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer

from grader.batch.imports.tables import canvas_table, plain_table
from grader.batch.late.moments import Moments, read_moment, read_moments
from grader.batch.late.rule import DueDate, Lateness, lateness_of
from grader.batch.overview.document import class_document
from grader.batch.rows import ClassRow, to_csv
from grader.batch.sources.submitted import Submitted
from grader.cli.options.late import due_date
from grader.editions.rubric import LateRule
from report_templates.render import page_of
from tests.batch.classes import NOTEBOOK, by_key, read, zipped
from tests.batch.made_rows import row_of

TAIPEI = ZoneInfo("Asia/Taipei")
DUE = DueDate(due_at=datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), zone=TAIPEI)  # 23:59:59 there
RULE = LateRule(percent_per_day=10, days=3)
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (submission)\n"
    'Participant 2411,Seán,s@example.edu,Submitted,,100.00,"Monday, 2 March 2026, 12:00 AM"\n'
    'Participant 2412,王,w@example.edu,Submitted,,100.00,"Sunday, 1 March 2026, 11:59 PM"\n'
    "Participant 2413,李,l@example.edu,No submission,,100.00,-\n"
    "Participant 2414,林,x@example.edu,Submitted,,100.00,lundi 2 mars\n"
)


def person(**about: str) -> Submitted:
    return Submitted(key="108062001", student_id="108062001", about=about)


def late(one: Submitted, moments: Moments | None = None, layout: str = "files") -> Lateness:
    return lateness_of(one, DUE, RULE, moments or Moments(), layout=layout)


def received(text: str) -> Submitted:
    moment = datetime.fromisoformat(text)
    return Submitted(key="108062001", student_id="108062001", about={}, received_at=moment)


def late_row(score: float, lateness: Lateness, student: str = "108062001") -> ClassRow:
    row = row_of(student, score, canvas_user_id="4711")
    return ClassRow(submitted=row.submitted, record=row.record, folder=student, lateness=lateness)


@pytest.mark.parametrize(
    ("moment", "days", "points"),
    [
        ("2026-03-01T23:59:59+08:00", 0, 90.0),
        ("2026-03-02T00:00:00+08:00", 1, 80.0),
        ("2026-03-03T00:00:00+08:00", 2, 70.0),
        ("2026-03-20T00:00:00+08:00", 19, 0.0),
    ],
)
def test_begun_days_take_percent_of_the_maximum(moment: str, days: int, points: float) -> None:
    """Each begun day takes ten of a hundred points, and never more than there are."""
    told = late(received(moment))

    assert (told.days, told.points(90.0, 100.0)) == (days, points)


def test_work_after_the_last_day_waits_for_a_person() -> None:
    """The service would not have taken it: its points are lowered, and somebody has to look."""
    assert not late(received("2026-03-04T20:00:00+08:00")).needs_person
    assert late(received("2026-03-05T00:00:00+08:00")).needs_person


def test_a_late_mark_without_a_moment_gives_and_takes_nothing() -> None:
    """Canvas says late but not how late: no score counts, and a person has to say."""
    told = late(person(canvas_user_id="4711", late="late"), layout="canvas")
    row = late_row(90.0, told)

    assert (row.automatic, row.score, row.needs_person) == (90.0, None, True)
    assert plain_table([row]) == "student_id,score\n"


def test_who_canvas_does_not_mark_is_in_time() -> None:
    """Canvas marks everybody who is late by its own due date, extensions included."""
    assert late(person(canvas_user_id="4711", late=""), layout="canvas").days == 0


def test_an_unknown_moment_is_said_and_costs_nothing() -> None:
    """Where nobody says when it came, the automatic points count, and the table says why."""
    row = late_row(90.0, late(person()))
    [head, cells] = csv.reader(io.StringIO(to_csv([row], "en").lstrip("\ufeff")))
    told = dict(zip(head, cells, strict=True))

    assert (told["score"], told["automatic_score"], told["late_days"]) == ("90.0", "90.0", "")
    assert "nobody says when" in told["late_note"]
    assert not row.needs_person


def test_the_tables_hold_what_counts_and_the_automatic_score_beside_it() -> None:
    """grades.csv has both; what a course site imports is what counts."""
    row = late_row(90.0, late(received("2026-03-02T10:00:00+08:00")))
    [head, cells] = csv.reader(io.StringIO(to_csv([row], "en").lstrip("\ufeff")))
    told = dict(zip(head, cells, strict=True))

    assert (told["score"], told["automatic_score"], told["late_days"]) == ("80.0", "90.0", "1")
    assert told["received_at"] == "2026-03-02T10:00:00+08:00"
    assert canvas_table([row], "HW1").splitlines()[-1].endswith(",80.00")


def test_without_a_due_date_the_table_is_as_before() -> None:
    """Nobody is late where nobody said when it was due."""
    assert "automatic_score" not in to_csv([row_of("108062001")], "en")


def test_moodles_worksheet_says_when(tmp_path: Path) -> None:
    """Its moments are by the course's clock; a dash is none, and other languages are told."""
    path = tmp_path / "worksheet.csv"
    path.write_text(WORKSHEET, "utf-8-sig")
    moments = read_moments(path, TAIPEI)
    told = [late(person(moodle_participant=n), moments) for n in ("2411", "2412", "2413", "2414")]

    assert [one.days for one in told] == [1, 0, None, None]
    assert [one.said and one.said.code for one in told[2:]] == [
        "batch.moment-unknown",
        "batch.moment-unread",
    ]


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("Thursday, 19 November 2020, 3:45 PM", "2020-11-19T15:45:00+08:00"),
        ("19 November 2020, 12:05 AM", "2020-11-19T00:05:00+08:00"),
        ("2020年 11月 19日(四) 15:45", "2020-11-19T15:45:00+08:00"),
        ("2020年11月19日(星期四) 下午 3:45", "2020-11-19T15:45:00+08:00"),
        ("2020/11/19 15:45", "2020-11-19T15:45:00+08:00"),
        ("2020-11-19 15:45:12 -0800", "2020-11-19T15:45:12-08:00"),
        ("2020-11-19T15:45:12.5Z", "2020-11-19T15:45:12+00:00"),
    ],
)
def test_moments_are_read_as_tables_write_them(told: str, moment: str) -> None:
    """Moodle in English and Chinese, Gradescope, ISO; without a zone it is the course's."""
    assert read_moment(told, TAIPEI) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("told", ["19/11/2020 15:45", "31 Smarch 2020, 1:00 PM", "13:99", "20 PM"])
def test_no_moment_is_guessed(told: str) -> None:
    """Days and months that can be mixed up are not read."""
    assert read_moment(told, TAIPEI) is None


def test_gradescope_says_when(tmp_path: Path) -> None:
    """The metadata's moment is each of the group's people's."""
    metadata = (
        "---\nsubmission_7:\n  :submitters:\n  - :name: A B\n    :sid: '108062001'\n"
        "  - :name: C D\n    :sid: '108062002'\n  :created_at: 2026-03-02 01:00:00.131415000 Z\n"
    )
    files = {"submission_metadata.yml": metadata.encode(), "submission_7/hw1.ipynb": NOTEBOOK}
    people = by_key(read(zipped(tmp_path / "export.zip", files)))

    assert [late(people[one]).days for one in ("108062001", "108062002")] == [1, 1]


@pytest.mark.parametrize(("language", "words"), [("en", "Late work"), ("zh_TW", "遲交天數")])
def test_the_overview_lists_who_is_late(language: str, words: str) -> None:
    """The distribution is of what counts; both points of a late person stand beside each other."""
    rows = [
        late_row(90.0, late(received("2026-03-02T10:00:00+08:00"))),
        late_row(70.0, late(person()), "108062002"),
    ]
    page = page_of(class_document(rows, edition="cs5120-2021", language=language))

    assert words in page
    assert ">80.00<" in page
    assert ">90.00<" in page
    assert "75.0" in page  # the mean of 80 and 70


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (("2026-11-21", "UTC", None, None), "2026-11-21T23:59"),
        (("2026-11-21T23:59", "Mars/Olympus", None, None), "time zone"),
        (("2026-03-29T02:30", "Europe/Berlin", None, None), "put forward"),
        (("", "", 10.0, None), "--due"),
    ],
)
def test_what_makes_no_sense_is_refused(
    given: tuple[str, str, float | None, int | None], hint: str
) -> None:
    """An option that cannot be read is said before anything is graded."""
    with pytest.raises(typer.BadParameter, match=hint):
        due_date(*given)


@pytest.mark.parametrize("typed", ["2026-03-01T23:59", "2026-03-01 23:59", "2026-03-01T15:59Z"])
def test_a_due_minute_is_meant_as_a_whole(typed: str) -> None:
    """Who types 23:59 means all of that minute, with a zone in it or without."""
    said = due_date(typed, "Asia/Taipei", None, None)

    assert said is not None
    assert said.due_at == DUE.due_at


def test_the_rubrics_rule_holds_unless_another_is_said() -> None:
    """What is not said on the command line is the rubric's; without either nothing is taken."""
    said = DueDate(due_at=DUE.due_at, zone=TAIPEI, percent_per_day=5)

    assert said.rule(RULE) == LateRule(percent_per_day=5, days=3)
    assert DUE.rule(None) == LateRule(percent_per_day=0, days=None)
