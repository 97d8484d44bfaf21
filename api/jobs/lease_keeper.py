"""
Every two seconds: keep the own lease, and give the jobs of dead workers back to the queue.

DBOS by itself recovers a worker's jobs only when a worker of the same name starts again. Two of
its functions that are used here are not public: DBOS is pinned to 3.4, and tests/api/chaos holds
them.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable

from dbos import DBOS
from dbos._dbos import _get_dbos_instance
from dbos._utils import INTERNAL_QUEUE_NAME

from api.jobs.leases import FileLeases, LeaseLostError, Leases
from api.kit.queue import APPLICATION

SECONDS = 2.0
STRANDED_SECONDS = 10.0  # between a job's claim and its start lie milliseconds
EXIT_CODE = 75  # EX_TEMPFAIL: start me again
_log = logging.getLogger(__name__)


class LeaseKeeper(threading.Thread):
    """The thread that looks after leases; *beat* is called each time round."""

    def __init__(self, leases: Leases, executor: str, beat: Callable[[], None]) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        self._leases = leases
        self._executor = executor
        self._beat = beat
        self._ended = threading.Event()
        self._unstarted: dict[str, float] = {}  # own jobs that do not run, since when

    def run(self) -> None:
        """Look after leases until ``end``; without its lease the process must not go on."""
        while not self._ended.wait(SECONDS):
            try:
                self._leases.check()
                self._look_round()
                self._beat()
            except LeaseLostError:
                _log.critical("the lease is lost: others grade this worker's jobs; it ends")
                os._exit(EXIT_CODE)
            except Exception:  # the database may be away; what is to be done is done later
                _log.warning("looking after leases failed; trying again", exc_info=True)

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join(2 * SECONDS)

    def _look_round(self) -> None:
        pending = DBOS.list_workflows(
            status="PENDING", application_name=APPLICATION, load_input=False, load_output=False
        )
        owners = {flow.executor_id for flow in pending if flow.executor_id}
        for executor in owners - {self._executor}:
            with self._leases.free(executor) as dead:
                if dead:
                    taken = DBOS._recover_pending_workflows([executor])
                    _log.warning("took %d jobs of %s, which is dead", len(taken), executor)
        if isinstance(self._leases, FileLeases):
            self._leases.sweep()
        own = [flow.workflow_id for flow in pending if flow.executor_id == self._executor]
        self._give_back_stranded(own)

    def _give_back_stranded(self, own: Iterable[str]) -> None:
        """
        Give back what was claimed in this worker's name and never begun.

        That is so when the database goes away between the claim's commit and its answer.
        """
        dbos = _get_dbos_instance()
        running = {*dbos._active_workflows_set.activeList()}
        now = time.monotonic()
        self._unstarted = {run: self._unstarted.get(run, now) for run in own if run not in running}
        for run, since in self._unstarted.items():
            if now - since > STRANDED_SECONDS:
                _log.warning("run %s was claimed and not begun; back to the queue", run)
                dbos._sys_db.reenqueue_for_recovery(run, [self._executor], INTERNAL_QUEUE_NAME)
