"""``grader batch``: a whole class in, grades, documents and files for the course site out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.cli.batch_display import batch_progress, show_class, show_filled, show_source
from grader.cli.checked_options import require, require_folder, unwritable
from grader.cli.commands.check import (
    DataOption,
    EditionOption,
    LanguageOption,
    QuietOption,
    SeedOption,
    StudentSecondsOption,
)
from grader.cli.interrupt import InterruptedRun
from grader.cli.translator import Translator
from grader.editions.loader import default_edition_id, load_edition
from grader.errors import SubmissionError
from grader.sandbox.budget import STUDENT_SECONDS
from grader.words.catalogue import LANGUAGES

LAYOUTS = ("auto", "files", "folders", "canvas", "moodle", "gradescope", "github")
NEEDS_PERSON = 5

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE",
        help="What the class handed in: a folder or zip with a file or folder for each student"
        " id, or the download of Canvas, Moodle, Gradescope or GitHub Classroom.",
        show_default=False,
    ),
]
BatchOutOption = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Where the results go; the same command with the same folder goes on where it ended.",
        show_default=False,
    ),
]
WorkersOption = Annotated[
    int,
    typer.Option(
        "--workers", metavar="N", min=0, help="Processes that grade; 0: one for each core."
    ),
]
RosterOption = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        metavar="CSV",
        help="Who is in the class: any CSV with a column of student ids, such as Canvas's"
        " gradebook, Moodle's worksheet or GitHub Classroom's roster.",
    ),
]
GradebookOption = Annotated[
    Path | None,
    typer.Option(
        "--gradebook",
        metavar="CSV",
        help="The course site's own table, to be filled in for import: Canvas's gradebook or"
        " Moodle's grading worksheet, in any language.",
    ),
]
AssignmentOption = Annotated[
    str,
    typer.Option(
        "--assignment", metavar="NAME", help="The assignment's column in Canvas's gradebook."
    ),
]
LayoutOption = Annotated[
    str,
    typer.Option(
        "--layout",
        metavar="|".join(LAYOUTS),
        help="How the source is laid out, if not as it looks.",
    ),
]


def batch(  # noqa: PLR0913, PLR0917  a command's options are its parameters
    context: typer.Context,
    source: SourceArgument,
    out: BatchOutOption,
    edition: EditionOption = None,
    data: DataOption = None,
    workers: WorkersOption = 0,
    roster: RosterOption = None,
    gradebook: GradebookOption = None,
    assignment: AssignmentOption = "",
    layout: LayoutOption = LAYOUTS[0],
    seed: SeedOption = 0,
    language: LanguageOption = "en",
    student_seconds: StudentSecondsOption = STUDENT_SECONDS,
    quiet: QuietOption = False,
) -> None:
    """
    Grade a whole class.

    Writes grades.csv, class.html and class.pdf, left-out.csv, tables for course sites in import/,
    and students/<id>/ with results, PDF and page of each. Ctrl-C or a crash loses only what is
    being graded: the same command goes on, and takes what has not changed from the run before.
    Exit status: 0 all graded; 2 the source cannot be read; 3 an edition or the data cannot be
    used; 4 the sandbox cannot be started; 5 somebody's work needs a person.
    """
    from grader.batch.chosen_edition import edition_of
    from grader.batch.engine import Batch, run_batch
    from grader.batch.imports.sheet import fill_sheet
    from grader.batch.job import Setting
    from grader.batch.outputs import write_outputs, write_overview
    from grader.batch.roster import ClassRoster, read_roster
    from grader.batch.rows import class_rows
    from grader.batch.sources.reading import read_source
    from grader.batch.sources.tree import open_tree

    quiet = quiet or context.obj["quiet"]
    require(language, LANGUAGES, "--language")
    require(layout, LAYOUTS, "--layout")
    require_folder(out)
    named = load_edition(edition or default_edition_id())
    try:
        if gradebook is not None:  # a table that cannot be filled is told before anything else
            fill_sheet(gradebook, [], assignment)
        listed = ClassRoster() if roster is None else read_roster(roster)
        with open_tree(source) as members:
            wanted = "" if layout == LAYOUTS[0] else layout
            found = read_source(members, named, listed, layout=wanted)
            chosen = edition or edition_of(found.submitted)
            speech, console = Translator(language, chosen), Console()
            if not quiet:
                show_source(console, found, chosen, speech)
            setting = Setting(
                edition=chosen,
                data="" if data is None else str(data.absolute()),
                student_seconds=student_seconds,
            )
            job = Batch(
                out=out,
                setting=setting,
                workers=workers or cores(),
                language=language,
                seed=seed,
            )
            with batch_progress(len(found.submitted), speech, quiet=quiet) as (totals, end, begin):
                graded = run_batch(
                    job, found.submitted, started=lambda _readiness: begin(), ended=end
                )
    except SubmissionError as error:
        raise SubmissionError(error.reason, language) from None
    except InterruptedRun:
        told = f"; what was graded is in {out}, the same command goes on from there"
        raise InterruptedRun(told) from None
    rows = class_rows(graded, listed)
    sheet = None if gradebook is None else fill_sheet(gradebook, rows, assignment)
    try:
        written = write_outputs(out, rows, found, language, gradebook=sheet, assignment=assignment)
    except OSError as error:
        raise unwritable(out, error.strerror or str(error)) from None
    pages, notes = write_overview(out, rows, edition=chosen, language=language)
    if not quiet:
        show_class(console, totals, rows, [*written, *pages], speech)
        for note in notes:
            console.print(note, style="yellow", markup=False, soft_wrap=True)
        if sheet is not None:
            show_filled(console, sheet, speech)
    if any(row.needs_person for row in rows):
        raise typer.Exit(NEEDS_PERSON)


def cores() -> int:
    """Return how many cores this process may use."""
    return (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
