"""
What is deleted with time: once a day by a worker, or by ``grader retain``.

Submissions go only where ``retention_days`` says so. The rest has no meaning any more: bytes that
no row names, answers to requests that nobody repeats, ended sessions, links, workers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.auth import audit, rates
from api.kit.models import (
    FINAL_STATES,
    Base,
    Comparison,
    IdempotencyKey,
    LoginLink,
    LoginSession,
    Mail,
    Run,
    Submission,
    SubmissionFile,
    Worker,
    now,
)
from api.kit.models.lti import LtiKey, LtiNonce
from api.kit.models.webhooks import WebhookDelivery
from api.kit.services import Services
from api.kit.storage import Blob
from api.lti import keys
from api.requests.dependencies import reading

# Where rows name blobs; a test holds that no other column does.
BLOB_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    SubmissionFile.sha256,
    Run.results_sha256,
    Run.pdf_sha256,
    Comparison.pages_sha256,
)
# A blob is stored before its row: for so long nobody takes it for forgotten.
ORPHAN_AGE = timedelta(days=1)
REPEAT_AGE = timedelta(days=2)  # of an Idempotency-Key
SESSION_AGE = timedelta(days=7)  # after their end, for whoever looks into a break-in
MAIL_AGE = timedelta(days=30)  # after they were sent, for whoever asks whether they were
WORKER_AGE = timedelta(days=7)
BATCH = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DeletedCounts:
    """How much of each was deleted."""

    submissions: int
    blobs: int
    unfinished: int
    idempotency_keys: int
    sessions: int
    links: int
    mails: int
    workers: int
    lti_nonces: int
    webhook_deliveries: int
    lti_keys: int


def sweep(services: Services, moment: datetime | None = None) -> DeletedCounts:
    """Delete what is too old at *moment*, by default now; return how much it was."""
    moment = moment or now()
    submissions = _sweep_submissions(services, moment)
    with services.sessions.begin() as session:
        rates.forget_old(session)
        rows = _sweep_rows(session, moment)
    swept = DeletedCounts(
        submissions=submissions,
        blobs=_sweep_blobs(services, moment - ORPHAN_AGE),
        unfinished=services.blobs.discard_unfinished(moment - ORPHAN_AGE),
        **rows,
    )
    _log.info("swept", extra=asdict(swept))
    return swept


def named(session: Session, names: Sequence[str]) -> set[str]:
    """Return those of the *names* that some row names as its blob."""
    return {
        name
        for column in BLOB_COLUMNS
        for name in session.scalars(select(column).where(column.in_(names)))
    }


def _sweep_submissions(services: Services, moment: datetime) -> int:
    """
    Delete submissions that are older than the setting, a few in each transaction.

    Staff may say that work came long ago: it stays until what was graded of it is old as well.
    """
    days = services.settings.retention_days
    if not days:
        return 0
    before = moment - timedelta(days=days)
    in_use = exists().where(
        Run.submission_id == Submission.id,
        or_(Run.state.not_in(FINAL_STATES), Run.created_at >= before),
    )
    old = select(Submission.id).where(Submission.received_at < before, ~in_use).limit(BATCH)
    deleted = 0
    while True:
        with services.sessions.begin() as session:
            ids = session.scalars(old).all()
            if not ids:
                return deleted
            expired = select(Submission.edition).where(Submission.id.in_(ids))
            session.execute(delete(Comparison).where(Comparison.edition.in_(expired)))
            session.execute(delete(Submission).where(Submission.id.in_(ids)))
            audit.record(
                session,
                audit.SYSTEM,
                "submission.expire",
                "submissions",
                after={"count": len(ids), "received_before": before.isoformat()},
            )
        deleted += len(ids)


def _sweep_rows(session: Session, moment: datetime) -> dict[str, int]:
    ended = moment - SESSION_AGE
    return {
        "idempotency_keys": _delete(
            session, IdempotencyKey, IdempotencyKey.created_at < moment - REPEAT_AGE
        ),
        "sessions": _delete(
            session,
            LoginSession,
            or_(LoginSession.expires_at < ended, LoginSession.revoked_at < ended),
        ),
        "links": _delete(
            session, LoginLink, or_(LoginLink.expires_at < ended, LoginLink.used_at < ended)
        ),
        "mails": _delete(session, Mail, Mail.ended_at < moment - MAIL_AGE),
        "workers": _delete(session, Worker, Worker.seen_at < moment - WORKER_AGE),
        "webhook_deliveries": _delete(
            session, WebhookDelivery, WebhookDelivery.ended_at < moment - MAIL_AGE
        ),
        "lti_nonces": _delete(session, LtiNonce, LtiNonce.expires_at < moment),
        "lti_keys": _delete(session, LtiKey, LtiKey.id.in_(keys.outdated(session, moment))),
    }


def _delete(session: Session, table: type[Base], which: ColumnElement[bool]) -> int:
    result: CursorResult[Any] = session.execute(delete(table).where(which))  # type: ignore[assignment]
    return result.rowcount


def _sweep_blobs(services: Services, before: datetime) -> int:
    """Delete blobs that no row names and that were stored before *before*."""
    old = (blob for blob in services.blobs.all() if blob.stored_at < before)
    deleted = 0
    for batch in _batches(old):
        names = [blob.sha256 for blob in batch]
        with reading(services) as session:
            kept = named(session, names)
        deleted += sum(
            services.blobs.delete_older(name, before) for name in names if name not in kept
        )
    return deleted


def _batches(blobs: Iterable[Blob]) -> Iterator[list[Blob]]:
    source = iter(blobs)
    while batch := list(islice(source, BATCH)):
        yield batch
