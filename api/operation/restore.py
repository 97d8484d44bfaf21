"""
Putting a backup back: checked as a whole first, then blobs, then all rows in one transaction.

It fails without having changed a row, or the service is as it was. What waited or was being graded
at the time of the backup is put on the queue again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    func,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from api.kit.models import ACTIVE_STATES, Run, RunState
from api.kit.private_files import make_private
from api.kit.queue import create_tables
from api.kit.services import Services
from api.kit.storage import StorageError
from api.migrations import MigrationError, alone, check_keys, read_tables, upgrade_on
from api.migrations.dbos import TABLES
from api.operation.backup import FORMAT, MANIFEST, ROWS_AT_ONCE, SECRET, BackupError, Manifest, Say
from api.operation.metrics import workers_alive

# With rows in these a database is not new; a first start fills others by itself.
TELLING = ("submissions", "users")
# What the job engine keeps of jobs; the rest of its tables is about itself.
JOB_TABLES = TABLES - {
    "application_versions",
    "dbos_datasource_migrations",
    "dbos_migrations",
    "queues",
    "workflow_schedules",
}


def restore(
    services: Services, folder: Path, *, force: bool = False, say: Say = lambda _line: None
) -> Manifest:
    """
    Make the service what it was when the backup in *folder* was made.

    Only an empty database is filled, unless *force*: then what is in it is deleted. No worker may
    run meanwhile.
    """
    manifest = verify(folder)
    _require_room(services, force=force)
    create_tables(services.engine)
    _put_blobs(services, folder)
    say(f"{manifest.blobs} files are in the store")
    try:
        with alone(services.engine) as connection:
            _clear(connection)
            upgrade_on(connection, manifest.revision)
            _load(connection, folder, manifest)
            upgrade_on(connection)
            check_keys(connection)
            waiting = _queue_again(services, connection)
    except MigrationError as error:
        raise BackupError(str(error)) from error
    _put_secret(services, folder, manifest)
    say(f"{sum(manifest.rows.values())} rows are in the database; {waiting} runs wait again")
    return manifest


def verify(folder: Path) -> Manifest:
    """Return a backup's manifest; raise BackupError unless every byte is as it was written."""
    path = folder / MANIFEST
    try:
        manifest = Manifest(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        msg = f"{path} cannot be read; {folder} is no backup, or of another version"
        raise BackupError(msg) from None
    if manifest.format != FORMAT:
        msg = f"{folder} has format {manifest.format}, this program reads {FORMAT}"
        raise BackupError(msg)
    for name, sha256 in manifest.files.items():
        _require_sha256(folder / name, sha256)
    found = list(_blob_files(folder))
    if len(found) != manifest.blobs:
        msg = f"{folder} holds {len(found)} files of students, and should hold {manifest.blobs}"
        raise BackupError(msg)
    for blob in found:
        _require_sha256(blob, blob.name)
    return manifest


def _require_sha256(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}; take another backup"
        raise BackupError(msg) from None
    if found != sha256:
        msg = f"{path} is damaged; take another backup"
        raise BackupError(msg)


def _blob_files(folder: Path) -> Iterator[Path]:
    return (path for path in (folder / "blobs").glob("??/*") if path.is_file())


def _require_room(services: Services, *, force: bool) -> None:
    with services.engine.connect() as connection:
        tables = read_tables(connection).tables
        filled = [
            name
            for name in TELLING
            if name in tables and connection.scalar(select(func.count()).select_from(tables[name]))
        ]
        if "workers" in tables and workers_alive(Session(connection))[0]:
            msg = "a worker is running or died just now; stop the service, wait 30 s, try again"
            raise BackupError(msg)
    if filled and not force:
        msg = (
            f"the database is not empty (it has {' and '.join(filled)}); restore into a new one,"
            " or delete what is in it with --force"
        )
        raise BackupError(msg)


def _put_blobs(services: Services, folder: Path) -> None:
    for path in _blob_files(folder):
        try:
            with path.open("rb") as file:
                services.blobs.put(file)
        except StorageError as error:
            raise BackupError(str(error)) from error


def _clear(connection: Connection) -> None:
    """Delete our tables, and all jobs: they are of the rows that go."""
    read_tables(connection).drop_all(connection)
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    for name in JOB_TABLES & set(inspect(connection).get_table_names(schema)):
        connection.execute(Table(name, MetaData(), schema=schema).delete())


def _load(connection: Connection, folder: Path, manifest: Manifest) -> None:
    tables = read_tables(connection)
    for table in tables.sorted_tables:
        count = 0
        for batch in _read_rows(folder / "tables" / f"{table.name}.jsonl", table):
            connection.execute(table.insert(), batch)
            count += len(batch)
        if count != manifest.rows.get(table.name, 0):
            msg = f"{table.name} has {count} rows, and should have {manifest.rows[table.name]}"
            raise BackupError(msg)
        _continue_numbers(connection, table)


def _read_rows(path: Path, table: Table) -> Iterator[list[dict[str, Any]]]:
    if not path.is_file():
        return
    batch: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for line in file:
            batch.append(_decode(json.loads(line), table))
            if len(batch) == ROWS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _decode(fields: Mapping[str, Any], table: Table) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if isinstance(value, str) and isinstance(table.c[name].type, DateTime)
        else value
        for name, value in fields.items()
    }


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Set PostgreSQL's sequences beyond the rows that were restored; SQLite does by itself."""
    key = table.autoincrement_column
    if connection.dialect.name != "postgresql" or key is None:
        return
    if not isinstance(key.type, Integer):
        return
    highest = connection.scalar(select(func.max(key)))
    if highest is not None:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
            {"table": table.name, "column": key.name, "highest": highest},
        )


def _queue_again(services: Services, connection: Connection) -> int:
    """Put every run that was not finished on the queue, in its old order; return how many."""
    active = Run.state.in_(ACTIVE_STATES)
    query = select(Run.id, Run.rank, Run.staff).where(active)
    with Session(connection) as session:
        found = session.execute(query.order_by(Run.rank, Run.created_at, Run.id)).all()
        session.execute(
            update(Run).where(active).values(state=RunState.WAITING, stage="", started_at=None)
        )
        for run_id, rank, staff in found:
            services.queue.put(session, run_id, rank=rank, staff=staff)
        session.flush()
    return len(found)


def _put_secret(services: Services, folder: Path, manifest: Manifest) -> None:
    """Put the secret key back where the store kept it, unless the settings name one."""
    if SECRET not in manifest.files or services.settings.secret_key.get_secret_value():
        return
    target = services.settings.store / SECRET
    aside = target.with_name(f"{SECRET}.new")
    make_private(target.parent)
    aside.touch(mode=0o600)
    aside.write_bytes((folder / SECRET).read_bytes())
    aside.replace(target)
