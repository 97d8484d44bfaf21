"""Right solutions keep every point: over many seeds of the probes, and on real data."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

import pytest
import torch

from grader.baseline.networks import Baseline, load_baseline
from grader.border.conventions import CallStyle
from grader.border.student import OWN_TYPES, Student
from grader.model import Outcome
from grader.pipeline import grade
from grader.tasks.kinds import begin
from grader.tasks.run import Run
from reference.datasets import Data
from tests.corpus import Case, cases, template_of
from tests.grading import EDITION, edition, grade_cells, sandbox_of, small_baseline

# Those that answer a challenge too are graded whole: tests/test_corpus_grading.py.
RIGHT = [case for case in cases() if case.is_right and not case.challenge]
ON_CIFAR = [case for case in RIGHT if case.template == template_of(EDITION)]
SEEDS = range(20)
REAL_SEEDS = range(100, 120)  # others than on the sample
# All of them take half an hour on one core; without this a few are drawn for each solution.
EVERY_SEED = bool(os.environ.get("GRADER_EVERY_SEED"))


def drawn(case: Case, seeds: range, count: int) -> Sequence[int]:
    """Return the seeds for a solution: always the same, and others for others."""
    return seeds if EVERY_SEED else sorted(random.Random(case.id).sample(seeds, count))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def real_baseline(cifar10: Data, tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """The baseline on all of CIFAR-10."""
    return load_baseline(edition(), cifar10, tmp_path_factory.mktemp("cache"))


def lost(run: Run) -> list[tuple[str, str]]:
    """Return what did not pass of a notebook, beside which no other file lies."""
    files = {task.id for task in run.edition.file.tasks if task.files}
    asked = (result for result in run.results.values() if result.task not in files)
    return [(r.check, r.reason) for r in asked if r.outcome is not Outcome.PASSED]


def test_there_are_enough_right_solutions() -> None:
    """At least 60 right solutions, written in different ways, are held to this."""
    assert len(RIGHT) >= 60


@pytest.mark.long
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_no_seed_costs_a_right_solution_a_point(case: Case) -> None:
    """Whatever the probes are drawn from, a right solution passes every check on the sample."""
    lab, baseline = edition(case.edition), small_baseline(name=case.edition)
    with sandbox_of(case.cells(), name=case.edition) as sandbox:
        for seed in drawn(case, SEEDS, 4):
            run = grade(sandbox, lab, baseline, seed=seed)

            assert lost(run) == []
            assert {finding.id for finding in run.findings} == set(case.remarks)


@pytest.mark.long
@pytest.mark.real_data
@pytest.mark.parametrize("case", ON_CIFAR, ids=lambda case: case.id)
def test_real_data_costs_a_right_solution_no_point(case: Case, real_baseline: Baseline) -> None:
    """On CIFAR-10's own test images, a right solution passes every check."""
    assert lost(grade_cells(case.cells(), baseline=real_baseline)) == []


@pytest.mark.long
@pytest.mark.real_data
@pytest.mark.parametrize("case", ON_CIFAR, ids=lambda case: case.id)
def test_no_seed_costs_a_right_solution_a_point_on_real_data(
    case: Case, real_baseline: Baseline
) -> None:
    """On CIFAR-10 too, no seed of the probes matters; accuracy does not depend on the seed."""
    with sandbox_of(case.cells()) as sandbox:
        for seed in drawn(case, REAL_SEEDS, 2):
            own = CallStyle(name=OWN_TYPES, arrays=edition().file.scaffold.array)
            student = Student(sandbox=sandbox, edition=edition(), own=own)
            run = begin(edition(), real_baseline, student, seed)
            for task in run.tasks.values():
                run.work(task)

            assert lost(run) == []
