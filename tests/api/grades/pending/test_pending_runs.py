# ruff: noqa: RUF001 - Chinese has marks of its own
"""What the grader could not judge: no score for anybody until people have given the points."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import update
from starlette.testclient import TestClient

from api.grades.effective_grades import grade_so_far
from api.grades.pending import look_through_old
from api.grades.visibility import pending_reason
from api.jobs import records
from api.jobs.job_and_outcome import Outcome
from api.kit.models import Assignment, Run, RunState, Submission
from api.kit.services import Services
from tests.api.grades.pending.pending_points import (
    GRADES,
    TASK,
    URL,
    again,
    give,
    hand_in_unjudged,
    row,
    set_up,
    told,
)
from tests.api.people import (
    EDITION,
    FAULT,
    People,
    finish,
    hand_in,
    lose,
    pending,
    right,
)


@pytest.fixture
def waiting(services: Services, people: People) -> Submission:
    """Return a submission of which a task could not be judged."""
    return hand_in_unjudged(services, people)


def test_a_part_is_told_as_no_score(waiting: Submission, student: TestClient) -> None:
    """A student reads what was graded so far, of how much, and what waits; there is no score."""
    shown = told(student, waiting)

    assert (shown["state"], shown["score"], shown["max_score"]) == ("pending", None, None)
    so_far = shown["so_far"]
    assert (so_far["points"], so_far["graded_max"], so_far["pending_points"]) == (75, 75, 25)
    assert so_far["criteria"] == [*TASK]
    assert so_far["said"]["en"] == "Graded so far: 75 of 75, 25 points wait for staff"
    assert so_far["said"]["zh_TW"] == "目前得分 75，已評分項目滿分 75；另有 25 分等候助教處理"
    assert not shown["grade"]["is_final"]


def test_what_is_not_published_tells_no_part_either(
    services: Services, waiting: Submission, student: TestClient
) -> None:
    """Where results are hidden a student reads the state alone."""
    set_up(services, published=False)

    shown = told(student, waiting)

    assert (shown["state"], shown["so_far"], shown["grade"]) == ("pending", None, None)
    [run] = told(student, waiting, "/runs")
    assert (run["score"], run["pending"]) == (None, [])


def test_nothing_pending_is_exported(waiting: Submission, ta: TestClient) -> None:
    """Neither JSON nor CSV holds points of it, with history or without; both name the attempt."""
    for query in ({}, {"history": "true"}):
        found = row(ta, **query)
        assert (found["points"], found["raw_points"], found["criteria"]) == (None, None, {})
        assert (found["state"], found["counts"]) == ("pending", False)
        assert found["pending_attempts"] == [1]
        table = csv.DictReader(io.StringIO(ta.get(f"{GRADES}.csv", params=query).text))
        line = next(one for one in table if one["name"] == "Chen")
        assert (line["points"], line["state"], line["pending_attempts"]) == ("", "pending", "1")


def test_an_older_grade_counts_until_the_newer_one_is_final(
    services: Services, people: People, ta: TestClient
) -> None:
    """The attempt that waits takes no grade away, and is named beside the one that counts."""
    first = hand_in(services, people.student)
    finish(services, first)
    second = hand_in(services, people.student)
    finish(services, second, pending(*TASK))

    found = row(ta)

    assert (found["attempt"], found["points"], found["pending_attempts"]) == (1, 100, [2])
    for criterion in TASK:
        give(ta, second, criterion, 1.0)
    assert (row(ta)["attempt"], row(ta)["points"], row(ta)["pending_attempts"]) == (2, 80, [])


def test_a_regrade_that_ends_pending_takes_no_grade_away(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """What was graded before counts on, and staff see that the newest run waits."""
    submission = hand_in(services, people.student)
    finish(services, submission)
    again(services, people, submission)
    finish(services, submission, pending(*TASK))

    assert told(student, submission)["score"] == 100
    assert row(ta)["points"] == 100
    assert ta.get(URL, params={"state": "pending"}).json()["count"] == 1


def test_the_grade_is_final_once_people_gave_all_of_it(
    waiting: Submission, student: TestClient, ta: TestClient
) -> None:
    """Points on all that is pending make it a grade like any other; taking one back undoes it."""
    for criterion in TASK[:-1]:
        assert not give(ta, waiting, criterion, 2.0)["is_final"]
    assert told(student, waiting)["so_far"]["pending_points"] == 5

    assert give(ta, waiting, TASK[-1], 2.0)["is_final"]

    shown = told(student, waiting)
    assert (shown["state"], shown["score"], shown["so_far"]) == ("graded", 85, None)
    assert (row(ta)["points"], row(ta)["counts"]) == (85, True)
    ta.delete(f"{URL}/{waiting.id}/scores/{TASK[0]}")
    assert (told(student, waiting)["state"], row(ta)["points"]) == ("pending", None)


def test_points_that_are_not_pending_make_nothing_final(
    waiting: Submission, ta: TestClient
) -> None:
    """Points on another criterion, and remarks on pending ones, leave the rest waiting."""
    give(ta, waiting, "bias.value", 1.0)
    ta.put(f"{URL}/{waiting.id}/scores/{TASK[0]}", json={"remark": "I am looking at it."})

    assert told(ta, waiting)["so_far"]["points"] == 72
    assert row(ta)["points"] is None


def test_a_regrade_makes_it_final(
    services: Services, people: People, waiting: Submission, student: TestClient, ta: TestClient
) -> None:
    """Once the cause is mended a new run counts as any."""
    answer = ta.post(f"{URL}/{waiting.id}/regrade")
    assert answer.status_code == 202, answer.text
    finish(services, waiting)

    assert (told(student, waiting)["score"], row(ta)["points"]) == (100, 100)


def test_points_by_hand_outlive_a_regrade_that_ends_pending_again(
    services: Services, people: People, waiting: Submission, ta: TestClient
) -> None:
    """A run that leaves open what people have given is graded when it ends."""
    for criterion in TASK:
        give(ta, waiting, criterion, 2.0)
    again(services, people, waiting)

    with services.sessions.begin() as session:
        records.begin(session, f"{waiting.id}-2", "worker-1")
    outcome = Outcome(
        state=RunState.PENDING,
        score=0.0,
        max_score=5.0,
        criteria={"weights.scale": (5.0, 5.0), TASK[0]: (0.0, 3.0)},
        pending=(TASK[0],),
        faults=(FAULT,),
    )
    with services.sessions.begin() as session:
        assert records.end(session, f"{waiting.id}-2", outcome)

    with services.sessions() as session:
        run = session.get_one(Run, f"{waiting.id}-2")
        assert (run.state, run.pending, run.faults) == (RunState.GRADED, [TASK[0]], [FAULT])


def test_the_late_rule_waits_for_the_whole_grade(
    services: Services, waiting: Submission, student: TestClient, ta: TestClient
) -> None:
    """What was graded so far is told whole; lateness is taken off the final grade alone."""
    set_up(services, due_at=waiting.received_at - timedelta(hours=1), late_percent_per_day=10.0)
    assert told(student, waiting)["so_far"]["points"] == 75

    for criterion in TASK:
        give(ta, waiting, criterion, 2.0)

    assert told(student, waiting)["score"] == 75  # 75 + 10 - 10 % of 100


def test_no_student_is_told_what_broke(
    waiting: Submission, student: TestClient, ta: TestClient
) -> None:
    """Exception and value stand in staff's list of runs and in nothing that students can fetch."""
    secret = ("OverflowError", "1.7e+308", 'faults": [{')
    fetched = [
        student.get(f"{URL}/{waiting.id}{path}", params=query)
        for path, query in (
            ("", {}),
            ("/runs", {}),
            ("/results", {}),
            ("/runs/1/results", {}),
            ("/report.html", {"kind": "feedback"}),
            ("/report.html", {"kind": "report"}),
            ("/report.pdf", {"kind": "feedback"}),
        )
    ]
    fetched.append(student.get(f"/s/{waiting.id}", headers={"Accept": "text/html"}))

    assert {answer.status_code for answer in fetched} == {200}
    pages = PdfReader(io.BytesIO(fetched[6].content)).pages
    texts = [answer.text for answer in fetched] + [page.extract_text() for page in pages]
    assert not [word for word in secret for text in texts if word in text]
    [run] = told(ta, waiting, "/runs")
    assert run["faults"] == [FAULT]
    assert told(student, waiting, "/runs")[0]["faults"] == []


