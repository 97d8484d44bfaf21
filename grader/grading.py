"""One submission, from files to a Grade: what command line, batch and service all call."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.editions.loader import Edition, default_edition_id, edition_ids, load_edition
from grader.editions.recognition import recognise, told_by_headings
from grader.errors import SubmissionError
from grader.intake.challenge.division import Division, divide
from grader.intake.challenge.variants import Sheet, Variant, find_variants
from grader.intake.model import Problem, ProblemKind, Program, Submission
from grader.intake.submission import read_submission
from grader.model import ChallengeAnswer, Finding, Grade, Notify, Outcome
from grader.sandbox.budget import STUDENT_SECONDS
from grader.sandbox.policy import Policy, full
from grader.sandbox.processes.interpreter import interpreter
from grader.sandbox.protocol import Limits
from grader.sandbox.runner import Sandbox
from grader.words.message import Message, message, say

if TYPE_CHECKING:
    from grader.baseline.networks import Baseline
    from grader.pipeline import Explain
    from grader.tasks.run import Run


TEMPLATE_STUB = "template-stub"  # the finding that a function is still the sheet's
CHALLENGE_SECONDS = 15.0  # for all calls of one answer to the extra challenge


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """
    A submission that has been read, and what of it is going to run.

    ``set_aside`` are asked names whose later definitions answer the challenge, by ``variants``.
    """

    submission: Submission
    program: Program
    set_aside: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()

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
    prepared = prepare(edition, submission)
    if not prepared.program.fragments:
        asked = ", ".join(task.callable for task in edition.file.tasks if task.callable)
        name = submission.files[0].name if submission.files else "the submission"
        reason = message("code.none-asked", file=name, edition=edition.id, asked=asked)
        raise SubmissionError(reason)
    problems = (*prepared.program.problems, *_other_headings(edition, prepared))
    return replace(prepared, program=replace(prepared.program, problems=problems))


def _other_headings(edition: Edition, prepared: Prepared) -> Iterator[Problem]:
    """Yield the remark that the headings are those of another edition with the same code."""
    told = told_by_headings(edition, _text_of(prepared))
    if edition.file.headings and told != edition.id:
        said = say("problem", "other-headings", other=told, edition=edition.id)
        yield Problem(kind=ProblemKind.OTHER_HEADINGS, message=said)


def prepare(edition: Edition, submission: Submission, unanswered: Sequence[str] = ()) -> Prepared:
    """
    Return what runs of a submission: for the tasks, and for the challenge if the sheet has one.

    Of an *unanswered* name the definition before the challenge's is no answer to the task.
    """
    functions = [task.callable for task in edition.file.tasks if task.callable]
    names = tuple(sorted({name.partition(".")[0] for name in functions}))
    sheet = Sheet(names=names, beside=submission.beside, python=interpreter().version)
    challenge = edition.file.challenge
    if challenge is None:
        return Prepared(submission=submission, program=sheet.program(submission.cells))
    division = divide(submission, names, challenge.words, unanswered=unanswered)
    program = sheet.program(division.main)
    return Prepared(
        submission=submission,
        program=replace(program, problems=(*program.problems, *_set_aside(division))),
        set_aside=tuple(one.name for one in division.set_aside),
        variants=find_variants(division, sheet),
    )


def _set_aside(division: Division) -> Iterator[Problem]:
    """Yield the remark on which definition of a name is judged for what."""
    for one in division.set_aside:
        told = say("problem", "challenge-set-aside", name=one.name, judged=one.judged.told)
        yield Problem(kind=ProblemKind.SET_ASIDE, message=told, place=one.later)


def read_for_its_edition(
    paths: Sequence[Path], *, student_id: str | None = None
) -> tuple[Edition, Prepared]:
    """
    Return the edition that the files were written for, and the submission as that one reads it.

    It is the default edition unless the code has the words of another, or the same words under
    the headings of another, or cannot be read as the default one's. Raise the default edition's
    SubmissionError where no edition can read the files.
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
        told = meant.edition if meant is not None else ""
        found = told if told in edition_ids() else told_by_headings(edition, _text_of(handout))
        if found == edition.id:
            return edition, handout
        edition = load_edition(found)
        return edition, read(edition, paths, student_id=student_id)
    assert refused is not None
    raise refused


def _text_of(handout: Prepared) -> str:
    """Return the lines of a submission that may be headings: text, and comments in its code."""
    texts = [cell.source for cell in handout.submission.text_cells]
    for cell in handout.submission.cells:
        texts += [line for line in cell.source.splitlines() if line.lstrip().startswith("#")]
    return "\n".join(texts)


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
        cells, text_cells = submission.cells, submission.text_cells
        return diagnose(run, program, loaded, cells=cells, text_cells=text_cells)

    judged = partial(judge, seed=seed, secret=secret, notify=notify, explain=explain)
    run = judged(sandbox, edition, handout, baseline)
    unanswered = unanswered_names(run, handout)
    if unanswered:
        whole = prepare(edition, submission, unanswered)
        again = partial(grade, seed=seed, secret=secret, notify=notify, own_code=own_code)
        with _another(sandbox, edition, whole.program) as other:
            return again(other, edition, whole, baseline)
    circumstances = RunContext(
        seconds=time.monotonic() - begun,
        graded_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        seed=seed,
        sandbox_layers=sandbox.layers,
        own_code=own_code,
    )
    return summarize(run, submission, program, circumstances, _challenge(run, handout, sandbox))


def _challenge(run: Run, handout: Prepared, sandbox: Sandbox) -> tuple[ChallengeAnswer, ...]:
    """Return the answers to the extra challenge, each measured in a sandbox of its own."""
    from grader.challenge.judge import answers_of

    if run.edition.file.challenge is None:
        return ()
    seconds = min(CHALLENGE_SECONDS, sandbox.limits.total_seconds)
    return answers_of(
        run,
        handout.variants,
        lambda variant: open_sandbox(
            run.edition, variant.program, policy=sandbox.policy, student_seconds=seconds
        ),
    )


def unanswered_names(run: Run, handout: Prepared) -> tuple[str, ...]:
    """
    Return the names whose first definition answers nothing, so that the challenge's counts.

    It is still what the sheet gives, or answers the same whatever it is given: no point is earned
    by it.
    """
    tasks = run.edition.file.tasks
    of_name = {
        name: [task.id for task in tasks if task.callable.partition(".")[0] == name]
        for name in handout.set_aside
    }
    return tuple(name for name, ids in of_name.items() if not any(_answers(run, i) for i in ids))


def _answers(run: Run, task: str) -> bool:
    """Return whether a task's function answers to what it is given, as far as is known."""
    if any(finding.id == TEMPLATE_STUB and finding.task == task for finding in run.findings):
        return False
    result = run.results.get(f"{task}.depends")
    return result is None or result.outcome is not Outcome.FAILED


def _another(sandbox: Sandbox, edition: Edition, program: Program) -> Sandbox:
    """Return a sandbox like *sandbox* for another program of the same submission."""
    seconds = sandbox.limits.total_seconds
    return open_sandbox(edition, program, policy=sandbox.policy, student_seconds=seconds)


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
