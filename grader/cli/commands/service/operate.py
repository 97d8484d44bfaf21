"""``grader backup``, ``restore``, ``migrate``, ``retain``, ``alive``: a service kept for years."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from grader.errors import GraderError

if TYPE_CHECKING:
    from api.kit.services import Services

StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The service's folder; default: $GRADER_STORE."),
]
console = Console()


class ServiceDownError(GraderError):
    """The service's database or blob store does not answer."""


def back_up(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist.")],
    store: StoreOption = None,
) -> None:
    """
    Save all rows and files into DIR; the service may go on meanwhile.

    Exit status 1 where a file that a row names is lost or damaged; all others are saved then.
    """
    from api.operation.backup import back_up

    with _service(store) as services:
        manifest = back_up(services, folder, _say)
    for word, names in (("lost", manifest.missing), ("damaged", manifest.damaged)):
        for name in names:
            _say(f"{word}: {name}")
    if not manifest.is_whole:
        raise typer.Exit(1)
    _say(f"saved in {folder}")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What 'grader backup' wrote.")],
    store: StoreOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Delete what is in the database first.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only check that DIR is whole and undamaged.")
    ] = False,
) -> None:
    """
    Make the service what it was when DIR was saved; stop it first.

    Database and file store may be of another kind than they were: only the settings count.
    """
    from api.operation.restore import restore, verify

    if check:
        manifest = verify(folder)
        rows = sum(manifest.rows.values())
        _say(f"{folder} is whole: {rows} rows, {manifest.blobs} files of {manifest.created_at}")
        return
    with _service(store, new=True) as services:
        restore(services, folder, force=force, say=_say)


def migrate(store: StoreOption = None) -> None:
    """Bring the database to this version's schema, as every start of the service does."""
    from api.migrations import current, upgrade

    with _service(store, new=True) as services:
        with services.engine.connect() as connection:
            before = current(connection)
        upgrade(services.engine)
        with services.engine.connect() as connection:
            after = current(connection)
    _say(f"the schema is at revision {after}" + ("" if before == after else f" (was {before})"))


def retain(store: StoreOption = None) -> None:
    """Delete what is too old, as a worker does once a day: see GRADER_RETENTION_DAYS."""
    from api.operation.retention import sweep

    with _service(store) as services:
        swept = asdict(sweep(services))
    _say(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in swept.items()))


def alive(store: StoreOption = None) -> None:
    """Say whether a worker of this machine was seen just now; for health checks."""
    from api.operation.metrics import workers_alive

    host = socket.gethostname()
    with _service(store) as services, services.sessions() as session:
        workers, slots = workers_alive(session, host)
    _say(f"{host}: {workers} workers, {slots} slots")
    if not workers:
        raise typer.Exit(1)


@contextmanager
def _service(store: Path | None, *, new: bool = False) -> Iterator[Services]:
    """
    Yield the service that the settings name; what it lacks is one line, not a traceback.

    Only a *new* one is made where there is none.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from api.kit.private_files import make_private
    from api.kit.services import open_services
    from api.kit.storage import StorageError
    from api.migrations import MigrationError
    from api.serve import settings_of

    settings = settings_of(store=store)
    if new:
        make_private(settings.store)
    else:
        settings.require_store()
    services = open_services(settings)
    try:
        yield services
    except (MigrationError, StorageError) as error:
        raise ServiceDownError(str(error)) from error
    except SQLAlchemyError as error:
        lines = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
        msg = f"the database cannot be used: {lines[0]}"
        raise ServiceDownError(msg) from error
    finally:
        services.engine.dispose()


def _say(line: str) -> None:
    console.print(Text(line), soft_wrap=True)  # no markup: a path may have brackets
