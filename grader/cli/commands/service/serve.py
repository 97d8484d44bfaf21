"""``grader serve``, ``grader api`` and ``grader worker``: the service, whole or in parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HostOption = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="0.0.0.0: reachable from elsewhere.")
]
PortOption = Annotated[int, typer.Option("--port", metavar="N", min=1, max=65535)]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="Folder of database, files and secrets, on a local disk. GRADER_STORE sets it, too;"
        " so does every other setting: see docs/operations.md.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=0, help="Submissions graded at once; 0: none."),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The data set, as for 'grader check'."),
]


def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    store: StoreOption = None,
    workers: WorkersOption = None,
    data: DataOption = None,
) -> None:
    """
    Run the service on this machine: page, API and workers in one process tree.

    Prints the address and, until the first account has a password, a link that logs in once.
    Ctrl-C finishes what is being graded; a second one does not wait.
    """
    from api import serve as service

    settings = service.settings_of(store=store, workers=workers, data=_resolved(data))
    raise typer.Exit(service.serve(settings, host, port))


def api(
    host: HostOption = "127.0.0.1", port: PortOption = 8000, store: StoreOption = None
) -> None:
    """Run page and API alone; workers are elsewhere."""
    from api import serve as service

    service.run_api(service.settings_of(store=store), host, port)


def worker(
    store: StoreOption = None, workers: WorkersOption = None, data: DataOption = None
) -> None:
    """
    Grade submissions on this machine; the page is elsewhere.

    Every machine with workers needs the same database, storage and secret key.
    """
    from api import serve as service

    settings = service.settings_of(store=store, workers=workers, data=_resolved(data))
    raise typer.Exit(service.run_worker(settings))


def mail(store: StoreOption = None) -> None:
    """
    Send the service's mail; needed only where workers have no way to the mail server.

    A worker with GRADER_SMTP_HOST sends mail by itself.
    """
    from api import serve as service

    raise typer.Exit(service.run_mail(service.settings_of(store=store)))


def _resolved(path: Path | None) -> Path | None:
    return path and path.resolve()
