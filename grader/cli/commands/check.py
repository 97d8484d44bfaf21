"""``grader check``: one submission in, a score with its reasons, a results file and a PDF out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader import grading, locations
from grader.cli import display
from grader.cli.inputs import read_files
from grader.cli.interrupt import InterruptedRun
from grader.cli.options.checked import require, require_folder, unwritable
from grader.cli.outputs import result_stem
from grader.editions.loader import Edition
from grader.errors import GraderError
from grader.model import Grade
from grader.results.exports.junit import junit_xml
from grader.results.file.written import results_of, to_json, write_results, write_whole
from grader.sandbox import policy
from grader.sandbox.budget import STUDENT_SECONDS
from grader.words.catalogue import LANGUAGES

KINDS = ("feedback", "report", "both")
FORMATS = ("markdown", "latex", "typst", "docx")  # what report_templates.export can write
# The exit statuses beside those of grader.errors.
TOO_FEW_POINTS = 1
PENDING = 5

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Everything one student handed in: a notebook (.ipynb), a script (.py), a folder or a"
        " .zip; a report PDF may lie beside it.",
        show_default=False,
    ),
]
EditionOption = Annotated[
    str | None,
    typer.Option(
        "--edition",
        metavar="ID",
        help="The edition of the lab (default: the one that the code was written for); see"
        " 'grader editions'.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The data set: torchvision's own files (see 'grader data fetch'), or folders"
        " train/<class>/ and test/<class>/ of images. Without it, an embedded sample is used.",
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where the results file and the PDF go.")
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", min=0, help="Seed of the probes; the same seed, the same result."
    ),
]
StudentOption = Annotated[
    str | None,
    typer.Option("--student-id", metavar="ID", help="Overrides the id in the file's name."),
]
NameOption = Annotated[
    str | None,
    typer.Option("--student-name", metavar="NAME", help="Stands beside the id in the documents."),
]
ExportOption = Annotated[
    list[str] | None,
    typer.Option(
        "--export",
        metavar="|".join(FORMATS),
        help="Also write the lab report in a format to go on writing in; may be given several"
        " times. Needs the extra 'export' (pip install 'quantization-lab-grader[export]').",
    ),
]
NoPdfOption = Annotated[bool, typer.Option("--no-pdf", help="Write no PDF.")]
LanguageOption = Annotated[
    str,
    typer.Option(
        "--language",
        metavar="|".join(LANGUAGES),
        help="Language of what is printed, and of the documents.",
    ),
]
HtmlOption = Annotated[
    bool, typer.Option("--html", help="Also write the document as one self-contained HTML page.")
]
KindOption = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="|".join(KINDS),
        help="What the PDF is: feedback with scores and findings, or the lab report in the"
        " edition's own structure, or both (the feedback is then <id>-feedback.pdf).",
    ),
]
OwnCodeOption = Annotated[
    bool,
    typer.Option(
        "--own-code",
        help="Only for your own file on your own machine: grade even where the sandbox cannot be"
        " made tight (macOS, Windows). The result says so.",
    ),
]
StudentSecondsOption = Annotated[
    float,
    typer.Option(
        "--student-seconds",
        metavar="N",
        min=1.0,
        envvar="GRADER_STUDENT_SECONDS",
        help="How long the submission's own code may run, all of its calls together.",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print the results file on standard output, and all else on standard error.",
    ),
]
JUnitOption = Annotated[
    Path | None,
    typer.Option(
        "--junit",
        metavar="FILE",
        help="Also write the criteria as JUnit tests, which CI systems show.",
    ),
]
FailUnderOption = Annotated[
    float | None,
    typer.Option(
        "--fail-under",
        metavar="POINTS",
        min=0.0,
        help="End with exit status 1 where fewer points are earned.",
    ),
]
TimingsOption = Annotated[
    bool, typer.Option("--timings", help="Also print how long each stage took.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]


# long: its options are its parameters, one a line
def check(  # noqa: PLR0913, PLR0917  a command's options are its parameters
    context: typer.Context,
    files: Files,
    edition: EditionOption = None,
    data: DataOption = None,
    out: OutOption = Path(),
    seed: SeedOption = 0,
    student_id: StudentOption = None,
    student_name: NameOption = None,
    no_pdf: NoPdfOption = False,
    html: HtmlOption = False,
    export: ExportOption = None,
    kind: KindOption = KINDS[0],
    language: LanguageOption = "en",
    own_code: OwnCodeOption = False,
    student_seconds: StudentSecondsOption = STUDENT_SECONDS,
    json: JsonOption = False,
    junit: JUnitOption = None,
    fail_under: FailUnderOption = None,
    timings: TimingsOption = False,
    quiet: QuietOption = False,
) -> None:
    """
    Grade one submission.

    Writes <out>/hw1_<id>.json (a Gradescope results file) and <out>/hw1_<id>.pdf, and prints the
    score. Exit status: 0 graded, whatever the score; 1 fewer points than --fail-under; 2 the files
    cannot be graded; 3 an edition or the data cannot be used; 4 the sandbox cannot be started; 5
    pending: the grader itself failed in a part, whose points wait for staff.
    """
    from report_templates.recognition import remarks_on_report

    begun = time.monotonic()
    quiet = quiet or context.obj["quiet"]
    require(language, LANGUAGES, "--language")
    require(kind, KINDS, "--kind")
    for wanted in export or ():
        require(wanted, FORMATS, "--export")
    require_folder(out)
    chosen, handout = read_files(edition, files, student_id=student_id, language=language)
    with display.progress(chosen.id, language, quiet=quiet) as show:
        notify = display.StageTimes(show, begun)
        grade = grade_one(
            chosen,
            handout,
            data=data,
            seed=seed,
            own_code=own_code,
            student_seconds=student_seconds,
            notify=notify,
        )
        remarks = remarks_on_report(chosen, files, handout.submission.student_id).said
        grade = grading.with_seconds(grade, time.monotonic() - begun)
        grade = replace(grade, staff_remarks=remarks, student_name=student_name or "")
        notify("Report")
        written = _write(
            grade,
            out,
            kind=kind,
            pdf=not no_pdf,
            html=html,
            exports=tuple(dict.fromkeys(export or ())),
            language=language,
        )
        if junit is not None:
            written.append(_write_junit(grade, junit))
        notify.end()
    if json:
        display.print_json(to_json(grade))
    if not quiet:
        told, given = Console(stderr=json), edition is not None
        display.show_grade(told, grade, written, edition_was_given=given, language=language)
        if timings:
            display.show_times(told, notify, edition=chosen.id, language=language)
    _exit_unless_enough(grade, fail_under)


def _exit_unless_enough(grade: Grade, fail_under: float | None) -> None:
    """End with the exit status of a grade that is pending, or has too few points."""
    if grade.state == "pending":
        raise typer.Exit(PENDING)
    if fail_under is not None and grade.points < fail_under:
        raise typer.Exit(TOO_FEW_POINTS)


def grade_one(  # noqa: PLR0913  what one grading depends on
    edition: Edition,
    handout: grading.Prepared,
    *,
    data: Path | None = None,
    seed: int = 0,
    own_code: bool = False,
    student_seconds: float = STUDENT_SECONDS,
    notify: display.Show = lambda _stage, _far=None: None,
) -> Grade:
    """Return the grade of a submission in a sandbox of its own, on *data* or the sample."""
    level = policy.own_code() if own_code else policy.full()
    with grading.open_sandbox(
        edition, handout.program, policy=level, student_seconds=student_seconds
    ) as sandbox:
        notify("Data")
        baseline = locations.open_baseline(edition, data, lambda far: notify("Data", far))
        return grading.grade(
            sandbox,
            edition,
            handout,
            baseline,
            seed=seed,
            secret=locations.probe_secret(),
            own_code=own_code,
            notify=notify,
        )


def _write_junit(grade: Grade, target: Path) -> str:
    """Write the criteria as JUnit tests; return the file's name."""
    name = f"{grade.assignment} {grade.student_id or 'unknown'}"
    try:
        write_whole(target, junit_xml(results_of(grade), name))
    except OSError as error:
        reason = error.strerror or str(error)
        msg = f"{target}: cannot be written ({reason}); choose another --junit"
        raise GraderError(msg) from None
    return str(target)


