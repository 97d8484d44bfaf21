"""``grader batch``: a whole class in, grades, documents and files for the course site out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from grader.cli.batch_display import (
    BatchProgress,
    batch_progress,
    show_class,
    show_filled,
    show_similar,
    show_source,
)
from grader.cli.commands.check import (
    DataOption,
    EditionOption,
    LanguageOption,
    QuietOption,
    SeedOption,
    StudentSecondsOption,
)
from grader.cli.interrupt import InterruptedRun
from grader.cli.options.checked import require, require_folder, unwritable
from grader.cli.options.late import (
    DueOption,
    LateDaysOption,
    LatePercentOption,
    ZoneOption,
    due_date,
)
from grader.cli.options.server import ServerOption, TokenFileOption, server_of
from grader.cli.translator import Translator
from grader.errors import SubmissionError
from grader.sandbox.budget import STUDENT_SECONDS
from grader.words.catalogue import LANGUAGES

if TYPE_CHECKING:
    from grader.batch.class_run import ClassRequest, ClassWork
    from grader.batch.rows import ClassRow

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
HandoutOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--handout",
        metavar="FILE",
        help="What the course handed out (PDF or notebook): what of it stands in reports counts"
        " for nothing when they are compared; may be given several times.",
    ),
]


# long: its options are its parameters, one a line
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
    handout: HandoutOption = None,
    due: DueOption = "",
    zone: ZoneOption = "",
    late_percent: LatePercentOption = None,
    late_days: LateDaysOption = None,
    seed: SeedOption = 0,
    language: LanguageOption = "en",
    student_seconds: StudentSecondsOption = STUDENT_SECONDS,
    server: ServerOption = "",
    token_file: TokenFileOption = None,
    quiet: QuietOption = False,
) -> None:
    """
    Grade a whole class, here or by a service.

    Writes grades.csv, class.html and class.pdf, similar.html, left-out.csv, tables for course
    sites in import/, and students/<id>/ with results, PDF and page of each. Ctrl-C or a crash
    loses only what is being graded: the same command goes on, and takes what has not changed from
    the run before.
    Exit status: 0 all graded; 1 --server cannot be reached or refuses; 2 the source cannot be
    read; 3 an edition or the data cannot be used; 4 the sandbox cannot be started; 5 somebody's
    work needs a person.
    """
    from grader.batch.class_run import ClassRequest

    quiet = quiet or context.obj["quiet"]
    require(language, LANGUAGES, "--language")
    require(layout, LAYOUTS, "--layout")
    require_folder(out)
    request = ClassRequest(
        source=source,
        out=out,
        workers=workers or cores(),
        student_seconds=student_seconds,
        edition=edition or "",
        data=data,
        roster=roster,
        gradebook=gradebook,
        assignment=assignment,
        layout="" if layout == LAYOUTS[0] else layout,
        seed=seed,
        language=language,
        handout=tuple(handout or ()),
        due=None if server else due_date(due, zone, late_percent, late_days),
        server=server_of(context, server, token_file, zone),
    )
    try:
        rows = _run(request, quiet=quiet)
    except SubmissionError as error:
        raise SubmissionError(error.reason, language) from None
    except InterruptedRun:
        told = f"; what was graded is in {out}, the same command goes on from there"
        raise InterruptedRun(told) from None
    except OSError as error:
        raise unwritable(out, error.strerror or str(error)) from None
    if any(row.needs_person for row in rows):
        raise typer.Exit(NEEDS_PERSON)


def _run(request: ClassRequest, *, quiet: bool) -> Sequence[ClassRow]:
    """Grade the class and show how it goes; return its rows."""
    from grader.batch.class_run import compare_class, hand_back, open_class

    console = Console(quiet=quiet)
    with open_class(request) as work:
        speech = Translator(request.language, work.edition)
        show_source(console, work.source, work.edition, speech)
        count = len(work.source.submitted)
        with batch_progress(count, speech, quiet=quiet) as progress:
            rows = _graded(request, work, progress)
        alike = compare_class(request, work)
    back = hand_back(request, work, rows)
    show_class(console, progress.totals, rows, [*back.written, alike.page], speech)
    show_similar(console, alike, speech)
    if back.gradebook is not None:
        show_filled(console, back.gradebook, speech)
    for note in back.notes:
        console.print(note, style="yellow", markup=False, soft_wrap=True)
    return rows


def _graded(request: ClassRequest, work: ClassWork, progress: BatchProgress) -> Sequence[ClassRow]:
    """Return a row for each person, graded here or by a service."""
    from grader.batch.class_run import grade_by_server, grade_class

    if request.server is None:
        return grade_class(
            request,
            work,
            starting=progress.prepare,
            started=lambda _readiness: progress.begin(),
            ended=progress.end,
        )
    return grade_by_server(
        request, request.server, work, handed_in=progress.hand_in, ended=progress.end
    )


def cores() -> int:
    """Return how many cores this process may use."""
    return (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
