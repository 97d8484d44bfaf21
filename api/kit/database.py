"""The database: SQLite on one machine, PostgreSQL beyond; only the URL differs."""

from __future__ import annotations

import sqlite3
from datetime import UTC, tzinfo
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from api.kit.private_files import make_private, private

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a 202 is a promise: it survives a power cut
    "busy_timeout=30000",  # milliseconds
    "foreign_keys=ON",
)
# What text has to match: PostgreSQL keeps no NUL.
NO_NUL = r"^[^\x00]*$"
# A worker that lost its database finds out within about 15 s, not after the kernel's two hours.
POSTGRESQL_OPTIONS = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 12_000,  # milliseconds
    "connect_timeout": 5,
}


def open_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Return an engine for *url* whose transactions are durable and take their lock at once."""
    if make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url, pool_size)
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=POSTGRESQL_OPTIONS,
    )


def open_sessions(engine: Engine, zone: tzinfo = UTC) -> sessionmaker[Session]:
    """
    Return the factory of sessions; what they load stays readable after the commit.

    *zone* is the course's: by its clock assignments count days.
    """
    return sessionmaker(engine, expire_on_commit=False, info={"zone": zone})


def _open_sqlite(url: str, pool_size: int) -> Engine:
    database = make_url(url).database
    if database and database != ":memory:":
        make_private(Path(database).parent)
        open(database, "ab", opener=private).close()  # SQLite itself would let others read it
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,  # names and remarks have no place in an error's message
        connect_args={"timeout": 30},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy begins transactions itself, below; the driver must not.
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A read that turns into a write fails at once where another writer is ahead of it.
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
