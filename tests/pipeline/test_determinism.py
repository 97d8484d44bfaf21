"""The same submission gives the same grade: whatever the threads, the batches and the process."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
import torch

from grader.results.summary import score_all
from grader.tasks.run import Run
from tests.grading import cells_of, grade_cells, small_baseline

# A right one, one that clips and rounds its own way, and one wrong in its forward pass.
CASES = (
    "cs5120-2021/max-abs-128-with-tensors",
    "cs5120-2021/total-range-in-plain-floats",
    "cs5120-2021/forward-relu-missing",
)


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def fingerprint(run: Run) -> str:
    """Return everything that a grade says: points, outcomes, reasons, findings, accuracies."""
    said = {
        "scores": [asdict(score) for score in score_all(run, run.findings)],
        "results": {name: asdict(result) for name, result in run.results.items()},
        "findings": [asdict(finding) for finding in run.findings],
        "ladder": [asdict(stage) for stage in run.ladder],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def grade_case(case: str, batch_size: int = 250) -> Run:
    return grade_cells(cells_of(case), batch_size=batch_size, baseline=small_baseline())


@cache
def usual(case: str) -> str:
    """Return the fingerprint with one thread and the usual batch size."""
    torch.set_num_threads(1)
    return fingerprint(grade_case(case))


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_two_threads(case: str) -> None:
    """Two threads in the judging process change nothing."""
    expected = usual(case)
    torch.set_num_threads(2)

    assert fingerprint(grade_case(case)) == expected


@pytest.mark.few(3)
@pytest.mark.parametrize("batch_size", [1, 4, 500])
@pytest.mark.parametrize("case", CASES)
def test_batch_sizes(case: str, batch_size: int) -> None:
    """However many images at a time run through the student's network, nothing changes."""
    expected = usual(case)
    torch.set_num_threads(1)

    assert fingerprint(grade_case(case, batch_size)) == expected


@pytest.mark.long
def test_another_process() -> None:
    """A process of its own, with another hash seed, comes to the same grades."""
    program = (
        "import torch; torch.set_num_threads(1)\n"
        "from tests.pipeline.test_determinism import *\n"
        "for case in CASES: print(usual(case))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": "7", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )

    assert done.stdout.split() == [usual(case) for case in CASES]


def test_a_fingerprint_tells_grades_apart() -> None:
    """Two different submissions do not look the same."""
    assert len({usual(case) for case in CASES}) == len(CASES)


def test_a_fingerprint_holds_the_findings() -> None:
    """What is compared has a finding in it, and would differ without."""
    run = grade_case(CASES[2])
    with_findings = fingerprint(run)

    assert [finding.id for finding in run.findings] == ["forward-relu-missing"]
    run.findings = ()
    assert fingerprint(run) != with_findings
