"""Backups of a service in use, put back on the same and on the other database and blob store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.auth import audit
from api.course.assignments import ensure_assignments
from api.kit.models import AuditEntry, Base, ManualScore, Run, RunState, User, Worker, now
from api.kit.queue import create_tables
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.kit.storage import LocalBlobs
from api.migrations import upgrade
from api.operation import backup
from api.operation.backup import BackupError, back_up, encode
from api.operation.restore import restore, verify
from tests.api.jobs.running import START_SECONDS, Program, all_final, running, until
from tests.api.people import add_people, finish, hand_in, lose
from tests.api.servers import S3, PostgreSQL

Make = Callable[[str], Services]
SMALL, LARGE = "sqlite and a folder", "postgresql and a bucket"
NOTEBOOKS = [b'{"cells": [%d]}' % number for number in range(3)]


@pytest.fixture
def make(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Return what makes a new, empty service of a kind."""
    opened: list[Services] = []

    def new(kind: str) -> Services:
        options: dict[str, Any] = {"store": tmp_path / f"store-{len(opened)}"}
        if kind == LARGE:
            postgresql: PostgreSQL = request.getfixturevalue("postgresql")
            s3: S3 = request.getfixturevalue("s3")
            options |= {"database_url": postgresql.new_database()} | s3.new_bucket()
        opened.append(open_services(Settings(**options)))
        return opened[-1]

    yield new
    for services in opened:
        services.engine.dispose()


def fill(services: Services) -> None:
    """Have three submissions: one graded and corrected by hand, one refused, one waiting."""
    upgrade(services.engine)
    create_tables(services.engine)
    ensure_assignments(services)
    people = add_people(services)
    services.settings.signing_key  # noqa: B018  draws it
    first = hand_in(services, people.student, content=NOTEBOOKS[0])
    finish(services, first)
    finish(
        services,
        hand_in(services, people.student, content=NOTEBOOKS[1]),
        state=RunState.REFUSED,
    )
    hand_in(services, people.other_student, content=NOTEBOOKS[2])
    with services.sessions.begin() as session:
        session.add(ManualScore(submission_id=first.id, criterion="q1", points=3.5, remark="好"))
        audit.record(session, audit.SYSTEM, "grade.manual", "submission:1", after={"points": 3.5})


@pytest.fixture
def saved(make: Make, tmp_path: Path) -> tuple[Services, Path]:
    """Return a service in use and a backup of it."""
    services = make(SMALL)
    fill(services)
    folder = tmp_path / "saved"
    assert back_up(services, folder).is_whole
    return services, folder


