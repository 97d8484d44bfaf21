"""The order in which a submission is graded; only this file knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from grader import direction
from grader.accuracy.ladder import Ladder
from grader.baseline.networks import Baseline
from grader.border.conventions import CallStyle
from grader.border.student import BATCH_SIZE, OWN_TYPES, Student
from grader.diagnosis.diagnose import diagnose
from grader.editions.loader import Edition
from grader.editions.schema import Rung
from grader.editions.stages import ACCURACY, DIAGNOSIS, steps
from grader.faults import attempt
from grader.intake.model import Artifact
from grader.model import Fault, Finding, Notify
from grader.sandbox.runner import Sandbox
from grader.tasks.check import Check, broken
from grader.tasks.kinds import begin, planned
from grader.tasks.run import Run

Explain = Callable[[Run], tuple[Finding, ...]]
CALL_SECONDS = 30.0


@dataclass(frozen=True)
class Stage:
    """A part of the work, and the checks that it owes a result."""

    name: str
    checks: Sequence[Check[...]]
    work: Callable[[], None]


def grade(  # noqa: PLR0913  one grading is these things
    sandbox: Sandbox,
    edition: Edition,
    baseline: Baseline,
    *,
    seed: int,
    artifacts: Mapping[str, Artifact] | None = None,
    notify: Notify = lambda _stage: None,
    call_seconds: float = CALL_SECONDS,
    batch_size: int = BATCH_SIZE,
    explain: Explain = diagnose,
) -> Run:
    """
    Return everything found out about the submission that stands in *sandbox*.

    *artifacts* are the files that tasks ask for, by the task's id. *notify* is called with the
    name of each stage as it begins; one call of a student's function
    may take *call_seconds*, and *batch_size* images at a time run through their network. Where
    the grader itself breaks, the checks concerned are pending and the rest goes on; where the
    sandbox is gone, SandboxError is raised: nothing was found out, and it has to be done again.
    """
    own = CallStyle(name=OWN_TYPES, arrays=edition.file.scaffold.array)
    student = Student(
        sandbox=sandbox, edition=edition, own=own, call_seconds=call_seconds, batch_size=batch_size
    )
    run = begin(edition, baseline, student, seed, artifacts or {})
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox") as executor:
        _judge(run, executor, notify)
        convention = direction.other_convention(run)
        if convention is not None:
            again = direction.started_again(run, convention)
            _judge(again, executor, lambda _stage: None)
            run = direction.settled(run, again, convention)
    notify(DIAGNOSIS)
    _carry_out(run, Stage(DIAGNOSIS, (), lambda: setattr(run, "findings", explain(run))))
    return run


def _judge(run: Run, executor: Executor, notify: Notify) -> None:
    for stage in _plan(run, Ladder(run, executor)):
        notify(stage.name)
        _carry_out(run, stage)


def _plan(run: Run, ladder: Ladder) -> Iterator[Stage]:
    """Yield the tasks in their order, and a network's accuracy when all that it uses is judged."""
    for step in steps(run.edition, run.tasks):
        if isinstance(step, str):
            task = run.tasks[step]
            yield Stage(str(task.spec.title), task.checks, partial(run.work, task))
        else:
            name = ACCURACY[step[0].network]
            yield Stage(name, _charged(ladder, step), partial(ladder.judge, step))


def stage_names(edition: Edition) -> tuple[str, ...]:
    """Return what *notify* is called with while a submission of an edition is graded, in order."""
    tasks = planned(edition)
    named = (
        str(tasks[step].spec.title) if isinstance(step, str) else ACCURACY[step[0].network]
        for step in steps(edition, tasks)
    )
    return (*named, DIAGNOSIS)


def _charged(ladder: Ladder, rungs: Sequence[Rung]) -> list[Check[...]]:
    """Return the checks that some rungs owe a result."""
    names = (name for rung in rungs for name in (rung.charge, rung.charge_pass) if name)
    return [ladder.results.check(name) for name in dict.fromkeys(names)]


def _carry_out(run: Run, stage: Stage) -> None:
    """Run a stage; where the grader breaks, the checks that it has not judged are pending."""
    run.stage = stage.name
    fault = attempt(stage.work, f"stage {stage.name!r}")
    if not isinstance(fault, Fault):
        return
    run.blame(fault)
    verdict = replace(broken(fault), fault=None)  # one fault, however many checks it concerns
    run.record([check.result(verdict) for check in stage.checks if check.id not in run.results])
