"""
How the rate of the service grows with its workers, and what limits it.

Database (PostgreSQL), queue, leases, storage and workers are the real ones; only the grading is
replaced, by a wait as long as one takes, so that one machine can be many. What each worker writes
is as large as what a grading writes.

    python -m benchmarks.simulation STORE DATABASE_URL

is one such worker.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from api.jobs import worker
from api.jobs.job_and_outcome import Job, Outcome
from api.kit.models import Run, RunState, Submission, SubmissionFile, new_id
from api.kit.services import Services
from api.kit.settings import Settings
from api.kit.storage import open_blobs
from grader.editions.loader import default_edition_id
from grader.workers.slots import Notify, Readiness
from tests.api.jobs.running import NO_NOTEBOOK, START_SECONDS, all_final, new_service, runs, until
from tests.api.servers import PostgreSQL

MACHINES = (1, 2, 4, 8, 16)
SLOTS = 4  # of a machine
GRADING_SECONDS = 3.0
EACH = 8  # submissions of a slot
STAGES = 8
RESULTS_BYTES, PDF_BYTES = 250_000, 350_000
WANTED_AN_HOUR = 10_000


class WaitingSlots:
    """What stands in for the slots of a worker: each grading is a wait."""

    def __init__(self, count: int, *_given: object, **_named: object) -> None:
        self._blobs = open_blobs(_settings())
        self.count = count

    def open(self) -> Readiness:
        """Return that nothing is missing."""
        return Readiness(layers=("none: it only waits",))

    def close(self) -> None:
        """There is nothing to end."""

    def grade(self, _job: Job, notify: Notify) -> Outcome:
        """Wait as long as a grading takes, and write as much."""
        for stage in range(STAGES):
            notify(f"Stage {stage}")
            time.sleep(GRADING_SECONDS / STAGES)
        results, pdf = (
            self._blobs.put(io.BytesIO(os.urandom(size))) for size in (RESULTS_BYTES, PDF_BYTES)
        )
        return Outcome(
            state=RunState.GRADED,
            score=100.0,
            max_score=100.0,
            seconds=GRADING_SECONDS,
            results_sha256=results.sha256,
            pdf_sha256=pdf.sha256,
        )


def lines(folder: Path, most: int = MACHINES[-1]) -> Iterator[str]:
    """Yield how the rate grows with the number of machines, up to *most*."""
    yield "## More machines\n"
    yield (
        f"Machines of {SLOTS} slots on one PostgreSQL, all here; a grading is a wait of"
        f" {GRADING_SECONDS:g} s. Its CPU is what queue, leases, rows and files cost.\n"
    )
    yield (
        "| machines | submissions/s | of what waits allow | database's CPU, ms a submission"
        " | workers' CPU |"
    )
    yield "|---|---|---|---|---|"
    costs = []
    with PostgreSQL(durable=True) as server:
        for machines in (one for one in MACHINES if one <= most):
            rate, database, workers = _measure(folder, server, machines)
            costs.append(database + workers)
            share = rate * GRADING_SECONDS / (machines * SLOTS)
            yield (
                f"| {machines} | {rate:.2f} | {100 * share:.0f} % | {1000 * database:.0f}"
                f" | {1000 * workers:.0f} ms |"
            )
    yield ""
    yield _limit(costs[-1])


def _limit(cost: float) -> str:
    cores = os.cpu_count() or 1
    wanted = WANTED_AN_HOUR / 3600
    return (
        f"Here the {cores} cores that database and workers share are what limits it: at"
        f" {1000 * cost:.0f} ms a submission they would be used up at {cores / cost:.0f} a second."
        f" {WANTED_AN_HOUR:,} in an hour are {wanted:.1f} a second: {wanted * cost:.2f} of a core"
        " beside what grades.\n"
    )


def _measure(folder: Path, server: PostgreSQL, machines: int) -> tuple[float, float, float]:
    """Return submissions a second, and the CPU seconds a submission of database and workers."""
    count = machines * SLOTS * EACH
    with tempfile.TemporaryDirectory(dir=_made(folder)) as store:
        url = server.new_database()
        services = new_service(Settings(store=Path(store), database_url=url))
        _hand_in(services, count)
        assert server.process is not None
        family = psutil.Process(server.process.pid)
        started = [_worker(store, url) for _ in range(machines)]
        try:
            grading = lambda: any(run.finished_at for run in runs(services))  # noqa: E731
            until(grading, START_SECONDS, "the workers have started")
            before = _cpu([family]), _cpu(_alive(started))
            until(lambda: all_final(services), START_SECONDS, "all have ended")
            database, workers = _cpu([family]) - before[0], _cpu(_alive(started)) - before[1]
        finally:
            for process in started:
                process.kill()
                process.wait()
        ended = [run for run in runs(services) if run.started_at and run.finished_at]
        services.engine.dispose()
    begun = min(run.started_at for run in ended if run.started_at)
    last = max(run.finished_at for run in ended if run.finished_at)
    assert len(ended) == count
    rate = count / (last - begun).total_seconds()
    return rate, database / count, workers / count


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _alive(started: Sequence[subprocess.Popen[bytes]]) -> list[psutil.Process]:
    return [psutil.Process(process.pid) for process in started]


def _cpu(processes: Sequence[psutil.Process]) -> float:
    """Return the CPU seconds of processes, their children, and those that have ended."""
    family = [one for process in processes for one in (process, *process.children(recursive=True))]
    return sum(sum(one.cpu_times()[:4]) for one in family)


def _hand_in(services: Services, count: int) -> None:
    """Put *count* submissions of as many students on the queue."""
    blob = services.blobs.put(io.BytesIO(NO_NOTEBOOK))
    with services.sessions.begin() as session:
        for number in range(count):
            file = SubmissionFile(
                position=0, name="hw1.ipynb", sha256=blob.sha256, size_bytes=blob.size_bytes
            )
            student = f"sim{number:05}"
            submission = Submission(
                id=new_id(),
                edition=default_edition_id(),
                student_id=student,
                attempt=1,
                files=[file],
            )
            run = Run(id=f"{submission.id}-1", number=1)
            submission.runs.append(run)
            session.add(submission)
            session.flush()
            services.queue.enqueue(session, run.id, partition=student, staff=False)


def _worker(store: str, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.simulation", store, url]
    with (Path(store) / "workers.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _settings() -> Settings:
    store, url = sys.argv[1:3]
    return Settings(store=Path(store), database_url=url, workers=SLOTS)


if __name__ == "__main__":
    setattr(worker, "Slots", WaitingSlots)  # noqa: B010  mypy forbids to assign to a class
    sys.exit(worker.run(_settings()))
