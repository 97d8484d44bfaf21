"""The order in which a submission is graded; only this file knows it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from grader import stages
from grader.accuracy import AccuracyStages
from grader.baseline import Baseline
from grader.checks import accuracy, bias, forward, scales, weights
from grader.checks.base import Check, ungraded
from grader.conventions import CallStyle
from grader.editions.loader import Edition
from grader.ladder import Judge
from grader.observe.student import OWN_TYPES, Student
from grader.run import Run
from grader.sandbox.runner import Sandbox

log = logging.getLogger(__name__)
Notify = Callable[[str], None]

CHECKS: tuple[Check[...], ...] = (
    *weights.CHECKS,
    *scales.INPUT_CHECKS,
    *scales.OUTPUT_CHECKS,
    *scales.FACTOR_CHECKS,
    *forward.CHECKS,
    *bias.CHECKS,
    *accuracy.CHECKS,
)
STAGES = (
    "Quantized weights",
    "Scale of the input",
    "Scales of the layers",
    "Quantized forward pass",
    "Accuracy",
    "Quantized bias",
    "Accuracy with bias",
)


def grade(
    sandbox: Sandbox, edition: Edition, baseline: Baseline, *, seed: int, notify: Notify
) -> Run:
    """
    Return everything found out about the submission that stands in *sandbox*.

    *notify* is called with the name of each stage as it begins. Where the grader itself breaks,
    the checks concerned are ungraded and the rest goes on.
    """
    own = CallStyle(name=OWN_TYPES, arrays=edition.file.scaffold.array)
    student = Student(sandbox=sandbox, edition=edition, own=own)
    run = Run(edition=edition, baseline=baseline, student=student, seed=seed)
    judge = Judge(baseline, edition.scheme)
    output_checks = (*scales.OUTPUT_CHECKS, *scales.FACTOR_CHECKS)
    built: list[stages.BuiltNetwork] = []
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox") as executor:
        ladder = AccuracyStages(run, judge, executor)
        for name, checks, work in (
            (STAGES[0], weights.CHECKS, lambda: stages.judge_weights(run)),
            (STAGES[1], scales.INPUT_CHECKS, lambda: stages.judge_input(run)),
            (STAGES[2], output_checks, lambda: stages.judge_outputs(run)),
            (STAGES[3], forward.CHECKS, lambda: built.append(stages.judge_forward(run, judge))),
            (STAGES[4], accuracy.CHECKS[:3], lambda: ladder.judge_plain(built[0])),
            (STAGES[5], bias.CHECKS, lambda: stages.judge_bias(run, judge)),
            (STAGES[6], accuracy.CHECKS[3:], lambda: ladder.judge_biased()),
        ):
            notify(name)
            with _our_fault_costs_nothing(run, name, checks):
                work()
    return run


@contextmanager
def _our_fault_costs_nothing(run: Run, name: str, checks: Sequence[Check[...]]) -> Iterator[None]:
    """Turn a failure of the grader into ungraded checks: it must cost no student a point."""
    try:
        yield
    except Exception:  # everything of ours is caught here and nowhere else
        log.exception("stage %r failed", name)
        verdict = ungraded("The grader failed here. No points are lost; a person has to look.")
        run.record([check.result(verdict) for check in checks if check.id not in run.results])
