"""
Leases: what a living worker holds, and what is free as soon as it is dead, however it died.

On SQLite a lock on a file in the store, on PostgreSQL an advisory lock of a session: kernel or
server drop them with the process. Whoever can take another's lease knows that it is dead.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from api.kit.database import POSTGRESQL_OPTIONS
from api.kit.private_files import make_private

RETAKE_SECONDS = 60.0  # how long a database may be away before a worker gives its lease up
_RETRY_SECONDS = 0.5
# The server, too, is to notice within about 15 s that a worker's machine is gone.
_SERVER_OPTIONS = (
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=12000"
)


class LeaseLostError(Exception):
    """The lease is gone: another worker may have taken this one's jobs over."""


class Leases(Protocol):
    """Where leases are kept."""

    def hold(self, executor: str) -> None:
        """Take this process's own lease, for as long as it lives; raise LeaseLostError."""

    def check(self) -> None:
        """Raise LeaseLostError where the own lease is gone and cannot be taken again."""

    def free(self, executor: str) -> AbstractContextManager[bool]:
        """Yield whether another's lease is free; nobody else can take it within the block."""

    def close(self) -> None:
        """Give everything up."""


def open_leases(engine: Engine, store: Path) -> Leases:
    """Return where the workers on the engine's database keep their leases."""
    if engine.dialect.name == "sqlite":
        return FileLeases(store / "leases")
    return SessionLeases(engine)


class FileLeases:
    """Locked files of one folder on a local disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: int | None = None
        self._own = ""
        make_private(folder)

    def hold(self, executor: str) -> None:
        """Take the own lease."""
        path = self._folder / executor
        while True:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(path, descriptor):
                self._held, self._own = descriptor, executor
                return
            os.close(descriptor)  # somebody swept the file up before it was locked

    def check(self) -> None:
        """Do nothing: only the end of this process frees the lock."""

    @contextmanager
    def free(self, executor: str) -> Iterator[bool]:
        """Yield whether another's lease is free; a free one is removed after the block."""
        path = self._folder / executor
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            yield False
            return
        try:
            yield True
            path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove what dead workers left, where nothing of theirs was to be taken over."""
        for path in self._folder.iterdir():
            if path.name != self._own:
                with self.free(path.name):
                    pass

    def close(self) -> None:
        """Give the own lease up."""
        if self._held is not None:
            (self._folder / self._own).unlink(missing_ok=True)
            os.close(self._held)
            self._held = None


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))


class SessionLeases:
    """Advisory locks of one PostgreSQL session; no pooler may stand between."""

    def __init__(self, engine: Engine) -> None:
        self._engine = create_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=POSTGRESQL_OPTIONS | {"options": _SERVER_OPTIONS},
        )
        self._connection: Connection | None = None
        self._own = ""

    def hold(self, executor: str) -> None:
        """Take the own lease; wait while another worker looks whether it is free."""
        self._own = executor
        deadline = time.monotonic() + RETAKE_SECONDS
        while True:
            with contextlib.suppress(DBAPIError):
                if self._connection is None:
                    self._connection = self._engine.connect()
                if self._try_lock(executor):
                    return
            if self._connection is not None and self._connection.invalidated:
                self._disconnect()
            if time.monotonic() > deadline:
                msg = f"the lease of {executor} cannot be taken"
                raise LeaseLostError(msg)
            time.sleep(_RETRY_SECONDS)

    def check(self) -> None:
        """Raise LeaseLostError where the session was lost and the lease cannot be taken again."""
        try:
            self._ask("SELECT 1")
        except DBAPIError:
            self._disconnect()
            self.hold(self._own)

    @contextmanager
    def free(self, executor: str) -> Iterator[bool]:
        """Yield whether another's lease is free; it is released after the block."""
        if not self._try_lock(executor):
            yield False
            return
        try:
            yield True
        finally:
            with contextlib.suppress(DBAPIError):
                self._ask("SELECT pg_advisory_unlock(:key)", key=_key(executor))

    def close(self) -> None:
        """End the session."""
        self._disconnect()
        self._engine.dispose()

    def _try_lock(self, executor: str) -> bool:
        return bool(self._ask("SELECT pg_try_advisory_lock(:key)", key=_key(executor)))

    def _ask(self, statement: str, **parameters: int) -> object:
        assert self._connection is not None
        return self._connection.execute(text(statement), parameters).scalar()

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(DBAPIError):
                self._connection.close()
            self._connection = None


def _key(executor: str) -> int:
    """Return the 64-bit number that stands for a worker among the database's advisory locks."""
    digest = hashlib.sha256(f"grader executor {executor}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
