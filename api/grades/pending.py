"""
What the grader could not judge: it waits for a person, and is neither earned nor lost until then.

A run's ``pending`` names the criteria that it left open. The run is in the state ``pending`` as
long as people have not given points on each of them, and ``graded`` from then on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, null, select
from sqlalchemy.orm import Session, aliased

from api.kit.models import ManualScore, Run, RunState, Submission
from api.kit.services import Services
from api.kit.storage import BlobMissingError
from grader.results.file.reading import read
from grader.results.file.schema import Results, sum_of
from grader.results.open_points import pending_criteria

MOST_FAULTS = 20
LONGEST = 500  # characters of what is kept of a fault
FAULT_FIELDS = ("stage", "check", "exception", "value")
BATCH = 200
_log = logging.getLogger(__name__)


def faults_of(results: Results) -> list[dict[str, str]]:
    """Return what is for staff alone, as a run keeps it."""
    return [
        {name: _printable(getattr(fault, name)) for name in FAULT_FIELDS}
        for fault in (results.extra_data.faults or ())[:MOST_FAULTS]
    ]


def _printable(text: str) -> str:
    """Return text that every database takes; a student may have chosen it."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)[
        :LONGEST
    ]


def settle(session: Session, submission_id: str) -> None:
    """
    Set the state of a submission's runs by what is still open of them.

    The caller holds the submission (:func:`hold`), or a decision and the end of a run that come
    at the same moment would not see each other.
    """
    session.flush()
    decided = set(
        session.scalars(
            select(ManualScore.criterion).where(
                ManualScore.submission_id == submission_id, ManualScore.points.is_not(None)
            )
        )
    )
    query = select(Run).where(
        Run.submission_id == submission_id, Run.state.in_((RunState.GRADED, RunState.PENDING))
    )
    for run in session.scalars(query.execution_options(populate_existing=True)):
        if run.pending:
            left = set(run.pending) - decided
            run.state = RunState.PENDING if left else RunState.GRADED


def hold(session: Session, submission_id: str) -> None:
    """Lock a submission for one change of its grade; SQLite has one writer anyway."""
    session.execute(select(Submission.id).where(Submission.id == submission_id).with_for_update())


def waiting_since(session: Session) -> Sequence[datetime]:
    """Return since when each submission waits for staff; nobody looks at self-checks."""
    other = aliased(Run)
    newest = select(func.max(other.number)).where(other.submission_id == Run.submission_id)
    query = (
        select(Run.finished_at)
        .join(Submission)
        .where(
            Submission.anonymous.is_(False),
            Run.state == RunState.PENDING,
            Run.number == newest.correlate(Run).scalar_subquery(),
        )
    )
    return [moment for moment in session.scalars(query) if moment is not None]


def look_through_old(services: Services) -> int:
    """
    Find what gradings of older versions could not judge, and have it wait for a person.

    Return how many runs were looked through. What earned points for nothing so far earns none
    until a person gives them. It is done once for each run, a few at a time.

    Raises:
        StorageError: Results cannot be read now.

    """
    query = (
        select(Run.id, Run.submission_id, Run.results_sha256)
        .where(Run.state == RunState.GRADED, Run.pending.is_(null()))
        .limit(BATCH)
    )
    with services.sessions() as session:
        found = session.execute(query).all()
    for row in found:
        left = _left_open(services, row.results_sha256)
        with services.sessions.begin() as session:
            hold(session, row.submission_id)
            _note(session.get_one(Run, row.id), left)
            settle(session, row.submission_id)
    return len(found)


def _left_open(services: Services, sha256: str | None) -> tuple[str, ...]:
    """Return what an old run left open; nothing where its results are lost or damaged."""
    try:
        return pending_criteria(read(json.loads(services.blobs.read(sha256)))) if sha256 else ()
    except (BlobMissingError, ValueError):
        _log.exception("old results cannot be read; what they left open cannot be told")
        return ()


def _note(run: Run, left: Sequence[str]) -> None:
    run.pending = [*left]
    if run.pending:
        criteria = {name: [*points] for name, points in run.criteria.items()}
        criteria |= {name: [0.0, criteria[name][1]] for name in run.pending if name in criteria}
        run.criteria, run.score = criteria, sum_of(points for points, _ in criteria.values())
        run.pdf_sha256 = None  # it tells the former points
        _log.warning("run %s of an older version waits for a person", run.id)
