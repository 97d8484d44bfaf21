"""
The queue: a run is put on it inside the transaction that writes the run's row.

It is DBOS's, in the same database as the rows: either both are there or neither is. Everything
here is what API and worker have to agree on; the worker's side is :mod:`api.jobs.worker`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from api.models import Run, RunState, Submission

if TYPE_CHECKING:
    from dbos import DBOSClient

APPLICATION = "grader"
# Pinned: a job is only taken by workers of its own version, so a new one would strand the old.
VERSION = "1"
WORKFLOW = "grade"
UPLOADS = "uploads"  # what students hand in
REGRADES = "regrades"  # what staff ask for again: a queue of its own, that nobody waits behind
LIVE = ["ENQUEUED", "PENDING", "DELAYED"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
BATCH = 500  # jobs deleted in one transaction


class Queue:
    """The sending end; opened at its first use, because DBOS is slow to import."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._opened: DBOSClient | None = None

    def enqueue(self, session: Session, run_id: str, *, partition: str, staff: bool) -> int:
        """
        Put a run on the queue within the session's transaction; return its rank.

        Runs are begun in the order in which they came, but for those of one *partition* (a
        student): each run of theirs that is not over yet puts a new one a rank lower, so that
        everybody's first is graded before anybody's second. What *staff* ask for waits apart.
        """
        rank = 1 + _unfinished(session, partition, run_id)
        self._client().enqueue_in_transaction(
            session,
            {
                "queue_name": REGRADES if staff else UPLOADS,
                "workflow_name": WORKFLOW,
                "workflow_id": run_id,
                "workflow_id_reuse_policy": "reject",
                "priority": rank,
                "app_version": VERSION,
            },
            run_id,
        )
        return rank

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

    The order is the one in which workers take jobs: by rank, and within a rank as they came. What
    staff ask for has a line of its own.
    """
    query = (
        select(Run.id, Run.staff)
        .where(Run.state == RunState.WAITING)
        .order_by(Run.rank, Run.created_at, Run.id)
    )
    ahead: Counter[bool] = Counter()
    found = {}
    for run_id, staff in session.execute(query):
        ahead[staff] += 1
        found[run_id] = ahead[staff]
    return found


def _unfinished(session: Session, student_id: str, run_id: str) -> int:
    """Return how many other runs of a student wait or are being graded."""
    query = (
        select(func.count())
        .select_from(Run)
        .join(Submission)
        .where(
            Submission.student_id == student_id,
            Run.state.in_((RunState.WAITING, RunState.GRADING)),
            Run.id != run_id,
        )
    )
    return session.scalar(query) or 0


def create_tables(engine: Engine) -> None:
    """Create or migrate the queue's own tables, where the engine's database has none yet."""
    from dbos import DBOS, SQLAlchemyDatasource

    # By its URL, not with the engine: DBOS begins its transactions in its own way.
    url = engine.url.render_as_string(hide_password=False)
    DBOS.migrate(url)
    SQLAlchemyDatasource.migrate(url)
