"""Taking submissions in: attempts, closing, replacing, regrading."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.kit import queue
from api.kit.models import Assignment, AuditEntry, Run, RunState, Submission, now
from api.kit.problems import Problem
from api.kit.queue import place_of
from api.kit.services import Services
from api.submissions.attempts import attempts_left
from api.submissions.hand_in import hand_in as hand_in_form
from api.submissions.runs import accept, grade_replaced, judged_run, regrade, submissions_of
from api.submissions.uploads import Form
from tests.api.people import EDITION, People, finish, hand_in, principal_of, received_notebook


def set_up(services: Services, **values: object) -> None:
    """Set how the course runs the edition."""
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        for name, value in values.items():
            setattr(assignment, name, value)


def states(services: Services, *submissions: Submission) -> list[RunState]:
    with services.sessions() as session:
        return [session.get_one(Submission, one.id).runs[-1].state for one in submissions]


def test_a_newer_upload_replaces_the_waiting_one(services: Services, people: People) -> None:
    """What a student hands in again while it waits is graded once, in its newest form."""
    first = hand_in(services, people.student)
    second = hand_in(services, people.student)

    assert states(services, first, second) == [RunState.REPLACED, RunState.WAITING]


def test_a_late_upload_leaves_the_one_in_time_alone(services: Services, people: People) -> None:
    """What was handed in in time is graded, even if it still waits when a late one comes."""
    due = now() - timedelta(hours=1)
    set_up(services, due_at=due)
    staff = principal_of(people.ta)
    moments = (due - timedelta(hours=3), due - timedelta(hours=2), now())

    with services.sessions.begin() as session:
        made = [
            accept(
                services,
                session,
                edition=EDITION,
                student_id="108062001",
                principal=staff,
                files=[received_notebook(services)],
                now=now(),
                received_at=moment,
            )
            for moment in moments
        ]

    waiting = RunState.WAITING
    assert states(services, *made) == [RunState.REPLACED, waiting, waiting]


def test_staffs_upload_and_the_students_own_let_each_other_be(
    services: Services, people: People
) -> None:
    """A class's zip does not put away what a student has just handed in, nor the other way."""
    own = hand_in(services, people.student)
    with services.sessions.begin() as session:
        staffs = accept(
            services,
            session,
            edition=EDITION,
            student_id="108062001",
            principal=principal_of(people.ta),
            files=[received_notebook(services)],
            now=now(),
        )

    newer = hand_in(services, people.student)

    waiting = RunState.WAITING
    assert states(services, own, staffs, newer) == [RunState.REPLACED, waiting, waiting]


def refuse(services: Services, submission: Submission) -> Run | None:
    """Have a submission's newest run end as refused; return the run in its place."""
    finish(services, submission, state=RunState.REFUSED)
    with services.sessions.begin() as session:
        return grade_replaced(services, session, session.get_one(Submission, submission.id))


def test_what_a_refused_upload_replaced_is_graded(services: Services, people: People) -> None:
    """A worse second upload leaves nobody without a grade, and says so in the log."""
    first, second = hand_in(services, people.student), hand_in(services, people.student)

    run = refuse(services, second)

    assert run is not None
    assert run.id == f"{first.id}-2"
    assert states(services, first, second) == [RunState.WAITING, RunState.REFUSED]
    assert services.queue.live([run.id]) == {run.id}
    with services.sessions() as session:
        [entry] = session.scalars(select(AuditEntry)).all()
    assert (entry.actor, entry.target) == ("system", f"submission:{first.id}")


def test_a_refusal_brings_back_nothing_that_something_newer_stands_for(
    services: Services, people: People
) -> None:
    """Neither a newer upload that waits nor one that was graded is overtaken by an old one."""
    made = [hand_in(services, people.student) for _ in range(3)]
    assert refuse(services, made[1]) is None
    finish(services, made[2])
    last = hand_in(services, people.student)

    assert refuse(services, last) is None

    ends = [RunState.REPLACED, RunState.REFUSED, RunState.GRADED, RunState.REFUSED]
    assert states(services, *made, last) == ends


def test_refusals_bring_back_the_newest_that_was_replaced(
    services: Services, people: People
) -> None:
    """One refusal after the other leads back to the last upload that can be graded."""
    made = [hand_in(services, people.student) for _ in range(3)]

    again = refuse(services, made[2])
    assert again is not None
    assert again.submission_id == made[1].id
    first = refuse(services, made[1])

    assert first is not None
    assert first.submission_id == made[0].id


def test_what_was_brought_back_is_replaced_like_any_other(
    services: Services, people: People
) -> None:
    """The student may hand in again instead of waiting for the upload that came back."""
    set_up(services, max_attempts=1)
    first, second = hand_in(services, people.student), hand_in(services, people.student)
    refuse(services, second)

    third = hand_in(services, people.student)

    ends = [RunState.REPLACED, RunState.REFUSED, RunState.WAITING]
    assert states(services, first, second, third) == ends


def test_a_newer_upload_leaves_others_alone(services: Services, people: People) -> None:
    """Another student's waiting run, and one's own finished one, stay as they are."""
    other = hand_in(services, people.other_student)
    done = hand_in(services, people.student)
    finish(services, done)

    hand_in(services, people.student)

    assert states(services, other, done) == [RunState.WAITING, RunState.GRADED]


