"""The time of a submission's own code: what it has answered by its end is graded."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from grader.model import Outcome
from grader.pipeline import grade
from grader.results.summary import score_all
from grader.sandbox.budget import RESTARTS
from grader.sandbox.protocol import Limits
from grader.tasks.run import Run
from grader.words.message import sentence
from tests.corpus import Section
from tests.grading import RIGHT, cells_of, edition, sandbox_of, small_baseline

USED_UP = "Your code used up its 8 s, the time for all calls together."
ENDLESS = "while True: __import__('time').sleep(1)"
DEADLY = "__import__('os')._exit(3)"


def with_first_line(function: str, line: str, *, within: str = "") -> list[Section]:
    """Return the right solution's cells; *line* is the first of a *function*'s body."""
    pattern = re.compile(rf"(?m)^( *)(def {function}\([^\n]*:)\n")

    def changed(cell: Section) -> Section:
        if within not in cell.source:
            return cell
        return replace(cell, source=pattern.sub(rf"\1\2\n\1    {line}\n", cell.source))

    cells = cells_of(RIGHT)
    edited = [changed(cell) for cell in cells]
    assert edited != cells
    return edited


def run_of(cells: list[Section], limits: Limits) -> tuple[Run, int]:
    """Return the graded run of the cells, and how many processes it wore out."""
    with sandbox_of(cells, limits) as sandbox:
        return grade(sandbox, edition(), small_baseline(), seed=0), sandbox.stops


@pytest.fixture(scope="module")
def endless() -> tuple[Run, int]:
    """Return the run of a submission whose second task never ends."""
    cells = with_first_line("quantize_initial_input", ENDLESS)
    return run_of(cells, Limits(total_seconds=8.0))


def test_what_was_answered_stands_and_what_comes_later_is_the_students_error(
    endless: tuple[Run, int],
) -> None:
    """A function that never ends takes the submission's time: the task before it keeps its own."""
    run, stops = endless
    outcomes = {task: {r.outcome for r in run.results_of(task)} for task in run.tasks}

    assert outcomes["weights"] == {Outcome.PASSED}
    later = run.tasks.keys() - {"weights"}
    assert all(Outcome.ERRORED in outcomes[task] for task in later)
    assert all(Outcome.PENDING not in outcomes[task] for task in run.tasks)
    assert sentence(run.results["bias.returns"].reason) == USED_UP
    assert run.faults == []
    assert stops == 1  # no process is started for what cannot be asked


def test_the_time_that_is_used_up_is_named_once(endless: tuple[Run, int]) -> None:
    """The tasks after the one that took the time have no finding of their own."""
    found = [(one.id, one.task) for one in endless[0].findings]

    assert found == [("time-used-up", "initial_input")]


@pytest.mark.long
def test_a_forward_pass_that_never_ends_takes_the_time_of_what_comes_after() -> None:
    """Forward passes count as calls do; the scales that were right before keep their points."""
    cells = with_first_line("forward", ENDLESS, within="class NetQuantized(")
    run, _ = run_of(cells, Limits(total_seconds=8.0))

    earned = {score.criterion: score.points for score in score_all(run, ())}
    assert sentence(run.results["forward.runs"].reason) == USED_UP
    assert earned["weights.scale"] > 0
    assert run.faults == []


@pytest.mark.parametrize("load", [False, True], ids=["calls", "calls and loads"])
def test_a_submission_that_ends_python_everywhere_is_judged_to_its_end(load: bool) -> None:
    """Every function and network may end its process: each is told so."""
    cells = with_first_line(r"(?:quantize\w+|forward|__init__)", DEADLY, within="NetQuantized")
    if load:
        cells += [Section(name=f"load {n}", source=f"dead_{n} = {DEADLY}") for n in range(5)]
    run, stops = run_of(cells, Limits())

    reasons = {sentence(result.reason) for result in run.results.values()}
    assert not any("too often" in reason for reason in reasons)
    assert "The code ended Python instead of returning." in reasons
    assert run.faults == []
    assert stops <= RESTARTS