def test_results_with_points_by_hand_say_what_is_left(waiting: Submission, ta: TestClient) -> None:
    """A results file counts what waits anew as people give points, and is final in the end."""
    for criterion in TASK[:-1]:
        give(ta, waiting, criterion, 2.0)
    left = told(ta, waiting, "/results")
    give(ta, waiting, TASK[-1], 2.0)
    done = told(ta, waiting, "/results")

    assert left["score"] == 83
    assert left["extra_data"]["state"] == "pending"
    assert (left["extra_data"]["pending_points"], left["extra_data"]["graded_max"]) == (5, 95)
    assert left["output"].startswith("83 of 95 points so far; 5 points wait for staff.")
    assert (done["score"], done["extra_data"]["state"]) == (85, "graded")
    assert done["extra_data"]["graded_max"] == 100


def test_staff_list_and_count_what_waits(
    services: Services, people: People, waiting: Submission, student: TestClient, ta: TestClient
) -> None:
    """The listing's filter finds what is pending, and says how many there are on all pages."""
    other = hand_in(services, people.other_student)
    finish(services, other, pending("bias.value"))
    finish(services, hand_in(services, people.student))

    page = ta.get(URL, params={"state": "pending", "edition": EDITION, "limit": 1}).json()

    assert (len(page["items"]), page["count"]) == (1, 2)
    assert student.get(URL, params={"state": "pending"}).json()["count"] == 1
    assert ta.get(URL).json()["count"] == 3


