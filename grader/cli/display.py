"""What the screen shows: progress while grading, and the result."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from grader.cli.translator import Translator
from grader.editions.loader import default_edition_id
from grader.locations import log_file
from grader.measurements import StageAccuracy
from grader.model import Finding, Grade, Outcome, Score
from grader.words.message import Message

SIGNS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.ERRORED: ("!", "red"),
    Outcome.SKIPPED: ("·", "yellow"),
    Outcome.PENDING: ("?", "magenta"),
}


class Show(Protocol):
    """Shows the running stage, and its progress where it reports any."""

    def __call__(self, stage: str, far: Message | None = None, /) -> None:
        """Show it from now on."""


STARTING = "Starting"


@dataclass
class StageTimes:
    """Measures each stage that it is told of, and shows it."""

    show: Show
    begun: float  # of time.monotonic, when the command began
    taken: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Seconds and this process's CPU seconds, by stage."""
    _stage: str = STARTING
    _cpu: float = 0.0  # of time.process_time, when the stage began

    def __call__(self, stage: str, far: Message | None = None, /) -> None:
        """Show the stage; the one before it has ended, unless it is the same."""
        if stage != self._stage:
            self.end(stage)
        self.show(stage, far)

    def end(self, following: str = "") -> None:
        """Note that the running stage has ended."""
        now, cpu = time.monotonic(), time.process_time()
        had = self.taken.get(self._stage, (0.0, 0.0))
        self.taken[self._stage] = (had[0] + now - self.begun, had[1] + cpu - self._cpu)
        self._stage, self.begun, self._cpu = following, now, cpu


@contextmanager
def progress(edition: str, language: str = "en", *, quiet: bool = False) -> Iterator[Show]:
    """Show the stage that is running and the time it has taken, on standard error."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _stage, _far=None: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        speech = Translator(language, edition)
        task = bar.add_task(speech.progress(STARTING))

        def show(stage: str, far: Message | None = None, /) -> None:
            bar.update(task, description=speech.progress(stage, far))

        yield show


def print_json(contents: Mapping[str, object]) -> None:
    """Print a results file's contents; in ASCII, which is the same in every encoding."""
    print(json.dumps(contents, indent=1, allow_nan=False))


def show_grade(
    console: Console,
    grade: Grade,
    written: Sequence[str],
    *,
    edition_was_given: bool,
    language: str = "en",
) -> None:
    """Print the score by criterion with its reasons, the accuracy ladder and what was written."""
    speech = Translator(language, grade.edition)
    console.print(Text(f"{speech.edition(grade)}{_why(speech, grade, edition_was_given)}"))
    student = speech("student", name=grade.student_id or speech("unknown"), files=_files(grade))
    console.print(Text(student))
    console.print(Text(speech("judged", data=speech.said(grade.data_name))))
    console.print()
    _print_scores(console, speech, grade.scores)
    console.print()
    _print_findings(console, speech, grade.findings)
    console.print(_ladder(speech, grade.accuracies))
    console.print()
    _print_notes(console, speech, grade)
    style = "bold green" if grade.points >= grade.max_points else "bold"
    console.print(speech.total(grade), style=style, highlight=False)
    for line in written:
        console.print(Text(f"  {line}"), soft_wrap=True)


def show_times(console: Console, times: StageTimes, *, edition: str, language: str = "en") -> None:
    """Print how long each stage took, in their order, and all together."""
    speech = Translator(language, edition)
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column(speech("times.stage"), no_wrap=True)
    for column in ("seconds", "cpu"):
        table.add_column(speech(f"times.{column}"), justify="right")
    for stage, taken in times.taken.items():
        table.add_row(Text(speech.progress(stage)), *(f"{one:.2f}" for one in taken))
    total = (sum(part) for part in zip(*times.taken.values(), strict=True))
    table.add_row(speech("times.total"), *(f"{one:.2f}" for one in total), style="bold")
    console.print()
    console.print(table)
    console.print(Text(speech("times.note"), style="dim"), soft_wrap=True)


