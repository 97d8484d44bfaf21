"""The commands and what they have in common: errors become one line and an exit status."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import typer
from rich.console import Console
from rich.text import Text

from grader.cli import check, data, doctor, editions, operate, serve, users
from grader.errors import GraderError
from grader.locations import log_file

app = typer.Typer(
    name="grader",
    help="Grades the CNN quantization lab: runs a student's own functions in a sandbox, checks"
    " them against the reference, and says what went wrong and why.",
    epilog="Start with:  grader check examples/hw1_108062999.ipynb",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("check")(check.check)
app.command("editions")(editions.show_editions)
app.command("doctor")(doctor.doctor)
app.command("serve")(serve.serve)
app.command("api")(serve.api)
app.command("worker")(serve.worker)
app.command("backup")(operate.back_up)
app.command("restore")(operate.restore)
app.command("migrate")(operate.migrate)
app.command("retain")(operate.retain)
app.command("alive")(operate.alive)
app.add_typer(data.app, name="data")
app.add_typer(users.app, name="users")


INTERNAL = 70  # EX_SOFTWARE
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class InterruptedRun(BaseException):
    """A person pressed Ctrl-C; no library's ``except Exception`` may swallow it."""


def main() -> None:
    """Run the command line; a known error is one line on standard error, never a traceback."""
    signal.signal(signal.SIGINT, _interrupt)
    _log_to_file()
    try:
        app()
    except InterruptedRun:
        print("error: interrupted; no results were written", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except GraderError as error:
        console = Console(stderr=True)
        said = Text.assemble(("error:", "bold red"), f" {_plain(error)}")
        console.print(said, soft_wrap=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception:  # a mistake of ours: a traceback would tell a student nothing
        logging.getLogger(__name__).exception("internal error")
        print(
            f"error: the grader broke; please send {log_file()} to its maintainers",
            file=sys.stderr,
        )
        sys.exit(INTERNAL)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise InterruptedRun


def _log_to_file() -> None:
    """Send tracebacks of our own failures to a file: on the screen they would help nobody."""
    logging.captureWarnings(capture=True)
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(log_file(), delay=True)
    except OSError:
        handler = logging.NullHandler()
    logging.basicConfig(
        level=logging.WARNING,
        handlers=[handler],
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


def _plain(error: GraderError) -> str:
    home = str(Path.home())
    return str(error).replace(home + os.sep, "~" + os.sep)