def _write(  # noqa: PLR0913  which documents, and where
    grade: Grade,
    out: Path,
    *,
    kind: str,
    pdf: bool,
    html: bool,
    exports: Sequence[str],
    language: str,
) -> list[str]:
    """Write the results file and the documents of *kind* beside it; return a line about each."""
    try:
        with result_stem(out, grade) as stem:
            results = write_results(grade, stem.with_name(f"{stem.name}.json"))
    except OSError as error:
        raise unwritable(out, error.strerror or str(error)) from None
    lines = [f"{stem.name}.json"]
    if not pdf and not html and not exports:
        return lines
    # The command line is where the rooms meet; nothing else in grader/ knows the report.
    from report_templates.export import ENDINGS, Write, exporter
    from report_templates.render import RenderError, render_pdf, write_page

    kinds = {"both": {"": "report", "-feedback": "feedback"}}.get(kind, {"": kind})
    made: list[tuple[Write, str, str]] = []
    made += [(write_page, f"{name}.html", one) for name, one in kinds.items() if html]
    made += [(render_pdf, f"{name}.pdf", one) for name, one in kinds.items() if pdf]
    made += [(exporter(one), f"-report{ENDINGS[one]}", "report") for one in exports]
    for write, ending, shown in made:
        name = f"{stem.name}{ending}"
        try:
            write(results, stem.with_name(name), language=language, kind=shown)
        except InterruptedRun:
            left = f"; {', '.join(lines)} is written, {name} is not"
            raise InterruptedRun(left) from None
        except RenderError as error:
            lines.append(str(error))
        else:
            lines.append(name)
    return [*dict.fromkeys(lines)]
