"""``grader webhooks``: which programs the service tells that a grading ended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from grader.cli.commands.service.users import open_accounts

app = typer.Typer(
    help="Programs that are told, signed, when a grading ends or results are published:"
    " see docs/api.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Url = Annotated[str, typer.Argument(metavar="URL", help="Where the program listens.")]
Store = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The service's folder; default: $GRADER_STORE."),
]


@app.command("add")
def add(url: Url, store: Store = None) -> None:
    """Tell URL from now on; prints the secret that it checks signatures with, this once."""
    from api.auth import audit
    from api.webhooks import hooks

    with open_accounts(store) as accounts:
        _, secret = hooks.add(accounts.session, accounts.settings, audit.OPERATOR, url)
    _print(f"{url} is told; its secret:\n{secret}")


@app.command("list")
def show(store: Store = None) -> None:
    """List the addresses that are told."""
    from api.webhooks import hooks

    with open_accounts(store) as accounts:
        urls = [one.url for one in hooks.webhooks(accounts.session)]
    _print("\n".join(urls) or "nobody is told")


@app.command("remove")
def remove(url: Url, store: Store = None) -> None:
    """Tell URL nothing more."""
    from api.auth import audit
    from api.webhooks import hooks

    with open_accounts(store) as accounts:
        hooks.remove(accounts.session, audit.OPERATOR, url)
    _print(f"{url} is told nothing more")


def _print(text: str) -> None:
    Console().print(Text(text), soft_wrap=True)
