"""``grader similarity``: which solutions of a class are alike, for staff to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from grader.cli.commands.batch import (
    LAYOUTS,
    HandoutOption,
    LayoutOption,
    RosterOption,
    SourceArgument,
    WorkersOption,
    cores,
)
from grader.cli.commands.check import EditionOption, LanguageOption, QuietOption
from grader.cli.options.checked import require, unwritable
from grader.cli.translator import Translator
from grader.errors import SubmissionError
from grader.words.catalogue import LANGUAGES

if TYPE_CHECKING:
    from grader.batch.solutions import ClassCode
    from grader.similarity.pairs import Pair
    from report_templates.similarity.reports_view import ReportFindings

MOST_NAMED = 20

PageOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The page to write (HTML).")
]
EarlierOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--earlier",
        metavar="SOURCE",
        help="An earlier year's work, to compare with as well; may be given several times.",
    ),
]


# long: its options are its parameters, one a line
def similarity(  # noqa: PLR0913, PLR0917  a command's options are its parameters
    context: typer.Context,
    source: SourceArgument,
    out: PageOption = Path("similar.html"),
    earlier: EarlierOption = None,
    handout: HandoutOption = None,
    edition: EditionOption = None,
    roster: RosterOption = None,
    layout: LayoutOption = LAYOUTS[0],
    workers: WorkersOption = 0,
    language: LanguageOption = "en",
    quiet: QuietOption = False,
) -> None:
    """
    Show which solutions and reports of a class are alike.

    Compares the code that students wrote for the lab's functions: names, comments, order,
    formatting and the kind of a loop hide nothing, and what many have in common counts for
    nothing. Compares the reports that were handed in as PDF by their text and pictures, and names
    those that this grader made. Writes a page with each pair side by side and what matches
    marked. It is information for staff, no accusation, and changes no points. Nothing that was
    handed in is run.
    """
    from grader.batch.reports import compare_reports
    from grader.similarity.background import usual_answers
    from grader.similarity.pairs import find_pairs
    from report_templates.similarity.render import write_similarity

    quiet = quiet or context.obj["quiet"]
    require(language, LANGUAGES, "--language")
    require(layout, LAYOUTS, "--layout")
    ask = partial(_code, workers=workers or cores(), language=language, quiet=quiet)
    try:
        chosen, code = ask(source, edition, roster, layout)
        others = [ask(one, chosen, year=one.stem)[1] for one in earlier or ()]
        reports = compare_reports(code, others, handout or ())
    except SubmissionError as error:
        raise SubmissionError(error.reason, language) from None
    known = [solution for other in others for solution in other.solutions]
    pairs = find_pairs(code.solutions, earlier=known, background=usual_answers(chosen))
    compared = len(code.solutions) + len(known)
    try:
        write_similarity(out, pairs, compared=compared, reports=reports, language=language)
    except OSError as error:
        raise unwritable(out, error.strerror or str(error)) from None
    if not quiet:
        speech = Translator(language, chosen)
        shown = [*_about_code(speech, code, pairs), *_about_reports(speech, reports), f"  {out}"]
        for line in shown:
            Console().print(Text(line), soft_wrap=True)


def _code(  # noqa: PLR0913  what reading a source depends on
    source: Path,
    edition: str | None,
    roster: Path | None = None,
    layout: str = LAYOUTS[0],
    *,
    workers: int,
    language: str,
    quiet: bool,
    year: str = "",
) -> tuple[str, ClassCode]:
    """Return the edition of a class's work, and its code, with a bar while it is read."""
    from grader.batch.class_run import open_work
    from grader.batch.solutions import read_class

    wanted = "" if layout == LAYOUTS[0] else layout
    with open_work(source, edition=edition or "", roster=roster, layout=wanted) as work:
        submitted, speech = work.source.submitted, Translator(language, work.edition)
        with _bar(len(submitted), speech, quiet=quiet) as advance:
            code = read_class(submitted, work.edition, workers=workers, year=year, on_read=advance)
        return work.edition, code


@contextmanager
def _bar(total: int, speech: Translator, *, quiet: bool) -> Iterator[Callable[[], None]]:
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(speech("similarity.reading"), total=total)
        yield lambda: bar.advance(task)


def _about_code(speech: Translator, code: ClassCode, pairs: Sequence[Pair]) -> list[str]:
    """Return how many were compared, the pairs most alike, whose code could not be read."""
    lines = [speech("similarity.found", compared=len(code.solutions), pairs=len(pairs))]
    named = ((pair.one.name, pair.other.name) for pair in pairs[:MOST_NAMED])
    lines += [speech("similarity.pair", one=one, other=other) for one, other in named]
    if len(pairs) > MOST_NAMED:
        lines.append(f"  … {len(pairs) - MOST_NAMED}")
    if code.unread:
        names = ", ".join(code.unread[:MOST_NAMED])
        lines.append(speech("similarity.unread", count=len(code.unread), names=names))
    return lines


def _about_reports(speech: Translator, found: ReportFindings) -> list[str]:
    """Return who holds one report with others, and what is told of single ones."""
    if not found.compared:
        return []
    numbers = {"shared": len(found.shared), "generated": len(found.generated)}
    lines = [speech("similarity.reports", compared=found.compared, **numbers)]
    held = [
        " \u2013 ".join(", ".join(one.name for one in side) for side in shared.sides)
        for shared in found.shared
    ]
    lines += [speech("similarity.report", names=names) for names in held[:MOST_NAMED]]
    told = [*found.generated, *found.unread]
    lines += [
        speech("similarity.told", name=one.name, said=speech.said(one.said))
        for one in told[:MOST_NAMED]
    ]
    left = sum(max(len(some) - MOST_NAMED, 0) for some in (held, told))
    return [*lines, f"  … {left}"] if left else lines