def test_pending_runs_are_regraded_together(
    services: Services, people: People, waiting: Submission, ta: TestClient
) -> None:
    """The bulk regrade takes the state as a filter, as for any other."""
    finish(services, hand_in(services, people.other_student))

    answer = ta.post("/api/v1/regrades", json={"edition": EDITION, "state": "pending"})

    assert answer.json()["queued"] == [waiting.id]


def test_results_of_an_older_version_are_read_as_pending(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """What was "ungraded" and earned its points waits for a person, in rows and documents."""
    submission = hand_in(services, people.student)
    finish(services, submission, former("bias.value"))
    gone = hand_in(services, people.other_student)
    finish(services, gone, former("bias.value"))
    with services.sessions.begin() as session:  # as the revision before left them
        session.execute(
            update(Run).values(
                pending=None,
                state=RunState.GRADED,
                criteria={"weights.scale": [5.0, 5.0], "bias.value": [4.0, 4.0]},
                score=9.0,
                pdf_sha256="c" * 64,
            )
        )
        lost = session.get_one(Run, f"{gone.id}-1").results_sha256
        session.get_one(Run, f"{submission.id}-1").results_sha256 = services.blobs.put(
            io.BytesIO(json.dumps(former("bias.value") | {"seed": 1}).encode())
        ).sha256
    assert lost is not None
    assert lose(services.blobs, lost)
    assert row(ta)["points"] == 9

    assert look_through_old(services) == 2
    assert look_through_old(services) == 0

    assert row(ta)["points"] is None
    assert told(student, submission)["so_far"]["points"] == 5
    results = told(student, submission, "/results")
    [test] = [t for t in results["tests"] if t["extra_data"]["criterion"] == "bias.value"]
    assert (test["score"], test["extra_data"]["outcome"]) == (0, "pending")
    assert "status" not in test
    assert (results["score"], results["extra_data"]["pending_points"]) == (96, 4)
    with services.sessions() as session:
        assert session.get_one(Run, f"{gone.id}-1").state is RunState.GRADED  # it cannot be told


def former(criterion: str) -> dict[str, Any]:
    """Return results as they were written before there was "pending"."""
    contents = right()
    for test in contents["tests"]:
        if test["extra_data"]["criterion"] == criterion:
            test["extra_data"]["outcome"] = "ungraded"
            for check in test["extra_data"]["checks"]:
                check["outcome"] = "ungraded"
    return contents


# Attempts.


def test_nobody_waits_for_a_self_check(services: Services, people: People) -> None:
    """It is nobody's: what could not be judged of it is said, and no staff are promised."""
    submission = hand_in(services, people.student)
    finish(services, submission, pending("bias.value"))
    with services.sessions.begin() as session:
        found = session.get_one(Submission, submission.id)
        found.anonymous = True
        grade = grade_so_far(
            found, session.get_one(Assignment, EDITION), services.editions[EDITION]
        )
        assert grade is not None
        said = str(pending_reason(grade, found))

    assert said.endswith("4 points could not be judged here")
