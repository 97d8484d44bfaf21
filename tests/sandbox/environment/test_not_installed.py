"""What is imported and not installed leaves its task to staff, and only where it is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.model import Outcome
from grader.tasks.run import Run
from grader.words.message import sentence
from tests.corpus import Section
from tests.grading import RIGHT, cells_of, grade_cells, shares, small_baseline, tasks_that_lost
from tests.sandbox.environment.environment_rows import STRAY, WAITING, Waiting

_HEAD = "def quantize_activations("


def graded(statement: str, use: str) -> Run:
    """Grade a right solution with an import in a cell of its own, and a line in one function."""
    cells = [replace(cell, source=_using(cell.source, use)) for cell in cells_of(RIGHT)]
    cells.insert(1, Section(name="libraries", source=statement))
    return grade_cells(cells, baseline=small_baseline())


def _using(source: str, use: str) -> str:
    """Put a line in front of the function's return."""
    before, found, rest = source.partition(_HEAD)
    if not found:
        return source
    lines = rest.split("\n")
    place = next(i for i, line in enumerate(lines) if line.strip().startswith("return"))
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    return before + found + "\n".join([*lines[:place], indent + use, *lines[place:]])


@pytest.mark.few(3)
@pytest.mark.parametrize("case", WAITING, ids=lambda case: case.use)
def test_a_library_that_is_needed_and_not_here_leaves_the_task_to_staff(case: Waiting) -> None:
    """The reason names the library, not the name that it would have bound; nothing is lost."""
    run = graded(case.statement, case.use)
    waiting = [r for r in run.results.values() if r.outcome is Outcome.PENDING]

    assert not tasks_that_lost(run)
    assert shares(run)[2] > 0
    assert any(case.said in sentence(r.reason) for r in waiting)


@pytest.mark.parametrize("statement", STRAY)
def test_a_library_that_nothing_needs_costs_nothing(statement: str) -> None:
    """A stray import that fails is forgotten."""
    assert shares(graded(statement, "pass"))[1:] == (0.0, 0.0)


def test_a_forgotten_name_stays_the_students_error_beside_a_failed_import() -> None:
    """Only what the import would have bound waits for staff."""
    run = graded("import lmfit", "entropy(activations)")

    assert "activations" in tasks_that_lost(run)
