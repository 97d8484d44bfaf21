"""What the screen shows: progress while grading, and the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from grader.grading import Notify
from grader.locations import log_file
from grader.model import Finding, Grade, Outcome, Score, StageAccuracy

SIGNS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.ERRORED: ("!", "red"),
    Outcome.SKIPPED: ("·", "yellow"),
    Outcome.UNGRADED: ("?", "magenta"),
}


@contextmanager
def progress() -> Iterator[Notify]:
    """Show the stage that is running and the time it has taken, on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _stage: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Starting")
        yield lambda stage: bar.update(task, description=stage)


def show_grade(
    console: Console, grade: Grade, written: Sequence[str], *, edition_was_given: bool
) -> None:
    """Print the score by criterion with its reasons, the accuracy ladder and what was written."""
    default = "" if edition_was_given else "  (default; see --edition)"
    console.print(f"{grade.edition_title}{default}", highlight=False)
    console.print(
        f"student {escape(grade.student_id or 'unknown')}, {_files(grade)}", highlight=False
    )
    console.print(f"judged on {grade.data_name}", highlight=False)
    console.print()
    _print_scores(console, grade.scores)
    console.print()
    _print_findings(console, grade.findings)
    console.print(_ladder(grade.accuracies))
    console.print()
    _print_notes(console, grade)
    style = "bold green" if grade.points == grade.max_points else "bold"
    console.print(f"{grade.points:g} of {grade.max_points:g} points", style=style, highlight=False)
    for line in written:
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)


def _files(grade: Grade) -> str:
    return ", ".join(escape(file.name) for file in grade.files)


def _print_scores(console: Console, scores: Sequence[Score]) -> None:
    """Print a line for each criterion, by task, and under it the reason where points were lost."""
    wide = min(max(len(score.title) for score in scores), max(console.width - 24, 20))
    for task in dict.fromkeys(score.task for score in scores):
        mine = [score for score in scores if score.task == task]
        heading = f"{mine[0].task_title} (question {mine[0].question})"
        earned, possible = (sum(s.points for s in mine), sum(s.max_points for s in mine))
        line = f"{_cut(heading, wide + 4):{wide + 4}}{_ratio(earned, possible)}"
        console.print(Text(line, style="bold"))
        for score in mine:
            _print_score(console, score, wide)


def _print_score(console: Console, score: Score, wide: int) -> None:
    sign, colour = SIGNS[score.outcome]
    passed = sum(check.outcome is Outcome.PASSED for check in score.checks)
    line = Text("  ").append(sign, style=colour)
    line.append(f" {_cut(score.title, wide):{wide}}{_ratio(score.points, score.max_points)}")
    line.append(f"  {passed} of {len(score.checks)} checks", style="dim")
    console.print(line, no_wrap=True, overflow="ellipsis")
    if score.outcome is not Outcome.PASSED:
        console.print(Padding(Text(score.reason), (0, 2, 0, 6)))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _ratio(points: float, possible: float) -> str:
    return f"{points:>7g}/{possible:<3g}"


def _ladder(stages: Sequence[StageAccuracy]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Accuracy", no_wrap=True)
    table.add_column("%", justify="right")
    table.add_column("loss", justify="right")
    table.add_column("", overflow="fold")
    for stage in stages:
        table.add_row(stage.title, f"{stage.percent:.2f}", _loss(stage), Text(stage.note, "dim"))
    return table


def _loss(stage: StageAccuracy) -> str:
    if stage.degradation is None:
        return ""
    return f"{stage.degradation:.2f} ± {stage.standard_error:.2f}"


def _print_findings(console: Console, findings: Sequence[Finding]) -> None:
    for finding in findings:
        style = "bold" if finding.costs_points else "dim"
        where = f"  ({finding.where})" if finding.where else ""
        console.print(Text(f"{finding.title}{where}", style=style))
        console.print(Padding(Text(finding.message), (0, 2)))
        if finding.hint:
            console.print(Padding(Text(finding.hint, style="italic"), (0, 2)))
        console.print()


def _print_notes(console: Console, grade: Grade) -> None:
    for problem in grade.problems:
        console.print(Text(f"note: {problem}", style="dim"))
    if grade.own_code:
        console.print(Text("note: graded without a tight sandbox (--own-code)", style="yellow"))
    if any(score.outcome is Outcome.UNGRADED for score in grade.scores):
        text = f"note: the grader failed in parts; no points were lost. Details: {log_file()}"
        console.print(Text(text, style="magenta"), soft_wrap=True)
    if grade.problems:
        console.print()
