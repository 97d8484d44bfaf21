"""
The worker: one process a machine that takes runs off the queue and has its slots grade them.

It may die at any moment: its lease is free then, another worker takes its jobs, and what it had
written counts only if the job was still its own.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from dbos import DBOS, SQLAlchemyDatasource, StepOptions
from dbos import error as dbos_error
from structlog.contextvars import bound_contextvars

from api.grades.announcements import announce
from api.jobs import maintenance, records
from api.jobs.claim_limit import claim_at_most
from api.jobs.comparing_classes import comparing
from api.jobs.job_and_outcome import Job, Outcome, ungraded
from api.jobs.lease_keeper import LeaseKeeper
from api.jobs.leases import open_leases
from api.jobs.outages import patiently
from api.jobs.sending import lti_calls, mails
from api.jobs.slots import Slots, StorageDownError
from api.kit.models import Run, RunState
from api.kit.outbox import post_event
from api.kit.queue import COMPARING, LTI_QUEUE, MAIL_QUEUE, QUEUE, WORKFLOW, open_worker
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.submissions.runs import grade_replaced
from grader.workers.slots import Readiness, RefusedToStartError, SlotError, our_fault

POLL_SECONDS = 0.2
STORAGE_RETRY_SECONDS = 5.0
# So often may workers die over a run, beside what it does to slots, before it is suspected.
DEATHS = 5
# DBOS's own limit must never be reached: a job that it ends has nobody who tells the student.
DISPATCHES = 1000
# What is unexpected in our own code; what is expected (a slot's death, an outage) is met before.
STEP: StepOptions = {
    "name": "grade",
    "retries_allowed": True,
    "interval_seconds": 1.0,
    "max_attempts": 6,
    "backoff_rate": 2.0,
}
_log = logging.getLogger(__name__)


def run(settings: Settings, environment: Mapping[str, str] | None = None) -> int:
    """
    Grade until SIGTERM or SIGINT, then finish what is being graded; return the exit status.

    *environment* is what the slots start with. A second signal ends everything at once.
    """
    stop = threading.Event()
    listen(stop)
    services = open_services(settings)
    with _work_folder() as folder:
        slots = Slots(
            settings.workers,
            _slot_environment(environment or os.environ),
            limit_seconds=settings.grading_limit_seconds,
            folder=folder,
        )
        try:
            _tell(slots.open())
            _work(services, slots, stop, environment or os.environ)
        except RefusedToStartError as error:
            _log.critical("nothing is graded here: %s", error)
            return error.exit_code
        finally:
            slots.close()
    return 0


def _work(
    services: Services, slots: Slots, stop: threading.Event, environment: Mapping[str, str]
) -> None:
    executor = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
    leases = open_leases(services.engine, services.settings.store)
    leases.hold(executor)
    patiently(lambda: maintenance.register_worker(services, executor))
    lease_keeper = LeaseKeeper(
        leases, executor, lambda: maintenance.renew_worker(services, executor)
    )
    keeper = maintenance.Maintenance(services)
    launch(services, slots, executor, environment)
    lease_keeper.start()
    keeper.start()
    _log.info("worker %s grades %d at once", executor, services.settings.workers)
    stop.wait()
    _log.info("worker %s finishes what it has begun", executor)
    # The lease is kept meanwhile: nobody else may take what is still being graded.
    DBOS.destroy(workflow_completion_timeout_sec=_drain_seconds(services.settings))
    keeper.end()
    lease_keeper.end()
    maintenance.unregister_worker(services, executor)
    leases.close()


def launch(
    services: Services, slots: Slots, executor: str, environment: Mapping[str, str]
) -> None:
    """Begin to take runs and comparisons off the queue, and what this process may send."""
    sends, calls = bool(services.settings.smtp_host), services.settings.lti_calls
    recording = open_worker(
        services.engine,
        executor,
        [QUEUE, *([MAIL_QUEUE] if sends else []), *([LTI_QUEUE] if calls else [])],
        threads=4 * services.settings.workers + 8,
    )
    if sends:
        mails.define(services, recording)
    if calls:
        lti_calls.define(services, recording)
    work = RunWorkflow(services=services, slots=slots, executor=executor, recording=recording)

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=DISPATCHES)
    def grade(run_id: str) -> str:
        return work.grade(run_id)

    @DBOS.workflow(name=COMPARING, max_recovery_attempts=DISPATCHES)
    def compare(comparison_id: str) -> str:
        return comparing.compare(services, comparison_id, environment)

    claim_at_most(services.settings.workers)
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=services.settings.workers,
        polling_interval_sec=POLL_SECONDS,
        on_conflict="always_update",
    )
    if sends:
        mails.listen()
    if calls:
        lti_calls.listen()


@dataclass(frozen=True, kw_only=True)
class RunWorkflow:
    """The workflow of one run: have it graded, write down how it ended."""

    services: Services
    slots: Slots
    executor: str
    recording: SQLAlchemyDatasource

    def grade(self, run_id: str) -> str:
        """Return the state in which the run ended, "" where there was nothing to do."""
        submission_id = run_id.rpartition("-")[0]
        with bound_contextvars(run_id=run_id, submission_id=submission_id):
            return self._grade_and_record(run_id)

    def _grade_and_record(self, run_id: str) -> str:
        try:
            fields = DBOS.run_step(STEP, self._grade, run_id)
        except dbos_error.DBOSMaxStepRetriesExceeded as error:
            _log.error("run %s: %s", run_id, error.errors[-1], exc_info=error.errors[-1])
            fields = ungraded(our_fault("service-broke")).as_json()
        if fields is None:
            return ""
        self.recording.run_tx_step({"name": "record"}, self._record, run_id, fields)
        ended = {"state": fields["state"], "seconds": fields["seconds"]}
        _log.info("run ended", extra=ended)
        return str(fields["state"])

    def _grade(self, run_id: str) -> dict[str, Any] | None:
        """Return the outcome; a slot that breaks is replaced and the run begun again."""
        most = self.services.settings.max_grading_attempts
        reason = our_fault("ended")
        for _ in range(most):
            job = patiently(lambda: self._begin(run_id))
            if job is None:
                return None
            if job.attempt > most + DEATHS:
                _log.error("run %s was begun %d times; it is given up", run_id, job.attempt)
                return ungraded(our_fault("workers-ended")).as_json()
            try:
                return self._attempt(job).as_json()
            except SlotError as error:
                _log.warning("run %s, attempt %d: %s", run_id, job.attempt, error)
                reason = error.reason
        return ungraded(reason).as_json()

    def _attempt(self, job: Job) -> Outcome:
        """Return how the job ends in a slot; an outage of the storage is waited out."""
        sessions = self.services.sessions
        while True:
            try:
                return self.slots.grade(
                    job, lambda stage: records.note_stage(sessions, job.run_id, stage)
                )
            except StorageDownError as error:
                _log.warning("run %s waits for the storage: %s", job.run_id, error)
                time.sleep(STORAGE_RETRY_SECONDS)

    def _begin(self, run_id: str) -> Job | None:
        with self.services.sessions.begin() as session:
            return records.begin(session, run_id, self.executor)

    def _record(self, run_id: str, fields: Mapping[str, Any]) -> bool:
        session, outcome = self.recording.sql_session(), Outcome.of_json(fields)
        ended = records.end(session, run_id, outcome)
        run = session.get_one(Run, run_id) if ended else None
        if run is not None and outcome.state is RunState.REFUSED:
            grade_replaced(self.services, session, run.submission)
        if run is not None and outcome.state is RunState.GRADED and not run.staff:
            announce(self.services, session, run.submission)
        if run is not None:
            post_event(self.services, session, run)
        return ended


def _tell(readiness: Readiness) -> None:
    """Log what the sandbox is made of, and what cannot be graded here."""
    _log.info("the sandbox holds: %s", ", ".join(readiness.layers))
    for layer, remedy in readiness.missing.items():
        _log.warning("the sandbox goes without %s: %s", layer, remedy)
    for edition, reason in readiness.unusable.items():
        _log.error("%s cannot be graded here: %s", edition, reason)


def listen(stop: threading.Event) -> None:
    """Make SIGTERM and SIGINT set *stop*, and the second of them end the process."""

    def end(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _drain_seconds(settings: Settings) -> int:
    return int(settings.grading_limit_seconds * settings.max_grading_attempts) + 30


def _slot_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a slot's environment: one thread each, so that slots do not take turns."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**environment, **dict.fromkeys(threads, "1")}


@contextmanager
def _work_folder() -> Iterator[Path]:
    """Make the folder of submissions being graded; remove those of workers that are dead."""
    root = Path(tempfile.gettempdir())
    for left in root.glob("grader-worker-*-*"):
        number = left.name.split("-")[2]
        if number.isdigit() and not Path("/proc", number).exists():
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"grader-worker-{os.getpid()}-") as folder:
        yield Path(folder)
