"""
The schema's history: each revision in ``versions/`` is one step; every start takes those due.

:func:`upgrade` runs in one transaction that is alone on the database, so two processes that start
together do not collide, and a step that fails leaves nothing half.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, text

from api.migrations.dbos import TABLES

HERE = Path(__file__).parent
# Any number, but ours alone among the advisory locks of the database: "grader" in ASCII.
LOCK = int.from_bytes(b"grader", "big")


class MigrationError(Exception):
    """The database's schema and this program do not fit; the message says what to do."""


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that no other process's migration runs beside."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            with _unchecked_keys(connection), connection.begin():
                yield connection
        else:
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
                yield connection


def upgrade(engine: Engine, revision: str = "head", *, versions: Path | None = None) -> None:
    """Bring the database to *revision*; return at once where it is there."""
    with alone(engine) as connection:
        upgrade_on(connection, revision, versions=versions)


def upgrade_on(
    connection: Connection, revision: str = "head", *, versions: Path | None = None
) -> None:
    """Bring the database to *revision* in a transaction of :func:`alone`."""
    found = current(connection)
    if found == head(versions) and revision == "head":
        return
    config = _config(versions)
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        msg = (
            f"the database is at revision {found}, which this version does not know ({error});"
            " start the version that it was last used with, or a newer one"
        )
        raise MigrationError(msg) from error


def read_tables(connection: Connection) -> MetaData:
    """Return our tables as they are in the database, without the job engine's."""
    tables = MetaData()
    tables.reflect(connection, only=lambda name, _: name not in {*TABLES, "alembic_version"})
    return tables


def check_keys(connection: Connection) -> None:
    """Raise MigrationError where SQLite's foreign keys, switched off meanwhile, do not hold."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        msg = f"{len(broken)} foreign keys would be broken, the first: {tuple(broken[0])}"
        raise MigrationError(msg)


def current(connection: Connection) -> str | None:
    """Return the revision that the database is at; None: it has no tables of ours yet."""
    return MigrationContext.configure(connection).get_current_revision()


def head(versions: Path | None = None) -> str:
    """Return the revision that this program needs."""
    revision = ScriptDirectory.from_config(_config(versions)).get_current_head()
    if revision is None:
        msg = f"{HERE / 'versions'} holds no revision; the installation is incomplete"
        raise MigrationError(msg)
    return revision


def revisions(versions: Path | None = None) -> list[str]:
    """Return all revisions, the first one first."""
    scripts = ScriptDirectory.from_config(_config(versions))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def write_revision(engine: Engine, message: str, revision: str) -> None:
    """Write the step from the database as it is to the models; a person reads it and commits."""
    config = _config(None)
    with alone(engine) as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, autogenerate=True, rev_id=revision)


def _config(versions: Path | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("version_locations", str(versions or HERE / "versions"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _unchecked_keys(connection: Connection) -> Iterator[None]:
    """
    Switch SQLite's foreign keys off within the block.

    SQLite changes a table by copying it and dropping the old one, and dropping a table deletes its
    rows first: with keys on, every submission would go when ``users`` gets a column. Inside a
    transaction the switch does nothing, so it is thrown before.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