def test_a_newer_upload_leaves_the_staffs_regrade_alone(
    services: Services, people: People
) -> None:
    """A regrade that waits is graded all the same: the old attempt may be the one that counts."""
    done = hand_in(services, people.student)
    finish(services, done)
    with services.sessions.begin() as session:
        regrade(services, session, session.get_one(Submission, done.id), principal_of(people.ta))

    new = hand_in(services, people.student)

    assert states(services, done, new) == [RunState.WAITING, RunState.WAITING]


def test_attempts_run_out(services: Services, people: People) -> None:
    """After the last attempt nothing more is taken, of this student alone."""
    set_up(services, max_attempts=1)
    finish(services, hand_in(services, people.student))

    with pytest.raises(Problem) as refused:
        hand_in(services, people.student)

    assert (refused.value.status, refused.value.code) == (409, "no-attempts-left")
    hand_in(services, people.other_student)


@pytest.mark.parametrize("state", [RunState.UNGRADED, RunState.REFUSED])
def test_what_is_not_graded_costs_no_attempt(
    services: Services, people: People, state: RunState
) -> None:
    """What we could not grade, or would not, leaves the student their attempt."""
    set_up(services, max_attempts=1)
    finish(services, hand_in(services, people.student), state=state)

    again = hand_in(services, people.student)

    assert again.attempt == 2


def test_a_replaced_upload_costs_no_attempt(services: Services, people: People) -> None:
    """Two uploads of which only one is graded are one attempt."""
    set_up(services, max_attempts=1)
    hand_in(services, people.student)

    second = hand_in(services, people.student)

    with services.sessions() as session:
        earlier = submissions_of(session, EDITION, "108062001")
        assert attempts_left(session.get_one(Assignment, EDITION), earlier, most_free=3) == 0
    assert second.attempt == 2


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"open": False}, "not-open"),
        ({"due_at": now() - timedelta(days=3), "late_days": 2}, "too-late"),
    ],
)
def test_a_closed_assignment_takes_nothing(
    services: Services, people: People, values: dict[str, object], code: str
) -> None:
    """A student's upload is refused once the assignment is closed; staff may still hand in."""
    set_up(services, **values)

    with pytest.raises(Problem) as refused:
        hand_in(services, people.student)

    assert (refused.value.status, refused.value.code) == (409, code)


def test_late_work_is_taken_until_the_late_days_end(services: Services, people: People) -> None:
    """Within the late days an upload is taken, to lose points."""
    set_up(services, due_at=now() - timedelta(days=1), late_days=2)

    assert hand_in(services, people.student).attempt == 1


def test_a_backlog_is_capped(services: Services, people: People) -> None:
    """A student whose runs wait or are graded in number is asked to wait."""
    most = services.settings.max_waiting_per_student
    for _ in range(most):
        submission = hand_in(services, people.student)
        with services.sessions.begin() as session:
            session.get_one(Run, f"{submission.id}-1").state = RunState.GRADING

    with pytest.raises(Problem) as refused:
        hand_in(services, people.student)

    assert (refused.value.status, refused.value.code) == (429, "too-many-waiting")


def test_a_regrade_keeps_the_old_result(services: Services, people: People) -> None:
    """While a submission is graded again its last result counts, and stays as history."""
    submission = hand_in(services, people.student)
    finish(services, submission)

    with services.sessions.begin() as session:
        again = session.get_one(Submission, submission.id)
        run = regrade(services, session, again, principal_of(people.ta))
        counted = judged_run(again)

    assert (run.id, run.state) == (f"{submission.id}-2", RunState.WAITING)
    assert counted is not None
    assert counted.number == 1


def test_only_one_run_is_active(services: Services, people: People) -> None:
    """A submission that waits or is being graded cannot be graded a second time."""
    submission = hand_in(services, people.student)

    with services.sessions.begin() as session:
        one = session.get_one(Submission, submission.id)
        with pytest.raises(Problem) as refused:
            regrade(services, session, one, principal_of(people.ta))

    assert refused.value.status == 409


def test_the_queue_is_counted_from_its_head(services: Services, people: People) -> None:
    """Who came first is first; who does not wait has no place."""
    submissions = [hand_in(services, one) for one in (people.student, people.other_student)]

    def places() -> list[int]:
        with services.sessions() as session:
            runs = [session.get_one(Run, f"{one.id}-1") for one in submissions]
            found = queue.places(session)
            return [place_of(found, run.id, run.state) for run in runs]

    assert places() == [1, 2]
    finish(services, submissions[0])
    assert places() == [0, 1]


def test_uploads_of_one_moment_get_numbers_of_their_own(
    services: Services, people: People
) -> None:
    """Ten uploads of one student at once are ten attempts, of which one still waits."""
    form = Form(fields={"edition": EDITION}, files=(received_notebook(services),))
    done: list[int] = []

    def upload() -> None:
        one = hand_in_form(services, principal_of(people.student), form, arrived_at=now())
        done.append(one.submission.attempt)

    threads = [threading.Thread(target=upload) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == list(range(1, 11))
    with services.sessions() as session:
        found = submissions_of(session, EDITION, "108062001")
        waiting = [one.attempt for one in found if one.runs[-1].state is RunState.WAITING]
    assert waiting == [10]
