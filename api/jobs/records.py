"""What a worker writes about a run: that it began, where it is, and, once, how it ended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from api.grades.pending import hold, settle
from api.jobs.job_and_outcome import Job, Outcome
from api.kit.models import ACTIVE_STATES, Run, RunState, Submission, SubmissionFile, now
from grader.words.message import Message

_log = logging.getLogger(__name__)


def begin(session: Session, run_id: str, worker: str) -> Job | None:
    """
    Note that a worker begins a run, and return what is to be done.

    Return None where nothing is: it was replaced, its student was deleted, or it has ended.
    """
    begun = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state.in_(ACTIVE_STATES))
        .values(
            state=RunState.GRADING,
            stage="",
            attempts=Run.attempts + 1,
            started_at=now(),
            worker=worker,
        )
        .returning(Run.submission_id, Run.attempts)
    ).one_or_none()
    if begun is None:
        return None
    submission = session.get_one(Submission, begun.submission_id)
    return Job(
        run_id=run_id,
        edition=submission.edition,
        student_id=None if submission.anonymous else submission.student_id,
        language=submission.language,
        files=_files(session, submission.id),
        attempt=begun.attempts,
    )


def _files(session: Session, submission_id: str) -> tuple[tuple[str, str], ...]:
    query = (
        select(SubmissionFile.name, SubmissionFile.sha256)
        .where(SubmissionFile.submission_id == submission_id)
        .order_by(SubmissionFile.position)
    )
    return tuple((row.name, row.sha256) for row in session.execute(query))


def note_stage(sessions: sessionmaker[Session], run_id: str, stage: str) -> None:
    """Write down where a grading is, for whoever watches; it matters to nothing else."""
    with suppress(SQLAlchemyError), sessions.begin() as session:
        session.execute(
            update(Run).where(Run.id == run_id, Run.state == RunState.GRADING).values(stage=stage)
        )


def end(session: Session, run_id: str, outcome: Outcome) -> bool:
    """Write down how a grading ended, unless it has ended already; return whether it was now."""
    ended = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state == RunState.GRADING)
        .values(
            state=outcome.state,
            stage="",
            finished_at=now(),
            message=outcome.message,
            reason=outcome.reason,
            score=outcome.score,
            max_score=outcome.max_score,
            seconds=outcome.seconds,
            stage_seconds=dict(outcome.stage_seconds),
            sandbox_stops=outcome.sandbox_stops,
            findings=[*outcome.findings],
            criteria={name: [*points] for name, points in outcome.criteria.items()},
            pending=[*outcome.pending],
            faults=[*outcome.faults],
            report_remarks=[*outcome.report_remarks],
            report_content=outcome.report_content,
            results_sha256=outcome.results_sha256,
            pdf_sha256=outcome.pdf_sha256,
        )
        .returning(Run.submission_id)
    ).scalar_one_or_none()
    if ended is not None and outcome.state is RunState.PENDING:
        hold(session, ended)
        settle(session, ended)  # people may have given these points already
    return ended is not None


def give_up(session: Session, run_ids: Sequence[str], reason: Message) -> int:
    """End runs whose job is lost as ungraded; return how many."""
    ended = session.execute(
        update(Run)
        .where(Run.id.in_(run_ids), Run.state.in_(ACTIVE_STATES))
        .values(
            state=RunState.UNGRADED,
            stage="",
            finished_at=now(),
            message=str(reason),
            reason=reason.as_json(),
        )
        .returning(Run.id)
    )
    return len(ended.all())
