"""``grader doctor``: what this machine has, what is missing and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from grader.editions.loader import default_edition_id, load_edition
from grader.errors import SandboxError
from grader.locations import DataUnusableError, cache_folder, open_baseline

_GOOD, _BAD, _MISSING = "ok", "FAILED", "missing"
_COLOURS = {_GOOD: "green", _BAD: "bold red", _MISSING: "yellow"}


def doctor(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Also check this data set.")
    ] = None,
) -> None:
    """
    Check this machine: the sandbox proves itself, Pango and data are looked for.

    Exit status 0 when submissions can be graded here, 4 when the sandbox does not hold.
    """
    console = Console(highlight=False)
    sandbox_holds = _show_sandbox(console)
    _show_pdf(console)
    data_usable = _show_data(console, data)
    if not sandbox_holds:
        raise typer.Exit(SandboxError.exit_code)
    if not data_usable:
        raise typer.Exit(DataUnusableError.exit_code)


def _show_sandbox(console: Console) -> bool:
    from grader.sandbox.proof import prove

    console.print(Text("Sandbox", style="bold"))
    try:
        with console.status("Attacking the sandbox ..."):
            proof = prove()
    except SandboxError as error:
        _line(console, _BAD, str(error))
        return False
    for layer in proof.layers:
        _line(console, _GOOD, layer)
    for layer, remedy in proof.remedies.items():
        _line(console, _MISSING, f"{layer}: {remedy}")
    _line(console, _GOOD, f"{len(proof.attempts)} attempts to break out failed")
    _line(console, _GOOD, f"{len(proof.works)} things that students' code does every day work")
    return True


def _show_pdf(console: Console) -> None:
    from report_templates.render import pdf_available

    console.print(Text("Report", style="bold"))
    reason = pdf_available()
    _line(console, _MISSING if reason else _GOOD, reason or "PDFs can be made")


def _show_data(console: Console, directory: Path | None) -> bool:
    console.print(Text("Data", style="bold"))
    edition = load_edition(default_edition_id())
    try:
        with console.status("Opening the data ..."):
            baseline = open_baseline(edition, directory)
    except DataUnusableError as error:
        _line(console, _BAD, str(error))
        return False
    _line(console, _GOOD, f"{baseline.title}, for {edition.id}")
    _line(console, _GOOD, f"kept in {cache_folder()}")
    return True


def _line(console: Console, state: str, text: str) -> None:
    sign = Text(f"  {state:8}", style=_COLOURS[state])
    console.print(sign.append(text, style="default"), soft_wrap=True)
