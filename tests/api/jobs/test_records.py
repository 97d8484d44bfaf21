"""What a worker writes about a run."""

from __future__ import annotations

from api.jobs import records
from api.jobs.job_and_outcome import Job, Outcome, refused, ungraded
from api.kit.models import Run, RunState, Submission
from api.kit.services import Services
from grader.words.message import message
from grader.workers.slots import our_fault
from tests.api.people import People, hand_in

GRADED = Outcome(
    state=RunState.GRADED,
    score=17.5,
    max_score=20.0,
    seconds=2.0,
    findings=("bias-misses-input-scale",),
    criteria={"weights.scale": (5.0, 5.0)},
    stage_seconds={"Accuracy": 0.5},
    results_sha256="ab" * 32,
)


def begin(services: Services, run_id: str) -> Job | None:
    with services.sessions.begin() as session:
        return records.begin(session, run_id, "worker-1")


def end(services: Services, run_id: str, outcome: Outcome) -> bool:
    with services.sessions.begin() as session:
        return records.end(session, run_id, outcome)


def run_of(services: Services, submission: Submission) -> Run:
    with services.sessions() as session:
        return session.get_one(Run, f"{submission.id}-1")


def test_a_run_that_begins_says_what_is_to_be_done(services: Services, people: People) -> None:
    """The job names the student, the edition and the files; the row says who has it."""
    submission = hand_in(services, people.student)

    job = begin(services, f"{submission.id}-1")

    assert job is not None
    assert (job.student_id, job.edition) == (people.student.student_id, submission.edition)
    assert [name for name, _ in job.files] == ["hw1.ipynb"]
    assert services.blobs.read(job.files[0][1]).startswith(b"{")
    run = run_of(services, submission)
    assert (run.state, run.worker, run.attempts) == (RunState.GRADING, "worker-1", 1)


def test_a_run_can_begin_again_until_it_has_ended(services: Services, people: People) -> None:
    """Another worker begins what a dead one had; what has ended is not begun."""
    submission = hand_in(services, people.student)
    run_id = f"{submission.id}-1"
    begin(services, run_id)

    again = begin(services, run_id)
    assert again is not None
    assert again.attempt == 2
    end(services, run_id, GRADED)

    assert begin(services, run_id) is None


def test_a_run_that_was_replaced_is_not_begun(services: Services, people: People) -> None:
    """Nobody grades what a newer upload has replaced."""
    first = hand_in(services, people.student)
    second = hand_in(services, people.student)

    assert begin(services, f"{first.id}-1") is None
    assert begin(services, f"{second.id}-1") is not None
    assert run_of(services, first).state is RunState.REPLACED


def test_a_run_whose_student_was_deleted_is_not_begun(services: Services) -> None:
    """A job outlives its rows and finds nothing to do."""
    assert begin(services, f"{'0' * 32}-1") is None


def test_only_the_first_end_counts(services: Services, people: People) -> None:
    """A worker that was thought dead and comes back changes nothing."""
    submission = hand_in(services, people.student)
    run_id = f"{submission.id}-1"
    begin(services, run_id)

    assert end(services, run_id, GRADED)
    assert not end(services, run_id, ungraded(our_fault("ended")))

    run = run_of(services, submission)
    assert run.state is RunState.GRADED
    assert (run.score, run.max_score, run.message) == (17.5, 20.0, "")
    assert run.criteria == {"weights.scale": [5.0, 5.0]}
    assert run.findings == ["bias-misses-input-scale"]
    assert run.finished_at is not None


def test_a_run_that_has_not_begun_does_not_end(services: Services, people: People) -> None:
    """An outcome belongs to a grading."""
    submission = hand_in(services, people.student)

    assert not end(services, f"{submission.id}-1", GRADED)
    assert run_of(services, submission).state is RunState.WAITING


def test_a_stage_is_written_while_a_run_is_graded(services: Services, people: People) -> None:
    """Whoever watches sees the stage; the end clears it."""
    submission = hand_in(services, people.student)
    run_id = f"{submission.id}-1"

    records.note_stage(services.sessions, run_id, "Too early")
    assert run_of(services, submission).stage == ""
    begin(services, run_id)
    records.note_stage(services.sessions, run_id, "Accuracy")
    assert run_of(services, submission).stage == "Accuracy"
    end(services, run_id, refused(message("file.empty", file="hw1.ipynb"), seconds=0.1))

    run = run_of(services, submission)
    assert (run.stage, run.state) == ("", RunState.REFUSED)
    assert run.message.startswith("hw1.ipynb: the file is empty")
    assert run.reason == {"code": "file.empty", "values": {"file": "hw1.ipynb"}}


def test_an_outcome_of_an_older_worker_has_a_message_alone() -> None:
    """A step that was written down before an upgrade is taken up after it."""
    fields = refused(message("file.empty", file="hw1.ipynb"), seconds=0.1).as_json()
    del fields["reason"]

    outcome = Outcome.of_json(fields)

    assert (outcome.reason, outcome.message[:9]) == (None, "hw1.ipynb")


def test_runs_that_are_given_up_say_why_in_every_language(
    services: Services, people: People
) -> None:
    """What is our fault is kept as a code, too."""
    submission = hand_in(services, people.student)

    with services.sessions.begin() as session:
        records.give_up(session, [f"{submission.id}-1"], our_fault("job-lost"))

    run = run_of(services, submission)
    assert "its job was lost" in run.message
    assert run.reason == {"code": "ungraded", "values": {"why": "job-lost"}}


def test_outcomes_and_jobs_survive_their_way_through_json() -> None:
    """What a slot sends is what the worker writes down."""
    job = Job(
        run_id="a-1",
        edition="e",
        student_id=None,
        language="zh_TW",
        files=(("作業.ipynb", "ab" * 32),),
        attempt=2,
    )

    assert Job.of_json(job.as_json()) == job
    assert Outcome.of_json(GRADED.as_json()) == GRADED
    assert "our" in ungraded(our_fault("job-lost")).message
