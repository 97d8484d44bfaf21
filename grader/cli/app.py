"""The commands, and what they have in common."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import Annotated

import typer

from grader.cli.commands import (
    batch,
    check,
    data,
    doctor,
    editions,
    gradescope,
    similarity,
    vectors,
)
from grader.cli.commands.service import lti, operate, serve, users, webhooks
from grader.locations import log_file

app = typer.Typer(
    name="grader",
    help="Grades the CNN quantization lab: runs a student's own functions in a sandbox, checks"
    " them against the reference, and says what went wrong and why.",
    epilog="Start with:  grader check examples/hw1_108062999.ipynb  "
    "(completion of commands by the Tab key:  grader --install-completion)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("check")(check.check)
app.command("batch")(batch.batch)
app.command("editions")(editions.show_editions)
app.command("vectors", help=vectors.HELP)(vectors.vectors)
app.command("similarity")(similarity.similarity)
app.command("doctor")(doctor.doctor)
app.command("serve")(serve.serve)
app.command("api")(serve.api)
app.command("worker")(serve.worker)
app.command("mail")(serve.mail)
app.command("backup")(operate.back_up)
app.command("restore")(operate.restore)
app.command("migrate")(operate.migrate)
app.command("retain")(operate.retain)
app.command("alive")(operate.alive)
app.add_typer(data.app, name="data")
app.add_typer(users.app, name="users")
app.add_typer(lti.app, name="lti")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(gradescope.app, name="gradescope")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"grader {version('quantization-lab-grader')}")
        raise typer.Exit


@app.callback()
def before(
    context: typer.Context,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and end.", callback=_show_version),
    ] = False,
) -> None:
    """Keep what holds for every command."""
    context.obj = {"quiet": quiet}


def log_to_file() -> None:
    """Send tracebacks of our own failures to a file: on the screen they would help nobody."""
    logging.captureWarnings(capture=True)
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(
            log_file(), delay=True, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        handler = logging.NullHandler()
    logging.basicConfig(
        level=logging.WARNING,
        handlers=[handler],
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
