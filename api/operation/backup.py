"""
A backup: every row as JSON lines and every blob that a row names, in one folder.

It is the same for both databases and both blob stores, so it also moves a service from one to the
other. The folder gets its name only once it is complete and on the disk::

    manifest.json          what is in it, and the sha256 of every file but the blobs
    tables/<name>.jsonl    one row a line, as the manifest's revision has them
    blobs/ab/abcdef...     under their sha256
    secret-key             where the store holds one: links that are out stay good
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from api.kit.private_files import make_private, private
from api.kit.services import Services
from api.kit.storage import BlobMissingError, StorageError, sync_folder
from api.migrations import current, read_tables
from api.operation.retention import BLOB_COLUMNS
from grader.errors import GraderError

FORMAT = 1
MANIFEST = "manifest.json"
SECRET = "secret-key"
ROWS_AT_ONCE = 500
Say = Callable[[str], None]


class BackupError(GraderError):
    """A backup cannot be made or read back; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is in a backup."""

    format: int = FORMAT
    version: str  # of the program that made it
    revision: str  # of the schema
    created_at: str
    rows: dict[str, int]  # by table
    files: dict[str, str]  # sha256 by path inside the backup
    blobs: int
    blob_bytes: int
    missing: list[str] = field(default_factory=list)  # that a row names, but the store lost
    damaged: list[str] = field(default_factory=list)  # whose bytes are not what they were

    @property
    def is_whole(self) -> bool:
        """Return whether everything that rows name is in it."""
        return not (self.missing or self.damaged)


def back_up(services: Services, folder: Path, say: Say = lambda _line: None) -> Manifest:
    """
    Write a backup to *folder*, which must not exist; the service may go on meanwhile.

    Blobs that the store has lost or damaged are left out and named in the manifest: a loss of one
    must not keep the others from being saved.
    """
    if folder.exists():
        msg = f"{folder} exists; name a folder that does not, such as one with today's date"
        raise BackupError(msg)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        make_private(partial)
        manifest = _write(services, partial, say)
        partial.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        msg = f"{folder} cannot be written: {error.strerror}"
        raise BackupError(msg) from error
    except StorageError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BackupError(str(error)) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return manifest


def encode(value: object) -> Any:
    """Return a column's value as JSON has it; a moment is text, in UTC."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value


def _write(services: Services, folder: Path, say: Say) -> Manifest:
    files: dict[str, str] = {}
    make_private(folder / "tables")
    with _snapshot(services.engine) as connection:
        revision = current(connection)
        if revision is None:
            msg = "the database is empty; there is nothing to back up"
            raise BackupError(msg)
        tables = read_tables(connection)
        rows = {}
        for table in tables.sorted_tables:
            path = f"tables/{table.name}.jsonl"
            rows[table.name], files[path] = _write_rows(connection, table, folder / path)
        names = set(_blob_names(connection, tables.tables))
    say(f"{sum(rows.values())} rows of {len(rows)} tables")
    blobs = _write_blobs(services, sorted(names), folder)
    say(f"{blobs['blobs']} files, {blobs['blob_bytes'] / 1e6:.1f} MB")
    kept_secret = services.settings.store / SECRET
    if kept_secret.is_file():
        files[SECRET] = write_durably(folder / SECRET, kept_secret.read_bytes())
    manifest = Manifest(
        version=version("quantization-lab-grader"),
        revision=revision,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        rows=rows,
        files=files,
        **blobs,
    )
    write_durably(folder / MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    for inner in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        sync_folder(inner)
    return manifest


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees all tables as they were at one moment."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            seen = connection.execution_options(read_only=True)
        else:
            seen = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with seen.begin():
            yield seen


def _write_rows(connection: Connection, table: Table, path: Path) -> tuple[int, str]:
    """Write a table's rows; return how many they are and the file's sha256."""
    digest, count = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key)
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    with open(path, "wb", opener=private) as file:
        for row in found.mappings():
            fields = {name: encode(value) for name, value in row.items()}
            line = json.dumps(fields, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            file.write(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count, digest.hexdigest()


def _blob_names(connection: Connection, tables: Any) -> Iterator[str]:
    for named in BLOB_COLUMNS:
        column = tables[named.class_.__tablename__].c[named.key]
        yield from connection.scalars(select(column).where(column.is_not(None)).distinct())


def _write_blobs(services: Services, names: list[str], folder: Path) -> dict[str, Any]:
    total, missing, damaged = 0, [], []
    for name in names:
        try:
            content = services.blobs.read(name)
        except BlobMissingError:
            missing.append(name)
            continue
        if hashlib.sha256(content).hexdigest() != name:
            damaged.append(name)
            continue
        path = folder / "blobs" / name[:2] / name
        make_private(path.parent)
        write_durably(path, content)
        total += len(content)
    return {
        "blobs": len(names) - len(missing) - len(damaged),
        "blob_bytes": total,
        "missing": missing,
        "damaged": damaged,
    }


def write_durably(path: Path, content: bytes) -> str:
    """Write a file so that it survives a power cut; return its sha256."""
    with open(path, "wb", opener=private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()
