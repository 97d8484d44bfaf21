"""What goes with time and, more important, what does not; on both databases and blob stores."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api import migrations
from api.kit.models import (
    SHA256,
    Assignment,
    AuditEntry,
    Base,
    Comment,
    IdempotencyKey,
    LoginLink,
    LoginSession,
    ManualScore,
    RateWindow,
    RegradeRequest,
    Role,
    Run,
    RunState,
    Submission,
    SubmissionFile,
    User,
    Worker,
    now,
)
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.kit.storage import BlobMissingError, LocalBlobs
from api.operation.retention import BLOB_COLUMNS, sweep

DAY = timedelta(days=1)
# Digests that are no blob's: of keys, tokens and requests.
OTHER_DIGESTS = {
    "login_sessions.id",
    "login_links.id",
    "api_tokens.sha256",
    "submissions.key_sha256",
    "idempotency_keys.request_sha256",
    "saved_comments.sha256",
    "runs.report_content",
    "mails.id",
}


@pytest.fixture
def services(tmp_path: Path, database_url: str) -> Iterator[Services]:
    settings = Settings(store=tmp_path / "store", database_url=database_url, retention_days=365)
    opened = open_services(settings)
    migrations.upgrade(opened.engine)
    with opened.sessions.begin() as session:
        session.add(Assignment(edition="e"))
    yield opened
    opened.engine.dispose()


def put(services: Services, content: bytes, *, age: timedelta = timedelta()) -> str:
    """Store a blob as if it had been there for *age*."""
    name = services.blobs.put(io.BytesIO(content)).sha256
    assert isinstance(services.blobs, LocalBlobs)
    moment = (now() - age).timestamp()
    os.utime(services.blobs.root / name[:2] / name, (moment, moment))
    return name


def submit(services: Services, *, age: timedelta, state: RunState, **blobs: Any) -> str:
    """Add a submission with one file, one run, a manual score, a comment and a request."""
    with services.sessions.begin() as session:
        attempt = session.scalar(select(func.count(Submission.id))) or 0
        row = Submission(edition="e", student_id="1", attempt=attempt + 1, received_at=now() - age)
        session.add(row)
        session.flush()
        file = blobs.pop("file", None) or put(services, row.id.encode())
        session.add(
            SubmissionFile(
                submission_id=row.id, position=0, name="a.py", sha256=file, size_bytes=1
            )
        )
        run = {"created_at": row.received_at} | blobs
        session.add(Run(id=f"{row.id}-1", submission_id=row.id, number=1, state=state, **run))
        session.add(ManualScore(submission_id=row.id, criterion="weights", points=1.0))
        session.add(Comment(submission_id=row.id, position=0, cell=1, line=1, text="why?"))
        session.add(RegradeRequest(submission_id=row.id, text="look again"))
        return row.id


def stored(services: Services) -> set[str]:
    return {blob.sha256 for blob in services.blobs.all()}


def count(services: Services, table: type[Base]) -> int:
    with services.sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_every_column_that_names_a_blob_is_looked_at() -> None:
    """A new column with a digest must be entered either here or among those that keep blobs."""
    digests = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if getattr(column.type, "length", None) == SHA256.length and table.name != "workers"
    }
    looked_at = {f"{column.class_.__tablename__}.{column.key}" for column in BLOB_COLUMNS}

    assert digests == looked_at | OTHER_DIGESTS


def test_only_old_bytes_that_no_row_names_go(services: Services) -> None:
    """Files, results and PDFs of rows stay whatever their age; so does what has just come."""
    old = timedelta(days=400)
    kept = {name: put(services, name.encode(), age=old) for name in ("file", "results", "pdf")}
    submit(
        services,
        age=timedelta(days=30),
        state=RunState.GRADED,
        file=kept["file"],
        results_sha256=kept["results"],
        pdf_sha256=kept["pdf"],
    )
    fresh = put(services, b"its row is not committed yet", age=timedelta(hours=23))
    forgotten = put(services, b"forgotten", age=timedelta(hours=25))
    swept = sweep(services)

    assert swept.blobs == 1
    assert stored(services) == {*kept.values(), fresh}
    with pytest.raises(BlobMissingError):
        services.blobs.read(forgotten)


def test_old_submissions_go_with_all_that_is_theirs(services: Services) -> None:
    """After a year rows, runs and remarks go at once, the bytes a day later."""
    submit(services, age=timedelta(days=366), state=RunState.GRADED)
    young = submit(services, age=timedelta(days=300), state=RunState.GRADED)
    swept = sweep(services)

    assert swept.submissions == 1
    with services.sessions() as session:
        assert session.scalars(select(Submission.id)).all() == [young]
    for table in (Run, ManualScore, Comment, RegradeRequest):
        assert count(services, table) == 1
    assert len(stored(services)) == 2
    assert sweep(services, now() + 2 * DAY).blobs == 1
    assert len(stored(services)) == 1


def test_what_was_handed_in_today_as_of_last_year_stays(services: Services) -> None:
    """Staff may say that work came long ago; its age is that of its last run."""
    submit(services, age=timedelta(days=400), state=RunState.GRADED, created_at=now())

    assert sweep(services).submissions == 0
    assert sweep(services, now() + timedelta(days=366)).submissions == 1


def test_what_is_not_graded_yet_stays(services: Services) -> None:
    """However old a submission is: while it waits, or is being graded, it is not deleted."""
    for state in (RunState.WAITING, RunState.GRADING):
        submit(services, age=timedelta(days=5000), state=state)

    assert sweep(services).submissions == 0
    assert count(services, Submission) == 2


def test_more_than_one_batch_goes(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing depends on how many go at once; the audit log says that they went."""
    monkeypatch.setattr("api.operation.retention.BATCH", 3)
    for _ in range(7):
        submit(services, age=timedelta(days=400), state=RunState.GRADED)
        put(services, os.urandom(8), age=2 * DAY)
    swept = sweep(services)

    assert (swept.submissions, swept.blobs) == (7, 7)
    with services.sessions() as session:
        entries = session.scalars(select(AuditEntry)).all()
    assert {(entry.actor, entry.action) for entry in entries} == {("system", "submission.expire")}
    assert sum(entry.after["count"] for entry in entries) == 7


