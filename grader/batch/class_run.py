"""A class from source to what is handed back: the three steps that a command shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

from grader.batch.chosen_edition import edition_of
from grader.batch.engine import STATE_FOLDER, Batch, Graded, alone, run_batch
from grader.batch.imports.sheet import FilledSheet, fill_sheet
from grader.batch.job import Setting
from grader.batch.late.moments import Moments, read_moments
from grader.batch.late.rule import DueDate, Lateness, lateness_by_key
from grader.batch.outputs import write_outputs, write_overview
from grader.batch.reports import compare_reports
from grader.batch.roster import ClassRoster, read_roster
from grader.batch.rows import ClassRow, class_rows
from grader.batch.solutions import read_class
from grader.batch.sources.reading import read_source
from grader.batch.sources.submitted import Source
from grader.batch.sources.tree import open_tree
from grader.editions.loader import default_edition_id, load_edition
from grader.errors import SubmissionError
from grader.similarity.background import usual_answers
from grader.similarity.pairs import find_pairs
from grader.words.message import message
from grader.workers.slots import Readiness, Starting
from report_templates.similarity.render import write_similarity


@dataclass(frozen=True, kw_only=True)
class Server:
    """A service that grades, by its address and the token of one of its staff."""

    address: str
    token: str = field(repr=False)
    zone: tzinfo = UTC  # by whose clock tables say when work was handed in


@dataclass(frozen=True, kw_only=True)
class ClassRequest:
    """What a batch was asked for; an empty text means that nobody said it."""

    source: Path
    out: Path
    workers: int
    student_seconds: float
    edition: str = ""
    data: Path | None = None
    roster: Path | None = None
    gradebook: Path | None = None
    assignment: str = ""  # its column in the gradebook
    layout: str = ""
    seed: int = 0
    language: str = "en"
    due: DueDate | None = None  # None: nobody is late
    server: Server | None = None  # None: it is graded on this machine
    handout: Sequence[Path] = ()  # what of it stands in a report says nothing


@dataclass(frozen=True, kw_only=True)
class Similar:
    """The page of what is alike, and how much there is to look at."""

    page: Path
    pairs: int
    reports: int


@dataclass(frozen=True, kw_only=True)
class ClassWork:
    """What was handed in, who is in the class, and by which edition it is graded."""

    source: Source
    roster: ClassRoster
    edition: str


@dataclass(frozen=True, kw_only=True)
class HandedBack:
    """The files that were written, why one is missing, and the gradebook that was filled in."""

    written: Sequence[Path]
    notes: Sequence[str]
    gradebook: FilledSheet | None


@contextmanager
def open_class(request: ClassRequest) -> Iterator[ClassWork]:
    """
    Give the class's work, readable as long as this lasts.

    Raise SubmissionError where source, roster or gradebook cannot be used: before anything is
    graded.
    """
    if request.gradebook is not None:
        fill_sheet(request.gradebook, [], request.assignment)
    with open_work(
        request.source, edition=request.edition, roster=request.roster, layout=request.layout
    ) as work:
        yield work


@contextmanager
def open_work(
    path: Path, *, edition: str = "", roster: Path | None = None, layout: str = ""
) -> Iterator[ClassWork]:
    """Give what a class handed in; raise SubmissionError where source or roster are no use."""
    listed = ClassRoster() if roster is None else read_roster(roster)
    first = edition or default_edition_id()
    with open_tree(path) as members:
        source = read_source(members, load_edition(first), listed, layout=layout)
        if not source.submitted:
            raise SubmissionError(message("batch.empty", file=path.name))
        chosen = edition or edition_of(source.submitted)
        if chosen != first:  # which may name its files in another way
            source = read_source(members, load_edition(chosen), listed, layout=layout)
        yield ClassWork(source=source, roster=listed, edition=chosen)


def grade_class(
    request: ClassRequest,
    work: ClassWork,
    *,
    starting: Starting,
    started: Callable[[Readiness], None],
    ended: Callable[[Graded], None],
) -> list[ClassRow]:
    """Return a row for each person; raise GraderError where nothing can be graded here."""
    batch = Batch(
        out=request.out,
        setting=Setting(
            edition=work.edition,
            data="" if request.data is None else str(request.data.absolute()),
            student_seconds=request.student_seconds,
        ),
        workers=request.workers,
        language=request.language,
        seed=request.seed,
    )
    graded = run_batch(
        batch, work.source.submitted, starting=starting, started=started, ended=ended
    )
    return class_rows(graded, work.roster, class_lateness(request, work))


def grade_by_server(
    request: ClassRequest,
    server: Server,
    work: ClassWork,
    *,
    handed_in: Callable[[], None],
    ended: Callable[[Graded], None],
) -> list[ClassRow]:
    """Return a row for each person, graded by a service; raise ServerError where it cannot."""
    from grader.batch.remote.connection import Connection
    from grader.batch.remote.remote_run import RemoteBatch, check_server, run_remotely

    with (
        closing(Connection(server.address, server.token)) as connection,
        alone(request.out / STATE_FOLDER),
    ):
        batch = RemoteBatch(
            connection=connection,
            assignment=check_server(connection, work.edition),
            out=request.out,
            language=request.language,
            zone=server.zone,
            moments=_told_moments(request, server.zone),
        )
        done = run_remotely(batch, work.source.submitted, handed_in=handed_in, ended=ended)
    late = {one.graded.submitted.key: one.lateness for one in done}
    known = {key: one for key, one in late.items() if one is not None}
    return class_rows([one.graded for one in done], work.roster, known)


def class_lateness(request: ClassRequest, work: ClassWork) -> dict[str, Lateness]:
    """Return how late each submission is, by its key; nothing where no due date was said."""
    if request.due is None:
        return {}
    return lateness_by_key(
        {one.key: one for one in work.source.submitted},
        request.due,
        request.due.rule(load_edition(work.edition).rubric.late),
        _told_moments(request, request.due.zone),
        layout=work.source.layout,
    )


def _told_moments(request: ClassRequest, zone: tzinfo) -> Moments:
    """Return when people handed in, as the roster or the gradebook says it."""
    moments = Moments()
    for path in filter(None, (request.roster, request.gradebook)):
        moments = moments.with_others(read_moments(path, zone))
    return moments


def compare_class(request: ClassRequest, work: ClassWork) -> Similar:
    """Write the page of solutions and reports that are alike."""
    code = read_class(work.source.submitted, work.edition, workers=request.workers)
    pairs = find_pairs(code.solutions, background=usual_answers(work.edition))
    path = request.out / "similar.html"
    reports = compare_reports(code, handout=request.handout)
    write_similarity(
        path,
        pairs,
        compared=len(code.solutions),
        reports=reports,
        language=request.language,
    )
    return Similar(page=path, pairs=len(pairs), reports=reports.found)


def hand_back(request: ClassRequest, work: ClassWork, rows: Sequence[ClassRow]) -> HandedBack:
    """Write what there is to say of the class; raise OSError where it cannot be written."""
    out, language = request.out, request.language
    sheet = None
    if request.gradebook is not None:
        sheet = fill_sheet(request.gradebook, rows, request.assignment)
    written = write_outputs(
        out, rows, work.source, language, gradebook=sheet, assignment=request.assignment
    )
    pages, notes = write_overview(out, rows, edition=work.edition, language=language)
    return HandedBack(written=[*written, *pages], notes=notes, gradebook=sheet)