def rows(services: Services, *, without: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    """Return all rows of all tables, as text that both databases give."""
    found = {}
    with services.engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            if name not in without:
                query = select(table).order_by(*table.primary_key)
                found[name] = [
                    {key: encode(value) for key, value in row.items()}
                    for row in connection.execute(query).mappings()
                ]
    return found


def queued(services: Services) -> set[str]:
    """Return the ids of the runs that are on the queue."""
    from dbos import DBOSClient

    client = DBOSClient(system_database_url=url_of(services))
    try:
        return {flow.workflow_id for flow in client.list_workflows(status=["ENQUEUED"])}
    finally:
        client.destroy()


def url_of(services: Services) -> str:
    return services.engine.url.render_as_string(hide_password=False)


@pytest.mark.few(1)
@pytest.mark.parametrize("source", [SMALL, LARGE])
@pytest.mark.parametrize("target", [SMALL, LARGE])
def test_what_comes_back_is_what_was_saved(
    make: Make, tmp_path: Path, source: str, target: str
) -> None:
    """Every row and every byte come back, on either database and blob store, and jobs wait."""
    old, new = make(source), make(target)
    fill(old)
    manifest = back_up(old, tmp_path / "saved")
    restore(new, tmp_path / "saved")

    assert rows(new) == rows(old)
    assert manifest.blobs == 4  # three notebooks and one results file
    for blob in old.blobs.all():
        assert new.blobs.read(blob.sha256) == old.blobs.read(blob.sha256)
    with new.sessions() as session:
        waiting = session.scalars(select(Run.id).where(Run.state == RunState.WAITING)).all()
    assert queued(new) == set(waiting)
    assert len(waiting) == 1


@pytest.mark.parametrize("target", [SMALL, LARGE])
def test_a_restored_service_goes_on(make: Make, saved: tuple[Services, Path], target: str) -> None:
    """New uploads and new entries get numbers of their own after those that came back."""
    new = make(target)
    restore(new, saved[1])
    with new.sessions() as session:
        student = session.scalars(select(User).where(User.login == "108062001")).one()
        entries = session.scalar(select(func.max(AuditEntry.id)))
    submission = hand_in(new, student, content=b'{"cells": ["new"]}')
    with new.sessions.begin() as session:
        audit.record(session, audit.SYSTEM, "after.restore", "t")

    assert submission.attempt > 1
    with new.sessions() as session:
        assert session.scalar(select(func.max(AuditEntry.id))) > entries


def test_links_that_are_out_stay_good(make: Make, saved: tuple[Services, Path]) -> None:
    """The key that signs links comes back with the rest, for its owner's eyes only."""
    old, folder = saved
    new = make(SMALL)
    restore(new, folder)

    assert new.settings.signing_key == old.settings.signing_key
    assert (new.settings.store / "secret-key").stat().st_mode & 0o077 == 0
    assert (folder / "secret-key").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_what_was_being_graded_waits_again(make: Make, tmp_path: Path) -> None:
    """A run that a worker had when the backup was made is graded after it was put back."""
    old, new = make(SMALL), make(SMALL)
    fill(old)
    with old.sessions.begin() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.WAITING)).one()
        run.state, run.stage, run.started_at = RunState.GRADING, "weights", now()
    back_up(old, tmp_path / "saved")
    restore(new, tmp_path / "saved")

    with new.sessions() as session:
        run = session.get_one(Run, run.id)
        assert (run.state, run.stage, run.started_at) == (RunState.WAITING, "", None)
    assert queued(new) == {run.id}


def test_a_database_in_use_is_not_overwritten(saved: tuple[Services, Path]) -> None:
    """Without --force a filled database keeps every row, and the message says what to do."""
    services, folder = saved
    before = rows(services)
    with pytest.raises(BackupError, match=r"not empty .*--force"):
        restore(services, folder)

    assert rows(services) == before


def test_with_force_what_came_later_is_gone(saved: tuple[Services, Path]) -> None:
    """Put back over itself a service is what it was, jobs included; run twice changes nothing."""
    services, folder = saved
    before = rows(services)
    with services.sessions() as session:
        student = session.scalars(select(User).where(User.login == "108062002")).one()
    hand_in(services, student, content=b'{"cells": ["later"]}')
    for _ in range(2):
        restore(services, folder, force=True)

        assert rows(services) == before
        assert queued(services) == {
            run["id"] for run in before["runs"] if run["state"] == RunState.WAITING
        }


def test_nothing_is_put_back_under_a_running_worker(saved: tuple[Services, Path]) -> None:
    """A worker that is alive would go on with jobs that are no more."""
    services, folder = saved
    with services.sessions.begin() as session:
        session.add(Worker(id="w"))
    with pytest.raises(BackupError, match="stop the service"):
        restore(services, folder, force=True)

    with services.sessions.begin() as session:
        session.get_one(Worker, "w").seen_at = now() - timedelta(minutes=1)
    restore(services, folder, force=True)


def damage_blob(folder: Path) -> None:
    path = next((folder / "blobs").glob("*/*"))
    path.write_bytes(path.read_bytes() + b"!")


def damage_row(folder: Path) -> None:
    path = folder / "tables" / "runs.jsonl"
    path.write_text(path.read_text().replace("graded", "failed"))


def lose_blob(folder: Path) -> None:
    next((folder / "blobs").glob("*/*")).unlink()


def lose_table(folder: Path) -> None:
    (folder / "tables" / "manual_scores.jsonl").unlink()


def spoil_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{}")


def change_format(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_blob, "is damaged"),
        (damage_row, "is damaged"),
        (lose_blob, "should hold 4"),
        (lose_table, "cannot be read"),
        (spoil_manifest, "is no backup"),
        (change_format, "format 99"),
    ],
)
def test_a_damaged_backup_is_refused_before_anything_changes(
    make: Make, saved: tuple[Services, Path], damage: Callable[[Path], None], message: str
) -> None:
    """One changed byte anywhere, and nothing is put back at all."""
    new = make(SMALL)
    damage(saved[1])
    with pytest.raises(BackupError, match=message):
        restore(new, saved[1])
    with pytest.raises(BackupError, match=message):
        verify(saved[1])

    assert list(new.blobs.all()) == []


