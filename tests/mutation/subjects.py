"""Which right solutions of the corpus are mutated, and how a mutant is graded."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from grader.editions.schema import TaskSpec
from grader.tasks.run import Run
from tests.corpus import SUBMISSIONS, Case, Section, load_case, read_sections, splice
from tests.grading import edition, grade_cells, small_baseline
from tests.mutation.operators import Mutant, Sheet, mutants_of

# Different styles: python floats, numpy, tensors of both widths, loops, other range rules.
CASES = (
    "cs5120-2021/max-abs-127",
    "cs5120-2021/max-abs-128-with-tensors",
    "cs5120-2021/plain-python-loops",
    "cs5120-2021/works-on-copies-in-place",
    "cs5120-2021/clamps-before-relu-and-pooling",
    "cs5120-2021/product-in-log-space",
    "ee290-2020/three-sigma-everywhere",
)
# In steps and fixed point: shifts, divisors, floats and both ways of rounding.
CASES_IN_STEPS = (
    "cs5120-2024/parameters-of-the-grader",  # the corpus's plain functions, all of them
    "cs5120-2024/fixed-scale-with-torch",
    "cs5120-2024/max-abs-127",
    "cs5120-2024/pools-before-requantizing",
    "cs5120-2024/reciprocal-divisor",
    "cs5120-2024/scales-as-numpy-scalars",
    "cs5120-2024/scales-of-mixed-types",
    "cs5120-2024/shift-in-int64",
    "cs5120-2024/float-multiplier-rounded",
    "cs5120-2024/works-on-a-copy-of-the-list",
)
CALL_SECONDS = 3.0
LIST = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One mutant of one function of one right submission."""

    case: Case
    function: str
    mutant: Mutant

    @property
    def task(self) -> str:
        """Return the task in which the mutant must lose points."""
        return _tasks(self.case.edition)[self.function].id

    @property
    def id(self) -> str:
        """Return what names the mutant in the list of survivors."""
        return f"{self.case.id} {self.function}: {self.mutant.change}"


@cache
def survivors() -> dict[str, dict[str, Any]]:
    """Return the table in which each mutant that loses nothing stands, by the mutant's id."""
    tables = tomllib.loads(LIST.read_text("utf-8"))["survivors"]
    return {mutant: table for table in tables for mutant in table["mutants"]}


@cache
def subjects(names: tuple[str, ...] = CASES + CASES_IN_STEPS) -> tuple[Subject, ...]:
    """Return all mutants there are of some cases."""
    return tuple(subject for name in names for subject in _subjects(load_case(SUBMISSIONS / name)))


def _subjects(case: Case) -> Iterator[Subject]:
    for section in _sections(case):
        function, sheet = section.name.rpartition(".")[2], _sheet(case.edition, section.name)
        for mutant in mutants_of(section.source, function, sheet):
            yield Subject(case=case, function=section.name, mutant=mutant)


def _sections(case: Case) -> list[Section]:
    """Return the functions that this student wrote, the corpus's plain ones where they are all."""
    asked = _tasks(case.edition)
    own = [s for s in read_sections(case.folder / "answers.py") if s.name in asked]
    return own or [s for s in read_sections(case.template / "baseline.py") if s.name in asked]


def _tasks(name: str) -> dict[str, TaskSpec]:
    """Return an edition's tasks by the function that each is about."""
    return {task.callable: task for task in edition(name).file.tasks if task.callable}


def _sheet(name: str, function: str) -> Sheet:
    """Return what the mutation of a function has to know of its edition."""
    layers = tuple(one.module.partition(".")[0] for one in edition(name).network.weighted_layers)
    arguments = _tasks(name)[function].arguments
    pair, alone = "(1.0, 1.0)", "1.0"
    entries = {2: pair, 1: alone}.get(len(arguments[-1].items)) if arguments[-1].items else None
    change = "{}.popitem()" if arguments[0].role == "activation_scales" else "{} *= 1.5"
    return Sheet(layers=layers, change=change, entry=entries)


def grade_mutant(subject: Subject) -> Run:
    """Grade a mutant as if it had been handed in."""
    section = Section(name=subject.function, source=subject.mutant.source)
    cells, name = splice(subject.case.cells(), section), subject.case.edition
    baseline = small_baseline(name=name)
    return grade_cells(cells, call_seconds=CALL_SECONDS, baseline=baseline, name=name)
