"""A worker and the API as processes: what is handed in ends in a result."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.kit.models import (
    Assignment,
    Run,
    RunState,
    Submission,
    SubmissionFile,
    User,
    Worker,
    new_id,
    now,
)
from api.kit.services import Services
from api.kit.settings import Settings
from api.submissions.runs import accept
from tests.api.jobs.running import (
    EXAMPLE,
    NO_NOTEBOOK,
    START_SECONDS,
    Program,
    add_students,
    all_final,
    answers,
    new_service,
    running,
    runs,
    suspended_slot,
    until,
    upload,
)
from tests.api.people import EDITION, principal_of, received_notebook
from tests.api.ports import free_port
from tests.corpus import SUBMISSIONS, load_case
from tests.exported_parameters.made import right, zipped

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A service whose API and worker are processes of their own."""

    settings: Settings
    services: Services
    api: Program
    worker: Program
    client: httpx.Client

    def another_worker(self, log: Path) -> Program:
        return Program(self.settings, "worker", log=log)

    def run(self, run_id: str) -> Run:
        with self.services.sessions() as session:
            return session.get_one(Run, run_id)

    def hand_in(self, token: str, content: bytes) -> str:
        """Return the id of the run of an upload that was accepted."""
        answer = upload(self.client, token, content)
        assert answer.status_code == 202, answer.text
        return f"{answer.json()['id']}-1"

    def wait(self, run_id: str, *states: RunState) -> Run:
        until(
            lambda: self.run(run_id).state in states,
            START_SECONDS,
            f"{run_id} is {states}",
            *(self.api, self.worker),
        )
        return self.run(run_id)


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    settings = Settings(
        store=tmp_path / "store", database_url=database_url, workers=1, uploads_per_minute=1000
    )
    services = new_service(settings)
    port = free_port()
    api = Program(settings, "api", "--port", str(port), log=tmp_path / "api.log")
    worker = Program(settings, "worker", log=tmp_path / "worker.log")
    with (
        running(api, worker),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client,
    ):
        until(lambda: answers(port), START_SECONDS, "the API answers", api)
        yield Site(settings=settings, services=services, api=api, worker=worker, client=client)
    services.engine.dispose()