def test_a_restore_that_breaks_changes_no_row(
    saved: tuple[Services, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tables are replaced, or none: also when the very last step fails."""
    services, folder = saved
    before = rows(services)

    def broken(*_arguments: object) -> int:
        message = "killed"
        raise RuntimeError(message)

    monkeypatch.setattr("api.operation.restore._queue_again", broken)
    with pytest.raises(RuntimeError, match="killed"):
        restore(services, folder, force=True)

    assert rows(services) == before


def test_a_backup_that_breaks_leaves_no_folder(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks like a backup is one: half of one never has its name."""
    services = make(SMALL)
    fill(services)

    def full(*_arguments: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "write_durably", full)
    with pytest.raises(BackupError, match="No space left on device"):
        back_up(services, tmp_path / "new" / "saved")

    assert list((tmp_path / "new").iterdir()) == []


def test_a_backup_does_not_overwrite_another(saved: tuple[Services, Path]) -> None:
    """The same name twice is refused."""
    services, folder = saved
    before = sorted(folder.rglob("*"))
    with pytest.raises(BackupError, match="exists"):
        back_up(services, folder)

    assert sorted(folder.rglob("*")) == before


def test_a_lost_file_costs_no_other(make: Make, tmp_path: Path) -> None:
    """Blobs that the store lost or damaged are named; all others are saved and come back."""
    old, new = make(SMALL), make(SMALL)
    fill(old)
    assert isinstance(old.blobs, LocalBlobs)
    lost, damaged, *_ = sorted(blob.sha256 for blob in old.blobs.all())
    lose(old.blobs, lost)
    (old.blobs.root / damaged[:2] / damaged).write_bytes(b"rotten")
    manifest = back_up(old, tmp_path / "saved")
    restore(new, tmp_path / "saved")

    assert (manifest.missing, manifest.damaged) == ([lost], [damaged])
    assert not manifest.is_whole
    assert len(list(new.blobs.all())) == manifest.blobs == 2
    assert rows(new) == rows(old)


@pytest.mark.long
def test_a_backup_shows_one_moment(make: Make, tmp_path: Path, monkeypatch: Any) -> None:
    """What is uploaded while tables are read is in none of them, not in some."""
    services = make(LARGE)
    fill(services)
    with services.sessions() as session:
        student = session.scalars(select(User).where(User.login == "108062001")).one()
    before = rows(services)
    write_rows = backup._write_rows

    def slow(*arguments: Any) -> Any:
        hand_in(services, student, content=str(arguments[1]).encode())
        return write_rows(*arguments)

    monkeypatch.setattr(backup, "_write_rows", slow)
    back_up(services, tmp_path / "saved")
    monkeypatch.undo()
    new = make(SMALL)
    restore(new, tmp_path / "saved")

    assert rows(new) == before
    assert len(rows(services)["submissions"]) > len(before["submissions"])


def test_a_folder_is_all_that_is_needed(make: Make, saved: tuple[Services, Path]) -> None:
    """The service and its store may be gone."""
    old, folder = saved
    before = rows(old)
    old.engine.dispose()
    shutil.rmtree(old.settings.store)
    new = make(SMALL)
    restore(new, folder)

    assert rows(new) == before


@pytest.mark.long
@pytest.mark.parametrize("target", [SMALL, LARGE])
def test_what_waits_after_a_restore_is_graded(make: Make, tmp_path: Path, target: str) -> None:
    """A worker ends every run that waited, also where the same runs had ended there before."""
    services = make(target)
    fill(services)
    back_up(services, tmp_path / "saved")
    [waiting] = waiting_runs(services)
    for _ in range(2):
        worker = Program(services.settings, "worker", log=tmp_path / "log")
        with running(worker):
            until(lambda: all_final(services), START_SECONDS, "all have ended", worker)
            assert worker.stop() == 0
        assert waiting_runs(services) == []
        restore(services, tmp_path / "saved", force=True)
        assert waiting_runs(services) == [waiting]


def waiting_runs(services: Services) -> list[str]:
    with services.sessions() as session:
        return list(session.scalars(select(Run.id).where(Run.state == RunState.WAITING)))
