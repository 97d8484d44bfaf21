"""``grader gradescope``: the grader as an autograder on Gradescope."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from grader import grading, locations
from grader.cli.autograder.build import VISIBILITIES, Settings, autograder_zip
from grader.cli.autograder.run import Place, refused, shown_at
from grader.cli.commands.check import DataOption, LanguageOption, grade_one
from grader.cli.options.checked import require
from grader.editions.loader import Edition, load_edition
from grader.errors import GraderError, SubmissionError
from grader.results.file import schema
from grader.results.file.written import write_results, write_whole
from grader.words.catalogue import LANGUAGES

app = typer.Typer(
    help="The grader as an autograder on Gradescope.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
EditionOption = Annotated[
    str,
    typer.Option("--edition", metavar="ID", help="Which edition; see 'grader editions'."),
]
VisibilityOption = Annotated[
    str,
    typer.Option(
        "--visibility",
        metavar="|".join(VISIBILITIES),
        help="When students see their points. What waits for staff is hidden until it is settled.",
    ),
]
RootOption = Annotated[
    Path, typer.Option("--root", metavar="DIR", help="Gradescope's folder.", hidden=True)
]


@app.command("build")
# long: its options are its parameters
def build(  # noqa: PLR0913, PLR0917  a command's options are its parameters
    edition: EditionOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The zip to write.")] = Path(
        "autograder.zip"
    ),
    visibility: VisibilityOption = VISIBILITIES[0],
    language: LanguageOption = "en",
    fetch_data: Annotated[
        bool,
        typer.Option(
            "--fetch-data",
            help="Download the edition's data set when the image is built, and judge on it."
            " Without it, submissions are judged on the embedded sample.",
        ),
    ] = False,
    torch_index: Annotated[
        str,
        typer.Option(
            "--torch-index",
            metavar="URL",
            help="A package index with wheels of torch for CPUs, which are 4 GB smaller.",
        ),
    ] = "",
) -> None:
    """
    Write the zip that is uploaded under "Configure Autograder".

    Choose a base image with Python 3.11 or newer (Ubuntu 22.04 and later have one). The zip holds
    a secret from which the probes are drawn: do not publish it.
    """
    require(visibility, VISIBILITIES, "--visibility")
    require(language, LANGUAGES, "--language")
    settings = Settings(
        edition=load_edition(edition).id,
        visibility=visibility,
        language=language,
        fetch_data=fetch_data,
        torch_index=torch_index,
    )
    content = autograder_zip(settings)
    try:
        write_whole(out, content)
    except OSError as error:
        reason = error.strerror or str(error)
        msg = f"{out}: cannot be written ({reason}); choose another --out"
        raise GraderError(msg) from None
    size = f"{len(content) / 1e6:.1f} MB"
    Console().print(Text(f"{out} ({size}) grades {settings.edition} on Gradescope"))


@app.command("prepare", hidden=True)
def prepare(edition: EditionOption, data: DataOption = None) -> None:
    """Compute what is the same for every submission; the image's setup runs this once."""
    locations.open_baseline(load_edition(edition), data)


@app.command("run", hidden=True)
def run(
    edition: EditionOption,
    visibility: VisibilityOption = VISIBILITIES[0],
    language: LanguageOption = "en",
    data: DataOption = None,
    root: RootOption = Path("/autograder"),
) -> None:
    """
    Grade what lies in <root>/submission; write <root>/results/results.json and the documents.

    Files that cannot be graded earn nothing, and the student reads why. Where the grader itself
    fails, nothing is written and the exit status is not 0: Gradescope shows no score then.
    """
    place, chosen = Place(root=root), load_edition(edition)
    target = place.results / "results.json"
    try:
        handout = grading.read(chosen, [place.submission], student_id=place.student())
    except SubmissionError as error:
        _write(target, refused(error, language))
        return
    contents = _graded(chosen, handout, place, data=data, language=language)
    _write(target, shown_at(contents, visibility))


def _graded(
    edition: Edition,
    handout: grading.Prepared,
    place: Place,
    *,
    data: Path | None,
    language: str,
) -> dict[str, object]:
    """Return the results of a submission, with its documents beside them."""
    from report_templates.render import RenderError, render_pdf, write_page

    grade = grade_one(edition, handout, data=data)
    results = write_results(grade, place.results / "grade.json")
    for write, name in ((render_pdf, "feedback.pdf"), (write_page, "feedback.html")):
        try:
            write(results, place.results / name, language=language)
        except RenderError as error:  # a document never costs a grade
            Console(stderr=True).print(Text(str(error)))
    return schema.dump(results)


def _write(target: Path, contents: dict[str, object]) -> None:
    write_whole(target, (json.dumps(contents, ensure_ascii=False, indent=1) + "\n").encode())
