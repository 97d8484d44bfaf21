"""
How many jobs a worker claims at once: as many as it has slots, so that none waits for one.

DBOS keeps one number for all workers of a queue in the database, the one of the worker that was
started last; machines have slots of their own. The function that is put in place of DBOS's is not
public: DBOS is pinned to 3.4, and tests/api/jobs/test_claim_limits.py holds it.
"""

from __future__ import annotations

from typing import Any

from dbos._queue import Queue
from dbos._sys_db import SystemDatabase

from api.kit.queue import QUEUE

_stored = SystemDatabase.get_queue


def claim_at_most(slots: int) -> None:
    """Limit this process to *slots* jobs at once."""

    def own(database: SystemDatabase, name: str, **options: Any) -> Queue | None:
        queue = _stored(database, name, **options)
        if queue is not None and name == QUEUE:
            queue._worker_concurrency = slots
        return queue

    setattr(SystemDatabase, "get_queue", own)  # noqa: B010  mypy forbids to assign to a method
