"""
The job that compares a class's code: the reading happens in a process of its own.

Students' files are parsed there, never run; whatever they do to that process ends with it.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from api.grades.classes import comparisons
from api.jobs.outages import patiently
from api.kit.models import Comparison
from api.kit.services import Services
from grader.errors import GraderError

PROCESS = "api.jobs.comparing_classes.comparison_process"
LIMIT_SECONDS = 120.0
SECONDS_EACH = 2.0  # of an attempt; 0.05 are usual
_log = logging.getLogger(__name__)


class ComparisonError(GraderError):
    """The process that compares a class ended without an answer; the message says how."""


def compare(services: Services, comparison_id: str, environment: Mapping[str, str]) -> str:
    """Compare the attempts of a class; return the state in which that ended, "" for no job."""

    def begin() -> tuple[str, list[comparisons.Attempt]] | None:
        with services.sessions.begin() as session:
            return comparisons.begin(session, comparison_id)

    begun = patiently(begin)
    if begun is None:
        return ""
    try:
        found = _ask(*begun, environment)
    except ComparisonError as error:
        _log.error("comparison %s: %s", comparison_id, error)
        patiently(lambda: _give_up(services, comparison_id))
        return "failed"
    patiently(lambda: _end(services, comparison_id, found))
    _log.info("a class was compared", extra={"edition": begun[0], "pairs": found["pairs"]})
    return "done"


def end_lost(services: Services) -> int:
    """End comparisons that have no live job, so that staff may ask again; return how many."""
    query = select(Comparison.id).where(Comparison.state.in_(comparisons.UNDERWAY))
    with services.sessions() as session:
        active = session.scalars(query).all()
    live = services.queue.live(active) if active else set()
    lost = [one for one in active if one not in live]
    if not lost:
        return 0
    with services.sessions.begin() as session:
        return comparisons.give_up(session, lost)


def _ask(
    edition: str, attempts: list[comparisons.Attempt], environment: Mapping[str, str]
) -> dict[str, Any]:
    order = {"edition": edition, "attempts": [asdict(one) for one in attempts]}
    try:
        done = subprocess.run(
            [sys.executable, "-m", PROCESS],
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            env=dict(environment),
            timeout=LIMIT_SECONDS + SECONDS_EACH * len(attempts),
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise ComparisonError(f"{type(error).__name__}: {str(error)[-300:]}") from None  # noqa: EM102
    return found


def _end(services: Services, comparison_id: str, found: Mapping[str, Any]) -> None:
    with services.sessions.begin() as session:
        comparisons.end(session, comparison_id, found)


def _give_up(services: Services, comparison_id: str) -> None:
    with services.sessions.begin() as session:
        comparisons.give_up(session, [comparison_id])
