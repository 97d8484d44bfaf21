"""The order in which a submission is graded; only this file knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

from grader import direction
from grader.accuracy import checks as accuracy
from grader.accuracy.stages import AccuracyStages
from grader.baseline.judge import Judge
from grader.baseline.networks import Baseline
from grader.border.conventions import CallStyle
from grader.border.student import OWN_TYPES, Student
from grader.diagnosis.diagnose import diagnose
from grader.editions.loader import Edition
from grader.faults import attempt
from grader.model import Fault, Finding, Notify
from grader.sandbox.runner import Sandbox
from grader.tasks import stages
from grader.tasks.accumulator_bias import checks as bias
from grader.tasks.check import Check, broken
from grader.tasks.integer_pass import checks as forward
from grader.tasks.integer_pass.network import BATCH_SIZE, BuiltNetwork
from grader.tasks.quantized_tensor import checks as weights
from grader.tasks.run import Run
from grader.tasks.scales import checks as scales

Explain = Callable[[Run], tuple[Finding, ...]]
CALL_SECONDS = 30.0
DIAGNOSIS = "Diagnosis"


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
    notify: Notify = lambda _stage: None,
    call_seconds: float = CALL_SECONDS,
    batch_size: int = BATCH_SIZE,
    explain: Explain = diagnose,
) -> Run:
    """
    Return everything found out about the submission that stands in *sandbox*.

    *notify* is called with the name of each stage as it begins; one call of a student's function
    may take *call_seconds*, and *batch_size* images at a time run through their network. Where
    the grader itself breaks, the checks concerned are pending and the rest goes on; where the
    sandbox is gone, SandboxError is raised: nothing was found out, and it has to be done again.
    """
    own = CallStyle(name=OWN_TYPES, arrays=edition.file.scaffold.array)
    student = Student(
        sandbox=sandbox, edition=edition, own=own, call_seconds=call_seconds, batch_size=batch_size
    )
    run = Run(edition=edition, baseline=baseline, student=student, seed=seed)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox") as executor:
        _judge(run, executor, notify)
        if direction.may_be_reversed(run):
            anew = direction.begun_anew(run)
            _judge(anew, executor, lambda _stage: None)
            run = direction.settled(run, anew)
    notify(DIAGNOSIS)
    _carry_out(run, Stage(DIAGNOSIS, (), lambda: setattr(run, "findings", explain(run))))
    return run


def _judge(run: Run, executor: Executor, notify: Notify) -> None:
    ladder = AccuracyStages(run, Judge(run.baseline, run.edition.scheme), executor)
    for stage in _plan(run, ladder):
        notify(stage.name)
        _carry_out(run, stage)


def _plan(run: Run, ladder: AccuracyStages) -> Iterator[Stage]:
    judge = ladder.judge
    built: list[BuiltNetwork] = []

    def forward_pass() -> None:
        built.append(stages.judge_forward(run, judge))

    def accuracy_without_bias() -> None:
        if built:
            ladder.judge_plain(built[0])
        else:
            run.chain = run.chain or stages.build_chain(run)
            ladder.judge_unbuilt(run.chain)

    output_checks = (*scales.OUTPUT_CHECKS, *scales.FACTOR_CHECKS)
    yield Stage("Quantized weights", weights.CHECKS, lambda: stages.judge_weights(run))
    yield Stage("Scale of the input", scales.INPUT_CHECKS, lambda: stages.judge_input(run))
    yield Stage("Scales of the layers", output_checks, lambda: stages.judge_outputs(run))
    yield Stage("Quantized forward pass", forward.CHECKS, forward_pass)
    yield Stage("Accuracy", accuracy.CHECKS[:3], accuracy_without_bias)
    yield Stage("Quantized bias", bias.CHECKS, lambda: stages.judge_bias(run, judge))
    yield Stage("Accuracy with bias", accuracy.CHECKS[3:], ladder.judge_biased)


def _carry_out(run: Run, stage: Stage) -> None:
    """Run a stage; where the grader breaks, the checks that it has not judged are pending."""
    run.stage = stage.name
    fault = attempt(stage.work, f"stage {stage.name!r}")
    if not isinstance(fault, Fault):
        return
    run.blame(fault)
    verdict = replace(broken(fault), fault=None)  # one fault, however many checks it concerns
    run.record([check.result(verdict) for check in stage.checks if check.id not in run.results])
