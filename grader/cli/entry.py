"""Where the command begins: errors become one line and an exit status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from grader.cli import interrupt

if TYPE_CHECKING:
    from grader.errors import GraderError

INTERNAL = 70  # EX_SOFTWARE


def main() -> None:
    """
    Run the command line; a known error is one line on standard error, never a traceback.

    Nothing is imported before Ctrl-C is listened for: that takes longer than some commands.
    """
    try:
        interrupt.listen()
        _run()
    except interrupt.InterruptedRun as pressed:
        interrupt.close()
        _end_interrupted(str(pressed))
    finally:
        interrupt.close()


def _run() -> None:
    from grader.cli import terminal
    from grader.cli.app import app, log_to_file
    from grader.errors import GraderError

    terminal.accept_any_encoding()
    log_to_file()
    try:
        app()
    except GraderError as error:
        if interrupt.was_pressed():
            raise interrupt.InterruptedRun from None
        _show(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception:  # a mistake of ours: a traceback would tell a student nothing
        if interrupt.was_pressed():  # a library made another error of it
            raise interrupt.InterruptedRun from None
        _say_broken()
        sys.exit(INTERNAL)


def _show(error: GraderError) -> None:
    from rich.console import Console
    from rich.text import Text

    said = Text.assemble(("error:", "bold red"), f" {_plain(error)}")
    Console(stderr=True).print(said, soft_wrap=True)


def _say_broken() -> None:
    import logging

    from grader.locations import log_file

    logging.getLogger(__name__).exception("internal error")
    print(f"error: the grader broke; please send {log_file()} to its maintainers", file=sys.stderr)


def _end_interrupted(written: str) -> None:
    """Print in one line what an interrupted command has left, and exit."""
    checked = "; no results were written" if "check" in sys.argv[1:] else ""
    print(f"error: interrupted{written or checked}", file=sys.stderr)
    sys.exit(interrupt.STATUS)


def _plain(error: GraderError) -> str:
    from pathlib import Path

    return str(error).replace(f"{Path.home()}{os.sep}", f"~{os.sep}")
