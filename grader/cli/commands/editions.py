"""``grader editions``: which editions of the lab there are, and what each asks for."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from grader.editions.loader import default_edition_id, edition_ids, load_edition
from grader.errors import EditionError
from report_templates.structure import StructureError, load_structure


def show_editions() -> None:
    """List the editions of the lab, and the function that each question asks for."""
    console = Console()
    default = default_edition_id()
    for edition_id in edition_ids():
        file = load_edition(edition_id).file
        _check_report(edition_id)
        mark = " (default)" if edition_id == default else ""
        console.print(Text(f"{edition_id}{mark}", style="bold"))
        console.print(Text(f"  {file.title}; data set {file.data.name}"))
        for task in file.tasks:
            console.print(Text(f"  {task.question:4} {task.callable or task.called}"))


def _check_report(edition_id: str) -> None:
    """Raise EditionError where the edition's report cannot be made."""
    try:
        load_structure("report", edition_id)
    except StructureError as error:
        raise EditionError(str(error)) from None
