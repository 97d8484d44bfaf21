"""``--server`` and its token: a service whose workers grade the class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.options.late import zone_of
from grader.errors import GraderError

if TYPE_CHECKING:
    from grader.batch.class_run import Server

VARIABLE = "GRADER_TOKEN"
# What the service or its assignment says instead.
SERVICES = ("data", "due", "late_percent", "late_days", "workers", "seed", "student_seconds")

ServerOption = Annotated[
    str,
    typer.Option(
        "--server",
        metavar="URL",
        help="Hand the class in to this service and collect the results: its workers grade, by"
        " the due date and the late rule of its assignment.",
    ),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help=f"A file with the API token for --server, of a TA or instructor, with the scopes"
        f" submit and read (default: the environment variable {VARIABLE}).",
    ),
]


def server_of(
    context: typer.Context, address: str, token_file: Path | None, zone: str
) -> Server | None:
    """Return the service that is to grade, None for this machine; refuse what makes no sense."""
    if not address:
        if token_file is not None:
            msg = "it is for --server URL"
            raise typer.BadParameter(msg, param_hint="--token-file")
        return None
    from grader.batch.class_run import Server

    given = [name for name in SERVICES if _is_given(context, name)]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        msg = "with --server the service says it, in the assignment's settings or its own"
        raise typer.BadParameter(msg, param_hint=option)
    return Server(address=address, token=_token(token_file), zone=zone_of(zone))


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _token(file: Path | None) -> str:
    if file is None:
        token = os.environ.get(VARIABLE, "").strip()
        hint = f"--server: a token is needed, in {VARIABLE} or in --token-file FILE"
    else:
        hint = f"{file}: there is no token in this file"
        try:
            token = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            msg = f"{file}: the token cannot be read ({why}); check --token-file"
            raise GraderError(msg) from None
    if not token or not token.isascii() or any(one.isspace() for one in token):
        msg = f"{hint}; make one on the service's page 'Account', with the scopes submit and read"
        raise GraderError(msg)
    return token
