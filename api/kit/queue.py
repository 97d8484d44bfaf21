"""
The queue: a run is put on it inside the transaction that writes the run's row.

It is DBOS's, in the same database as the rows: either both are there or neither is. Everything
here is what API and worker have to agree on; the worker's side is :mod:`api.jobs.worker`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from api.kit.database import connection_options
from api.kit.models import ACTIVE_STATES, Run, RunState, Submission

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions, SQLAlchemyDatasource

APPLICATION = "grader"
# Pinned: a job is only taken by workers of its own version, so a new one would strand the old.
VERSION = "1"
WORKFLOW = "grade"
COMPARING = "compare"  # the workflow of a class's comparison
QUEUE = "uploads"
MAIL_WORKFLOW = "mail"
MAIL_QUEUE = "mails"
LTI_SCORE = "lti-score"  # workflows of learning platforms: a grade to one,
LTI_MEMBERS = "lti-members"  # and the members of a course from one
LTI_QUEUE = "lti"
WEBHOOK = "webhook"  # goes by the same queue: whoever may call out takes it
AFTER_STUDENTS_OWN = 1_000  # added to the rank of a self-check, which is nobody's
AFTER_STUDENTS = 1_000_000  # added to the rank of what staff ask for; no student has so many runs
LIVE = ["ENQUEUED", "PENDING", "DELAYED"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
BATCH = 500  # jobs deleted in one transaction


class Queue:
    """The sending end; opened at its first use, because DBOS is slow to import."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._opened: DBOSClient | None = None

    def enqueue(
        self, session: Session, run_id: str, *, partition: str, staff: bool, behind: int = 0
    ) -> int:
        """
        Put a run on the queue within the session's transaction; return its rank.

        Runs are begun in the order in which they came, but for those of one *partition* (a
        student): each run of theirs that is not over yet puts a new one a rank lower, so that
        everybody's first is graded before anybody's second. A self-check, which is nobody's, is
        put so many ranks *behind*. What *staff* ask for has ranks of its own, and comes after all
        students.
        """
        rank = 1 + behind + _unfinished(session, partition, run_id, staff=staff)
        self.put(session, run_id, rank=rank, staff=staff)
        return rank

    def put(self, session: Session, run_id: str, *, rank: int, staff: bool) -> None:
        """Put a run on the queue whose rank is known."""
        self._put(session, WORKFLOW, run_id, rank + AFTER_STUDENTS if staff else rank)

    def put_comparison(self, session: Session, comparison_id: str) -> None:
        """Put a class's comparison on the queue: the first of what staff ask for."""
        self._put(session, COMPARING, comparison_id, AFTER_STUDENTS)

    def _put(self, session: Session, workflow: str, job_id: str, priority: int) -> None:
        self._client().enqueue_in_transaction(
            session,
            {
                "queue_name": QUEUE,
                "workflow_name": workflow,
                "workflow_id": job_id,
                "workflow_id_reuse_policy": "reject",
                "priority": priority,
                "app_version": VERSION,
            },
            job_id,
        )

    def put_mail(
        self, session: Session, mail_id: str, *, tries: int, delay_seconds: float = 0.0
    ) -> None:
        """Put an attempt to send a mail on the queue within the session's transaction."""
        options: EnqueueOptions = {
            "queue_name": MAIL_QUEUE,
            "workflow_name": MAIL_WORKFLOW,
            "workflow_id": f"mail-{mail_id}-{tries}",
            "workflow_id_reuse_policy": "reject",
            "app_version": VERSION,
        }
        if delay_seconds:
            options["delay_seconds"] = delay_seconds
        self._client().enqueue_in_transaction(session, options, mail_id)

    def put_call(
        self,
        session: Session,
        workflow: str,
        job_id: str,
        arguments: Sequence[object],
        *,
        delay_seconds: float = 0.0,
    ) -> None:
        """Put a call to a platform or webhook on the queue within the session's transaction."""
        options: EnqueueOptions = {
            "queue_name": LTI_QUEUE,
            "workflow_name": workflow,
            "workflow_id": job_id,
            "workflow_id_reuse_policy": "reject",
            "app_version": VERSION,
        }
        if delay_seconds:
            options["delay_seconds"] = delay_seconds
        self._client().enqueue_in_transaction(session, options, *arguments)

    def live(self, run_ids: Sequence[str]) -> set[str]:
        """Return those of the runs whose job waits or is being worked on."""
        jobs = self._client().list_workflows(
            workflow_ids=[*run_ids], status=LIVE, load_input=False, load_output=False
        )
        return {job.workflow_id for job in jobs}

    def delete_ended(self, before: datetime) -> int:
        """Delete the jobs that ended *before*; the runs' rows stay. Return how many."""
        client, deleted = self._client(), 0
        while ended := client.list_workflows(
            status=ENDED,
            completed_before=before.astimezone(UTC).isoformat(),
            limit=BATCH,
            load_input=False,
            load_output=False,
        ):
            client.delete_workflows([job.workflow_id for job in ended])
            deleted += len(ended)
        return deleted

    def _client(self) -> DBOSClient:
        with self._lock:
            if self._opened is None:
                from dbos import DBOSClient, DBOSPortableJSONSerializer

                self._opened = DBOSClient(
                    system_database_engine=self._engine,
                    application_name=APPLICATION,
                    serializer=DBOSPortableJSONSerializer(),  # the default one unpickles
                    retry_connection_errors=False,
                    lazy=True,
                )
            return self._opened


