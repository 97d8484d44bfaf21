"""``grader data``: fetch a data set, or see what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from grader.editions.loader import default_edition_id, load_edition
from grader.locations import DataUnusableError, cache_folder

app = typer.Typer(
    help="The data set on which submissions are judged.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command("fetch")
def fetch(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put it.")],
    edition: Annotated[
        str | None, typer.Option("--edition", metavar="ID", help="Whose data set.")
    ] = None,
) -> None:
    """Download an edition's data set into DIR, in torchvision's layout."""
    from reference.datasets import download
    from reference.images.errors import DataError

    name = load_edition(edition or default_edition_id()).file.data.name
    console = Console(stderr=True)
    try:
        with console.status(Text(f"Downloading {name} into {directory} ...")):
            download(name, directory)
    except DataError as error:
        raise DataUnusableError(str(error)) from None
    _say(f"{name} is in {directory}; grade with --data {directory}")


@app.command("where")
def where() -> None:
    """Print the folder in which decoded images and baselines are kept."""
    _say(str(cache_folder()))


def _say(line: str) -> None:
    Console().print(Text(line), soft_wrap=True)
