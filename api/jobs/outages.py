"""Waiting for a database that is away, so that an outage costs time and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import exc

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 5.0
Result = TypeVar("Result")
_log = logging.getLogger(__name__)


def patiently(work: Callable[[], Result]) -> Result:
    """
    Return what *work* returns; while the database is away, do it again for as long as it takes.

    *work* is one transaction, and harmless when it is done twice.
    """
    wait = FIRST_SECONDS
    while True:
        try:
            return work()
        except (exc.DBAPIError, exc.TimeoutError) as error:
            if not is_outage(error):
                raise
            _log.warning("the database is away; trying again in %.2f s", wait)
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_SECONDS)


def is_outage(error: Exception) -> bool:
    """Return whether an error is the database's absence (or, on SQLite, a long lock)."""
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError)