def places(session: Session) -> dict[str, int]:
    """
    Return the place in the queue of every run that waits: 1 is begun next.

    The order is the one in which workers take jobs: students before staff, by rank, and within a
    rank as they came.
    """
    query = (
        select(Run.id)
        .where(Run.state == RunState.WAITING)
        .order_by(Run.staff, Run.rank, Run.created_at, Run.id)
    )
    return {run_id: place for place, run_id in enumerate(session.scalars(query), start=1)}


def place_of(places: Mapping[str, int], run_id: str, state: RunState) -> int:
    """Return a run's place in the queue: 1 is next, 0 means that it does not wait."""
    return places.get(run_id, 1) if state is RunState.WAITING else 0


def _unfinished(session: Session, student_id: str, run_id: str, *, staff: bool) -> int:
    """Return how many other runs of a student, or of the staff's, wait or are being graded."""
    query = (
        select(func.count())
        .select_from(Run)
        .join(Submission)
        .where(
            Submission.student_id == student_id,
            Run.state.in_(ACTIVE_STATES),
            Run.staff.is_(staff),
            Run.id != run_id,
        )
    )
    return session.scalar(query) or 0


def open_worker(
    engine: Engine, executor: str, queues: Sequence[str], *, threads: int
) -> SQLAlchemyDatasource:
    """Set DBOS up in this process, which will listen to *queues*; return what it records with."""
    from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SQLAlchemyDatasource

    url = engine.url.render_as_string(hide_password=False)
    options: dict[str, Any] = {"connect_args": connection_options(engine)}
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": url,
        "db_engine_kwargs": options,
        "application_version": VERSION,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "max_executor_threads": threads,
    }
    DBOS(config=config)
    DBOS.listen_queues([*queues])
    return SQLAlchemyDatasource.create(
        url, options | {"pool_pre_ping": True}, serializer=DBOSPortableJSONSerializer()
    )


def create_tables(engine: Engine) -> None:
    """Create or migrate the queue's own tables, where the engine's database has none yet."""
    from dbos import DBOS, SQLAlchemyDatasource

    # By its URL, not with the engine: DBOS begins its transactions in its own way.
    url = engine.url.render_as_string(hide_password=False)
    DBOS.migrate(url)
    SQLAlchemyDatasource.migrate(url)