def _why(speech: Translator, grade: Grade, was_given: bool) -> str:
    """Return why this edition was taken, nothing where it was named."""
    if was_given:
        return ""
    return speech("default" if grade.edition == default_edition_id() else "recognised")


def _files(grade: Grade) -> str:
    return ", ".join(file.name for file in grade.files)


def _print_scores(console: Console, speech: Translator, scores: Sequence[Score]) -> None:
    """Print a line for each criterion, by task, and under it the reason where points were lost."""
    titles = [cell_len(speech.criterion(score)) for score in scores]
    wide = min(max(titles), max(console.width - 24, 20))
    for task in dict.fromkeys(score.task for score in scores):
        mine = [score for score in scores if score.task == task]
        line = f"{_fitted(speech.task(mine[0]), wide + 4)}{_ratio(mine)}"
        console.print(Text(line, style="bold"))
        for score in mine:
            _print_score(console, speech, score, wide)


def _print_score(console: Console, speech: Translator, score: Score, wide: int) -> None:
    sign, colour = SIGNS[score.outcome]
    passed = sum(check.outcome is Outcome.PASSED for check in score.checks)
    line = Text("  ").append(sign, style=colour)
    title = _fitted(speech.criterion(score), wide)
    line.append(f" {title}{_ratio([score])}")
    if score.outcome is not Outcome.PENDING:
        line.append(f"  {speech('checks', passed=passed, all=len(score.checks))}", style="dim")
    console.print(line, no_wrap=True, overflow="ellipsis")
    if score.outcome is not Outcome.PASSED:
        console.print(Padding(Text(speech.reason(score)), (0, 2, 0, 6)))


def _fitted(text: str, width: int) -> str:
    """Return text as wide as *width* columns; a Chinese character takes two."""
    cut = text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"
    return set_cell_size(cut, width)


def _ratio(scores: Sequence[Score]) -> str:
    """Return the points of what was judged and their maximum, a dash where nothing was."""
    judged = [score for score in scores if score.outcome is not Outcome.PENDING]
    points = f"{sum(score.points for score in judged):g}" if judged else "-"
    if not any(score.max_points for score in scores):  # beyond the total
        return f"{'+' + points if judged else points:>7}    "
    return f"{points:>7}/{sum(score.max_points for score in judged or scores):<3g}"


def _ladder(speech: Translator, stages: Sequence[StageAccuracy]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column(speech("accuracy"), no_wrap=True)
    table.add_column("%", justify="right")
    table.add_column(speech("loss"), justify="right")
    table.add_column("", overflow="fold")
    for stage in stages:
        note = Text(speech.said(stage.note), "dim")
        table.add_row(Text(speech.stage(stage)), f"{stage.percent:.2f}", _loss(stage), note)
    return table


def _loss(stage: StageAccuracy) -> str:
    if stage.degradation is None:
        return ""
    return f"{stage.degradation:.2f} ± {stage.standard_error:.2f}"


def _print_findings(console: Console, speech: Translator, findings: Sequence[Finding]) -> None:
    for finding in findings:
        style = "bold" if finding.costs_points else "dim"
        where = speech("where", where=speech.said(finding.where)) if finding.where else ""
        console.print(Text(f"{speech.said(finding.title)}{where}", style=style))
        console.print(Padding(Text(speech.said(finding.message)), (0, 2)))
        console.print(Padding(Text(speech.said(finding.hint), style="italic"), (0, 2)))
        console.print()


def _print_notes(console: Console, speech: Translator, grade: Grade) -> None:
    for problem in grade.problems:
        console.print(Text(speech("note", text=speech.said(problem)), style="dim"))
    for remark in grade.staff_remarks:
        said = speech("for_staff", text=speech.said(remark))
        console.print(Text(said, style="yellow"), soft_wrap=True)
    if grade.own_code:
        console.print(Text(speech("note", text=speech("own_code")), style="yellow"))
    if grade.faults:
        text = speech("note", text=speech("our_fault", log=log_file()))
        console.print(Text(text, style="magenta"), soft_wrap=True)
    if grade.problems or grade.staff_remarks:
        console.print()