def hand_in_with_archive(site: Site, token: str) -> str:
    """Hand in code of the edition of 2024 with an archive beside it; return the run's id."""
    case = load_case(SUBMISSIONS / "cs5120-2024" / "max-abs-127")
    with tempfile.TemporaryDirectory() as folder:
        code = case.write(Path(folder)).read_bytes()
    files = [("file", ("quantutils.py", code)), ("file", ("parameter.zip", zipped(right(2))))]
    answer = site.client.post(
        "/api/v1/submissions",
        files=files,
        data={"edition": case.edition},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 202, answer.text
    return f"{answer.json()['id']}-1"


@pytest.mark.few(1)
def test_an_upload_ends_in_a_result_and_a_worker_drains(site: Site) -> None:
    """From HTTP to PDF, of two editions; then SIGTERM lets the worker finish and say good-bye."""
    tokens = [*add_students(site.services, ["108062999", "108062001"]).values()]
    graded = site.hand_in(tokens[0], EXAMPLE.read_bytes())
    refused = site.hand_in(tokens[1], NO_NOTEBOOK)

    run = site.wait(graded, RunState.GRADED)
    assert (run.score, run.max_score, run.attempts) == (90.0, 100.0, 1)
    assert run.stage_seconds["Report"] > 0
    assert "not a notebook" in site.wait(refused, RunState.REFUSED).message
    headers = {"Authorization": f"Bearer {tokens[0]}"}
    address = f"/api/v1/submissions/{graded.removesuffix('-1')}/report.pdf"
    assert site.client.get(address, headers=headers).content.startswith(b"%PDF")

    lenet = hand_in_with_archive(site, tokens[1])
    run = site.wait(lenet, RunState.GRADED)
    assert 90.0 < run.score < 100.0, "an archive of two images earns a part of its points"

    # What is begun when the worker is told to stop is finished, what waits is left.
    with suspended_slot(site.worker):
        begun = site.hand_in(tokens[0], EXAMPLE.read_bytes())
        site.wait(begun, RunState.GRADING)
        waiting = site.hand_in(tokens[1], EXAMPLE.read_bytes())
        site.worker.tell_to_stop()
        until(
            lambda: "finishes what it has begun" in site.worker.said(),
            START_SECONDS,
            "it was told to stop",
            site.worker,
        )
    assert site.worker.ended() == 0
    assert site.run(begun).state is RunState.GRADED
    assert site.run(waiting).state is RunState.WAITING
    with site.services.sessions() as session:
        worker = session.scalars(select(Worker)).one()
    assert (worker.id, worker.slots) == (run.worker, 1)
    assert worker.left_at is not None
    assert [*Path(site.settings.store, "leases").glob("*")] == []


@pytest.mark.long
def test_what_a_refused_upload_replaced_is_graded_after_all(site: Site) -> None:
    """The worker queues it in the transaction in which it records the refusal."""
    add_students(site.services, ["s1"])
    with site.services.sessions.begin() as session:
        student = session.scalars(select(User).where(User.login == "s1")).one()
        first, second = (
            accept(
                site.services,
                session,
                edition=EDITION,
                student_id="s1",
                principal=principal_of(student),
                files=[received_notebook(site.services, NO_NOTEBOOK)],
                now=now(),
            )
            for _ in range(2)
        )
    assert site.run(f"{first.id}-1").state is RunState.REPLACED

    site.wait(f"{second.id}-1", RunState.REFUSED)

    assert site.run(f"{first.id}-2").created_at <= now()
    site.wait(f"{first.id}-2", RunState.REFUSED)


@pytest.mark.long
def test_a_killed_workers_job_is_taken_over(site: Site, tmp_path: Path) -> None:
    """Another worker takes up what a dead one had, and it is graded once more and once only."""
    [token] = add_students(site.services, ["108062999"]).values()
    other = site.another_worker(tmp_path / "other.log")
    run_id = site.hand_in(token, EXAMPLE.read_bytes())
    site.wait(run_id, RunState.GRADING)
    with running(other):
        until(lambda: "grades 1 at once" in other.said(), START_SECONDS, "another is there", other)
        run_id = site.hand_in(token, EXAMPLE.read_bytes())
        first = site.wait(run_id, RunState.GRADING).worker
        mine = site.worker if str(_process_id(site.worker)) in first else other
        mine.kill()

        run = site.wait(run_id, RunState.GRADED)

    assert run.worker != first
    assert (run.score, run.attempts) == (90.0, 2)


@pytest.mark.long
def test_a_job_that_was_claimed_and_not_begun_is_given_back(site: Site) -> None:
    """A claim whose answer was lost, as when the database restarts, strands nobody."""
    until(lambda: "at once" in site.worker.said(), START_SECONDS, "it grades", site.worker)
    with site.services.sessions.begin() as session:
        run_id = put_on_queue(site.services, session, "108062001", 1)
        table = "workflow_status" if is_sqlite(site) else "dbos.workflow_status"
        session.execute(
            text(
                f"UPDATE {table} SET status = 'PENDING',"
                " executor_id = (SELECT id FROM workers) WHERE workflow_uuid = :id"
            ),
            {"id": run_id},
        )

    assert site.wait(run_id, RunState.REFUSED).attempts == 1
    assert "claimed and not begun" in site.worker.said()


@pytest.mark.long
def test_students_are_graded_in_the_order_in_which_they_came(site: Site) -> None:
    """Everybody's first before anybody's second, and firsts in the order of arrival."""
    site.worker.stop()
    greedy, *others = ("108062005", *(f"10806200{number}" for number in (3, 9, 1, 8, 2)))
    came = []
    for student_id, attempt in [*((greedy, n) for n in (1, 2, 3)), *((o, 1) for o in others)]:
        with site.services.sessions.begin() as session:
            came.append(put_on_queue(site.services, session, student_id, attempt))
    site.worker.start()

    until(lambda: all_final(site.services), START_SECONDS, "all have ended", site.worker)

    begun = sorted(runs(site.services), key=lambda run: run.started_at or now())
    assert [run.id for run in begun] == [came[0], *came[3:], came[1], came[2]]


@pytest.mark.long
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_that_breaks_every_slot_is_given_up(site: Site) -> None:
    """After the attempts that are set a run is our fault and says so; the others are graded."""
    with site.services.sessions.begin() as session:
        session.add(Assignment(edition="of-another-planet"))
        session.flush()
        poison = put_on_queue(site.services, session, "108062001", 1, edition="of-another-planet")
        deadly = put_on_queue(site.services, session, "108062002", 1, begun=8)
        healthy = put_on_queue(site.services, session, "108062003", 1)

    assert site.wait(healthy, RunState.REFUSED).attempts == 1
    run = site.wait(deadly, RunState.UNGRADED)
    assert "every worker that began it ended" in run.message
    run = site.wait(poison, RunState.UNGRADED)
    assert run.attempts == site.settings.max_grading_attempts
    assert "fault of ours" in run.message
    assert "KeyError" in run.message


def put_on_queue(
    services: Services,
    session: Session,
    student_id: str,
    attempt: int,
    *,
    edition: str = EDITION,
    begun: int = 0,
) -> str:
    """Return the run of a new submission that replaces nothing, *begun* so often before."""
    blob = services.blobs.put(io.BytesIO(NO_NOTEBOOK))
    file = SubmissionFile(
        position=0, name="hw1.ipynb", sha256=blob.sha256, size_bytes=blob.size_bytes
    )
    submission = Submission(
        id=new_id(), edition=edition, student_id=student_id, attempt=attempt, files=[file]
    )
    run = Run(id=f"{submission.id}-1", number=1, attempts=begun)
    submission.runs.append(run)
    session.add(submission)
    session.flush()
    services.queue.enqueue(session, run.id, partition=student_id, staff=False)
    return run.id


def is_sqlite(site: Site) -> bool:
    return site.services.engine.dialect.name == "sqlite"


def _process_id(program: Program) -> int:
    assert program.process is not None
    return program.process.pid
