"""
The grader's own test: right solutions, broken mechanically, must lose points in the right task.

``survivors.toml`` lists the mutants that lose none, with the reason why each is no mistake. All
others are killed: a sample of them here, every one in the long test.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.corpus import SUBMISSIONS, Case, Section, load_case, splice
from tests.corpus_formulas import problems_of, run_notebook
from tests.grading import tasks_that_lost
from tests.mutation.subjects import Subject, grade_mutant, subjects

LIST = Path(__file__).with_name("survivors.toml")
SAMPLE_SIZE = 4


@cache
def survivors() -> dict[str, Any]:
    """Return the table in which each survivor stands, by the mutant's id."""
    tables = tomllib.loads(LIST.read_text("utf-8"))["survivors"]
    return {mutant: table for table in tables for mutant in table["mutants"]}


BROKEN = [subject for subject in subjects() if subject.id not in survivors()]
HARMLESS = [subject for subject in subjects() if subject.id in survivors()]
FOLLOWING = [s for s in HARMLESS if survivors()[s.id].get("follows_formulas", True)]
SAMPLE = random.Random(4).sample(BROKEN, SAMPLE_SIZE)


@dataclass(frozen=True, kw_only=True)
class MutatedCase(Case):
    """A right submission with one function replaced."""

    section: Section

    def cells(self) -> list[Section]:
        return splice(super().cells(), self.section)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def baseline() -> Any:
    return run_notebook(load_case(SUBMISSIONS / "cs5120-2021" / "max-abs-127"))


def test_there_are_enough_mutants() -> None:
    """At least 300 mutants are no right solutions, and each task has its share."""
    tasks = Counter(subject.task for subject in BROKEN)

    assert len(BROKEN) >= 300
    assert min(tasks[t] for t in ("weights", "activations", "forward", "bias")) >= 100
    assert tasks["initial_input"] >= 40


def test_survivors_are_few_and_known() -> None:
    """Every listed survivor is a mutant that there is, listed once."""
    tables = tomllib.loads(LIST.read_text("utf-8"))["survivors"]

    assert len(HARMLESS) == sum(len(table["mutants"]) for table in tables)


@pytest.mark.parametrize("subject", FOLLOWING, ids=lambda subject: subject.id)
def test_a_survivor_follows_the_formulas(subject: Subject, baseline: Any) -> None:
    """What loses no points, though changed, is right by the lab's formulas."""
    values = {f.name: getattr(subject.case, f.name) for f in fields(Case)}
    section = Section(name=subject.function, source=subject.mutant.source)
    remarks = (*subject.case.remarks, "range-clips")
    case = replace(MutatedCase(**values, section=section), remarks=remarks)

    assert problems_of(case, subject.task, baseline, run_notebook(case)) == []


@pytest.mark.parametrize("subject", SAMPLE, ids=lambda subject: subject.id)
def test_a_sample_of_mutants_is_killed(subject: Subject) -> None:
    """A mechanically broken function loses points in its own task."""
    assert subject.task in tasks_that_lost(grade_mutant(subject))


@pytest.mark.long
@pytest.mark.parametrize("subject", BROKEN, ids=lambda subject: subject.id)
def test_every_mutant_is_killed(subject: Subject) -> None:
    """A mechanically broken function loses points in its own task, and in no other."""
    assert tasks_that_lost(grade_mutant(subject)) == {subject.task}


@pytest.mark.long
@pytest.mark.parametrize("subject", HARMLESS, ids=lambda subject: subject.id)
def test_every_survivor_is_still_one(subject: Subject) -> None:
    """A listed survivor loses no points: the list holds nothing that is out of date."""
    assert tasks_that_lost(grade_mutant(subject)) == set()
