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

from grader.cli.checked_options import require, unwritable
from grader.cli.commands.batch import (
    LAYOUTS,
    LayoutOption,
    RosterOption,
    SourceArgument,
    WorkersOption,
    cores,
)
from grader.cli.commands.check import EditionOption, LanguageOption, QuietOption
from grader.cli.translator import Translator
from grader.errors import SubmissionError
from grader.words.catalogue import LANGUAGES

if TYPE_CHECKING:
    from grader.batch.solutions import ClassCode
    from grader.similarity.pairs import Pair

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


def similarity(  # noqa: PLR0913, PLR0917  a command's options are its parameters
    context: typer.Context,
    source: SourceArgument,
    out: PageOption = Path("similar.html"),
    earlier: EarlierOption = None,
    edition: EditionOption = None,
    roster: RosterOption = None,
    layout: LayoutOption = LAYOUTS[0],
    workers: WorkersOption = 0,
    language: LanguageOption = "en",
    quiet: QuietOption = False,
) -> None:
    """
    Show which solutions of a class are alike.

    Compares the code that students wrote for the lab's functions: names, comments, order,
    formatting and the kind of a loop hide nothing, and what many have in common counts for
    nothing. Writes a page with each pair side by side and what matches marked. It is information
    for staff, no accusation, and changes no points. Nothing that was handed in is run.
    """
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
    except SubmissionError as error:
        raise SubmissionError(error.reason, language) from None
    known = [solution for other in others for solution in other.solutions]
    pairs = find_pairs(code.solutions, earlier=known, background=usual_answers(chosen))
    compared = len(code.solutions) + len(known)
    try:
        write_similarity(out, pairs, compared=compared, language=language)
    except OSError as error:
        raise unwritable(out, error.strerror or str(error)) from None
    if not quiet:
        _show(Translator(language, chosen), code, pairs, out)


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


def _show(speech: Translator, code: ClassCode, pairs: Sequence[Pair], out: Path) -> None:
    """Print how many were compared, the pairs most alike, whose code could not be read."""
    screen = Console()
    lines = [speech("similarity.found", compared=len(code.solutions), pairs=len(pairs))]
    named = ((pair.one.name, pair.other.name) for pair in pairs[:MOST_NAMED])
    lines += [speech("similarity.pair", one=one, other=other) for one, other in named]
    if len(pairs) > MOST_NAMED:
        lines.append(f"  … {len(pairs) - MOST_NAMED}")
    if code.unread:
        names = ", ".join(code.unread[:MOST_NAMED])
        lines.append(speech("similarity.unread", count=len(code.unread), names=names))
    for line in [*lines, f"  {out}"]:
        screen.print(Text(line), soft_wrap=True)
