"""What a worker does beside grading: delete old jobs, find lost ones, say that it is there."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from api.grades.announcements import publish_planned
from api.grades.pending import look_through_old
from api.jobs import records
from api.jobs.comparing_classes import comparing
from api.kit.models import ACTIVE_STATES, Run, RunState, Worker, now
from api.kit.services import Services
from api.lti.services import members as lti_members
from api.lti.services import scores as lti_scores
from api.mail.digest import post_digests
from api.operation.retention import sweep
from grader.workers.slots import our_fault

LOOK_SECONDS = 60.0
KEEP_DAYS = 7
BATCH = 500
_log = logging.getLogger(__name__)


class Maintenance(threading.Thread):
    """The thread that looks once a minute for lost jobs, and once a day for old ones."""

    def __init__(self, services: Services) -> None:
        super().__init__(name="maintenance", daemon=True)
        self._services = services
        self._ended = threading.Event()
        self._cleaned = datetime.min.replace(tzinfo=UTC)

    def run(self) -> None:
        """Look after old and lost jobs until ``end``."""
        while not self._ended.wait(LOOK_SECONDS):
            try:
                end_lost(self._services)
                comparing.end_lost(self._services)
                warn_of_slow(self._services)
                look_through_old(self._services)
                publish_planned(self._services)
                post_digests(self._services)
                lti_scores.look(self._services)
                lti_members.ask_for_old(self._services)
                if now() - self._cleaned > timedelta(days=1):
                    delete_old(self._services)
                    sweep(self._services)
                    self._cleaned = now()
            except Exception:  # the database may be away; this is done in the next minute
                _log.warning("maintenance failed; trying again", exc_info=True)

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()


def end_lost(services: Services) -> int:
    """
    End active runs that have no live job as ungraded; return how many.

    Run and job are written together, so this is so only when somebody changed one of them by
    hand, or put an older copy of one of them back.
    """
    before = now() - timedelta(seconds=LOOK_SECONDS)
    query = select(Run.id).where(Run.state.in_(ACTIVE_STATES), Run.created_at < before)
    with services.sessions() as session:
        active = session.scalars(query).all()
    live = set().union(*(services.queue.live(batch) for batch in _batches(active)))
    lost = [run for run in active if run not in live]
    if not lost:
        return 0
    with services.sessions.begin() as session:
        ended = records.give_up(session, lost, our_fault("job-lost"))
    _log.error("ended %d runs whose job was lost", ended)
    return ended


def warn_of_slow(services: Services) -> int:
    """Log runs that have been graded for longer than any grading may last; return how many."""
    seconds = 2 * services.settings.grading_limit_seconds
    query = select(Run.id, Run.worker).where(
        Run.state == RunState.GRADING, Run.started_at < now() - timedelta(seconds=seconds)
    )
    with services.sessions() as session:
        slow = session.execute(query).all()
    for row in slow:
        _log.error("run %s has been with %s for more than %g s", row.id, row.worker, seconds)
    return len(slow)


def delete_old(services: Services) -> int:
    """Delete jobs that ended days ago; the runs hold their results. Return how many."""
    return services.queue.delete_ended(now() - timedelta(days=KEEP_DAYS))


def register_worker(services: Services, executor: str) -> None:
    """Write down that this worker is there."""
    with services.sessions.begin() as session:
        session.add(
            Worker(id=executor, host=socket.gethostname(), slots=services.settings.workers)
        )


def renew_worker(services: Services, executor: str) -> None:
    """Write down that this worker is still there."""
    _update_worker(services, executor, seen_at=now())


def unregister_worker(services: Services, executor: str) -> None:
    """Write down that this worker leaves, and did not die."""
    _update_worker(services, executor, left_at=now())


def _update_worker(services: Services, executor: str, **values: datetime) -> None:
    with services.sessions.begin() as session:
        session.execute(update(Worker).where(Worker.id == executor).values(**values))


def _batches(items: Sequence[str]) -> list[Sequence[str]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