def test_without_the_setting_submissions_stay_for_ever(tmp_path: Path) -> None:
    """The default deletes no student's work."""
    services = open_services(Settings(store=tmp_path / "store"))
    migrations.upgrade(services.engine)
    with services.sessions.begin() as session:
        session.add(Assignment(edition="e"))
    submit(services, age=timedelta(days=9000), state=RunState.GRADED)

    assert sweep(services).submissions == 0


def test_ended_sessions_links_keys_and_workers_go(services: Services) -> None:
    """Of each kind the old one goes and the one that still means something stays."""
    submission_id = submit(services, age=DAY, state=RunState.GRADED)
    with services.sessions.begin() as session:
        user = User(login="ta", role=Role.TA)
        session.add(user)
        session.flush()
        for name, age in (("old", 9 * DAY), ("new", timedelta(hours=1))):
            session.add(LoginSession(id=name, user_id=user.id, expires_at=now() - age))
            session.add(LoginLink(id=name, user_id=user.id, expires_at=now() - age))
            session.add(Worker(id=name, seen_at=now() - age))
            session.add(
                IdempotencyKey(
                    owner="o",
                    key=name,
                    request_sha256="0" * 64,
                    submission_id=submission_id,
                    created_at=now() - age,
                )
            )
        session.add(
            LoginSession(
                id="revoked", user_id=user.id, expires_at=now() + DAY, revoked_at=now() - 9 * DAY
            )
        )
        session.add(RateWindow(key="upload", minute=1, count=3))
    swept = sweep(services)

    assert (swept.sessions, swept.links, swept.workers, swept.idempotency_keys) == (2, 1, 1, 1)
    for table in (LoginSession, LoginLink, Worker, IdempotencyKey):
        assert count(services, table) == 1
    assert count(services, RateWindow) == 0


def test_half_files_of_killed_writers_go_after_a_day(services: Services) -> None:
    """What a crash left aside is deleted once nobody can be writing it any more."""
    assert isinstance(services.blobs, LocalBlobs)
    left = services.blobs.root / "incoming" / "tmpabc"
    left.write_bytes(b"half")
    assert sweep(services).unfinished == 0

    assert sweep(services, now() + 2 * DAY).unfinished == 1
    assert not left.exists()


def test_orphans_go_from_a_bucket_too(tmp_path: Path, s3: Any) -> None:
    """An object that no row names goes; one that a row names stays."""
    services = open_services(Settings(store=tmp_path / "store", **s3.new_bucket()))
    migrations.upgrade(services.engine)
    with services.sessions.begin() as session:
        session.add(Assignment(edition="e"))
    named = services.blobs.put(io.BytesIO(b"named")).sha256
    services.blobs.put(io.BytesIO(b"forgotten"))
    submit(services, age=DAY, state=RunState.GRADED, file=named)

    assert sweep(services).blobs == 0
    assert sweep(services, now() + 2 * DAY).blobs == 1
    assert stored(services) == {named}
