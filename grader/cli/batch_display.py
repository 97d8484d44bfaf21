"""What the screen shows of a batch: how far it is, how fast, and what has come out so far."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from grader.batch.records import GRADED, PENDING, REFUSED
from grader.cli.translator import Translator

if TYPE_CHECKING:  # they would make every other command wait
    from grader.batch.class_run import Similar
    from grader.batch.engine import Graded
    from grader.batch.imports.sheet import FilledSheet
    from grader.batch.rows import ClassRow
    from grader.batch.sources.submitted import Source
    from grader.words.message import Message

MOST_NAMED = 20
BAR_COLUMNS = 14


@dataclass
class Totals:
    """What has come out so far."""

    states: Counter[str] = field(default_factory=Counter)
    points: list[float] = field(default_factory=list)
    cached: int = 0
    begun: float = field(default_factory=time.monotonic)

    def add(self, one: Graded) -> None:
        """Count one more."""
        self.states[one.record.state] += 1
        self.cached += one.is_cached
        if one.record.state == GRADED and one.record.score is not None:
            self.points.append(one.record.score)

    @property
    def done(self) -> int:
        """Return how many have ended."""
        return self.states.total()

    @property
    def rate(self) -> float:
        """Return submissions graded a second, those that were taken from an earlier run aside."""
        return (self.done - self.cached) / max(time.monotonic() - self.begun, 1e-9)

    def numbers(self) -> Mapping[str, str]:
        """Return the totals as they are said."""
        mean = sum(self.points) / len(self.points) if self.points else None
        return {
            "graded": str(self.states[GRADED]),
            "pending": str(self.states[PENDING]),
            "refused": str(self.states[REFUSED]),
            "cached": str(self.cached),
            "mean": "-" if mean is None else f"{mean:.1f}",
        }


@dataclass(kw_only=True)
class BatchProgress:
    """How far a batch is; it is told as the processes stand and as each submission ends."""

    total: int
    show: Callable[[int, str], None]  # how many have ended, and the line beside that
    speech: Translator
    totals: Totals = field(default_factory=Totals)
    sent: int = 0

    def prepare(self, far: Message) -> None:
        """Show how far images and float networks are, which the first process measures."""
        self.show(self.totals.done, self.speech.progress("Data", far))

    def begin(self) -> None:
        """Begin to measure the rate: the processes stand."""
        self.totals.begun = time.monotonic()
        self.show(self.totals.done, self.speech("batch.begun"))

    def hand_in(self) -> None:
        """Count one more that the service has."""
        self.sent += 1
        told = self.speech("batch.sent", count=str(self.sent), total=str(self.total))
        self.show(self.totals.done, told)

    def end(self, one: Graded) -> None:
        """Count one more that has ended."""
        self.totals.add(one)
        self.show(self.totals.done, _far(self.totals, self.total, self.speech))


@contextmanager
def batch_progress(total: int, speech: Translator, *, quiet: bool) -> Iterator[BatchProgress]:
    """Give what is told how far the batch is, and shows it on a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield BatchProgress(total=total, show=lambda _done, _told: None, speech=speech)
        return
    told = TextColumn("{task.description}", markup=False)  # in two lines: 80 columns hold it
    columns = (BarColumn(BAR_COLUMNS), MofNCompleteColumn(), told)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(speech("batch.starting"), total=total)

        def show(done: int, told: str) -> None:
            bar.update(task, completed=done, description=told)

        yield BatchProgress(total=total, show=show, speech=speech)


def _far(totals: Totals, total: int, speech: Translator) -> str:
    seconds = (total - totals.done) / totals.rate if totals.rate > 0 else 0.0
    left = f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
    return speech("batch.far", rate=f"{totals.rate:.2f}", left=left, **totals.numbers())


def show_source(console: Console, source: Source, edition: str, speech: Translator) -> None:
    """Print in which layout the work was found, and for which edition it is graded."""
    layout = speech(f"batch.layout.{source.layout}")
    numbers = {"count": str(len(source.submitted)), "left": str(len(source.left_out))}
    console.print(Text(speech("batch.found", layout=layout, edition=edition, **numbers)))


def show_class(
    console: Console,
    totals: Totals,
    rows: Sequence[ClassRow],
    written: Sequence[Path],
    speech: Translator,
) -> None:
    """Print the totals, those that a person has to look at, and what was written."""
    console.print(Text(speech("batch.totals", **totals.numbers()), style="bold"))
    human = [row for row in rows if row.needs_person]
    if human:
        console.print(Text(speech("batch.human", count=len(human))))
    for row in human[:MOST_NAMED]:
        console.print(Text(f"  {row.submitted.key}: {_why(row, speech)}"), soft_wrap=True)
    if len(human) > MOST_NAMED:
        console.print(Text(f"  … {len(human) - MOST_NAMED}"))
    for path in written:
        console.print(Text(f"  {path}"), soft_wrap=True)


def show_similar(console: Console, alike: Similar, speech: Translator) -> None:
    """Print how many pairs of solutions, and how many reports, there are to look at."""
    if alike.pairs:
        console.print(Text(speech("batch.similar", pairs=alike.pairs), style="yellow"))
    if alike.reports:
        console.print(Text(speech("batch.reports", count=alike.reports), style="yellow"))


def show_filled(console: Console, sheet: FilledSheet, speech: Translator) -> None:
    """Print how many grades the course site's own table has now, and whom it does not know."""
    console.print(Text(speech("batch.filled", count=sheet.filled, site=sheet.site.capitalize())))
    if sheet.remark is not None:
        console.print(Text(speech.said(sheet.remark), style="yellow"), soft_wrap=True)
    if sheet.unmatched:
        names = ", ".join(sheet.unmatched[:MOST_NAMED])
        told = speech("batch.unmatched", count=len(sheet.unmatched), names=names)
        console.print(Text(told, style="yellow"), soft_wrap=True)


def _why(row: ClassRow, speech: Translator) -> str:
    late = row.lateness
    too_late = late.said if late is not None and late.needs_person else None
    reasons = [row.submitted.unclear, row.record.said, too_late]
    told = [speech.said(one) for one in reasons if one is not None]
    return "; ".join(told) or speech(f"batch.state.{row.record.state}")
