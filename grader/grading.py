"""One submission, from files to a Grade: what command line, batch and service all call."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.editions.loader import Edition, default_edition_id, edition_ids, load_edition
from grader.editions.recognition import recognise
from grader.errors import SubmissionError
from grader.intake.model import Program, Submission
from grader.intake.program.extraction import extract
from grader.intake.submission import read_submission
from grader.model import Finding, Grade, Notify
from grader.sandbox.budget import STUDENT_SECONDS
from grader.sandbox.policy import Policy, full
from grader.sandbox.processes.interpreter import interpreter
from grader.sandbox.protocol import Limits
from grader.sandbox.runner import Sandbox
from grader.words.message import Message, message

if TYPE_CHECKING:
    from grader.baseline.networks import Baseline
    from grader.pipeline import Explain
    from grader.tasks.run import Run


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A submission that has been read, and what of it is going to run."""

    submission: Submission
    program: Program

    @property
    def student_id(self) -> str:
        """Return the student's id, ``unknown`` where neither file name nor option gave one."""
        return self.submission.student_id or "unknown"


def read(edition: Edition, paths: Sequence[Path], *, student_id: str | None = None) -> Prepared:
    """
    Return the submission in *paths* and the part of its code that the edition asks for.

    Raise SubmissionError for input that cannot be graded; nothing of it is run here.
    """
    files = edition.file.files
    submission = read_submission(
        paths,
        code_patterns=files.code,
        id_pattern=files.student_id,
        artifact_patterns={task.id: task.files for task in edition.file.tasks if task.files},
        student_id=student_id,
    )
    functions = [task.callable for task in edition.file.tasks if task.callable]
    names = sorted({function.partition(".")[0] for function in functions})
    program = extract(
        submission.cells, names, beside=submission.beside, python=interpreter().version
    )
    if not program.fragments:
        asked = ", ".join(functions)
        name = submission.files[0].name if submission.files else "the submission"
        reason = message("code.none-asked", file=name, edition=edition.id, asked=asked)
        raise SubmissionError(reason)
    return Prepared(submission=submission, program=program)


def read_for_its_edition(
    paths: Sequence[Path], *, student_id: str | None = None
) -> tuple[Edition, Prepared]:
    """
    Return the edition that the files were written for, and the submission as that one reads it.

    It is the default edition unless the code has the words of another, or cannot be read as the
    default one's. Raise the default edition's SubmissionError where no edition can read the files.
    """
    refused: SubmissionError | None = None
    default = default_edition_id()
    for name in (default, *(other for other in edition_ids() if other != default)):
        edition = load_edition(name)
        try:
            handout = read(edition, paths, student_id=student_id)
        except SubmissionError as error:
            refused = refused or error
            continue
        cells = (*handout.submission.cells, *handout.submission.beside)
        meant = recognise(edition, "\n".join(cell.source for cell in cells))
        if meant is None or meant.edition not in edition_ids():
            return edition, handout
        edition = load_edition(meant.edition)
        return edition, read(edition, paths, student_id=student_id)
    assert refused is not None
    raise refused


def open_sandbox(
    edition: Edition,
    program: Program,
    *,
    policy: Policy | None = None,
    student_seconds: float = STUDENT_SECONDS,
) -> Sandbox:
    """
    Return the sandbox for a program; its process starts beside the caller's own work.

    Loads, calls and forward passes of the program may take *student_seconds* together.
    """
    return Sandbox(
        [asdict(fragment) for fragment in program.fragments],
        networks={s.name: asdict(s) for s in (edition.network, edition.bias_network)},
        scaffold=edition.file.scaffold.model_dump(),
        limits=Limits(total_seconds=student_seconds),
        policy=policy or full(),
        compile_flags=program.compile_flags,
        seed=0,
    )


def judge(  # noqa: PLR0913  one grading is these things
    sandbox: Sandbox,
    edition: Edition,
    handout: Prepared,
    baseline: Baseline,
    *,
    seed: int,
    secret: str = "",
    notify: Notify = lambda _stage: None,
    explain: Explain = lambda _run: (),
) -> Run:
    """
    Return everything found out about the submission in *sandbox*, its mistakes named by *explain*.

    The probes and the images of the forward pass are drawn from *seed*, *secret*, the student and
    the files, so that nobody without the secret can prepare answers to them. Raise SandboxError,
    and judge nothing, where the sandbox cannot be started.
    """
    from grader import pipeline
    from grader.border.probes import secret_seed

    submission = handout.submission
    sandbox.loaded()  # raises here, before anything is judged, where it does not hold
    return pipeline.grade(
        sandbox,
        edition,
        baseline,
        seed=secret_seed(seed, secret, handout.student_id, *(f.sha256 for f in submission.files)),
        artifacts={artifact.task: artifact for artifact in submission.artifacts},
        notify=notify,
        explain=explain,
    )


def grade(  # noqa: PLR0913  one grading is these things
    sandbox: Sandbox,
    edition: Edition,
    handout: Prepared,
    baseline: Baseline,
    *,
    seed: int,
    secret: str = "",
    own_code: bool = False,
    notify: Notify = lambda _stage: None,
) -> Grade:
    """Return the grade of the submission that stands in *sandbox*, as ``judge`` judges it."""
    from grader.diagnosis.diagnose import diagnose
    from grader.results.summary import RunContext, summarize

    begun = time.monotonic()
    submission, program = handout.submission, handout.program
    loaded = sandbox.loaded()

    def explain(run: Run) -> tuple[Finding, ...]:
        return diagnose(
            run,
            program,
            loaded,
            cells=submission.cells,
            text_cells=submission.text_cells,
        )

    run = judge(
        sandbox,
        edition,
        handout,
        baseline,
        seed=seed,
        secret=secret,
        notify=notify,
        explain=explain,
    )
    circumstances = RunContext(
        seconds=time.monotonic() - begun,
        graded_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        seed=seed,
        sandbox_layers=sandbox.layers,
        own_code=own_code,
    )
    return summarize(run, submission, program, circumstances)


def with_seconds(grade: Grade, seconds: float) -> Grade:
    """Return the grade with the time that the whole run took, start-up included."""
    return replace(grade, seconds=seconds)


def without_folders(reason: Message, folder: Path) -> Message:
    """Return the reason without where on this machine the files lay."""
    ours = re.compile(re.escape(str(folder)) + r"/(\d+/)?")
    values = {
        name: ours.sub("", value) if isinstance(value, str) else value
        for name, value in reason.values.items()
    }
    return replace(reason, values=values)
