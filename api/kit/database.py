"""The database: SQLite on one machine, PostgreSQL beyond; only the URL differs."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from api.kit.private_files import make_private, private
from grader.errors import GraderError

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
ENCODING = "UTF8"  # of a PostgreSQL database: names are in any script
# What a row of ours broke by itself, whatever anybody else wrote: NOT NULL and CHECK.
OUR_OWN_SQLITE = {sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_CHECK}
OUR_OWN_POSTGRESQL = {"23502", "23514"}


class SQLiteConnection(sqlite3.Connection):
    """
    A connection that knows ``unixepoch('subsec')``: SQLite itself has it since 3.42.

    DBOS writes its moments by it on Python 3.12 and newer, whatever SQLite is there; an older one
    answers NULL, and no job could be put on the queue.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.execute("SELECT unixepoch('subsec')").fetchone() == (None,):
            self.create_function("unixepoch", 1, _unix_time)


def _unix_time(modifier: str) -> float:
    """Return the seconds since 1970, with their fraction."""
    if modifier not in {"subsec", "subsecond"}:
        msg = f"unixepoch({modifier!r}) is not known to this SQLite"
        raise ValueError(msg)
    return time.time()


# What every engine on SQLite is opened with, DBOS's too.
SQLITE_OPTIONS: dict[str, Any] = {"factory": SQLiteConnection, "timeout": 30}  # seconds


class DatabaseEncodingError(GraderError):
    """The database cannot hold every text; the message says what to do."""


def open_engine(url: str, *, pool_size: int = 10) -> Engine:
    """
    Return an engine for *url* whose transactions are durable and take their lock at once.

    Its connections raise DatabaseEncodingError where the database is not in UTF-8.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url, pool_size)
    return _open_postgresql(url, pool_size)


def open_sessions(engine: Engine, zone: tzinfo = UTC) -> sessionmaker[Session]:
    """
    Return the factory of sessions; what they load stays readable after the commit.

    *zone* is the course's: by its clock assignments count days.
    """
    return sessionmaker(engine, expire_on_commit=False, info={"zone": zone})


def is_conflict(error: IntegrityError) -> bool:
    """
    Return whether rows of others stood in the way, so that it is worth another look.

    A value of our own that no such column takes is none: the next try would break on it, too.
    """
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode not in OUR_OWN_SQLITE
    return getattr(error.orig, "sqlstate", None) not in OUR_OWN_POSTGRESQL


def connection_options(engine: Engine) -> dict[str, Any]:
    """Return what another engine on the same database has to be opened with."""
    return dict(POSTGRESQL_OPTIONS if engine.dialect.name == "postgresql" else SQLITE_OPTIONS)


def _open_postgresql(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=POSTGRESQL_OPTIONS,
    )

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Dialect, _record: object, args: list[Any], named: dict[str, Any]) -> Any:
        # SQLAlchemy's own first question breaks on the bytes that SQL_ASCII gives it.
        connection: Any = dialect.connect(*args, **named)
        found = connection.info.parameter_status("server_encoding")
        if found not in (ENCODING, None):
            name = connection.info.dbname
            connection.close()
            msg = (
                f"the database {name!r} is in {found}, which cannot hold every name; make it anew"
                f" with: createdb --encoding {ENCODING} --template template0 {name}"
            )
            raise DatabaseEncodingError(msg)
        return connection

    return engine


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
        connect_args=SQLITE_OPTIONS,
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
