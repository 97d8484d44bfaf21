"""
The grader's own test: right solutions, broken mechanically, must lose points in the right task.

``survivors.toml`` lists the mutants that lose none, with the reason why each is no mistake. All
others are killed: a sample of them here, in the long test every one of the sheets with
multipliers and a fixed part of those in steps. All of the latter take half an hour:
``python -m tests.mutation.score cs5120-2024``.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from dataclasses import dataclass, fields, replace

import pytest
import torch

from tests.corpus import Case, Section, splice
from tests.corpus_formulas import run_notebook
from tests.corpus_judges import problems_of
from tests.grading import tasks_that_lost
from tests.mutation.subjects import (
    CASES,
    CASES_IN_STEPS,
    LIST,
    Subject,
    grade_mutant,
    subjects,
    survivors,
)

SAMPLE_SIZE = 4
IN_STEPS = subjects(CASES_IN_STEPS)
BROKEN = [subject for subject in subjects(CASES) if subject.id not in survivors()]
BROKEN_IN_STEPS = [subject for subject in IN_STEPS if subject.id not in survivors()]
HARMLESS = [subject for subject in subjects() if subject.id in survivors()]
FOLLOWING = [s for s in HARMLESS if survivors()[s.id].get("follows_formulas", True)]
SAMPLE = [
    *random.Random(4).sample(BROKEN, SAMPLE_SIZE),
    *random.Random(4).sample(BROKEN_IN_STEPS, SAMPLE_SIZE),
]
# In the long test; all of them: python -m tests.mutation.score EDITION.
DRAWN = [
    *random.Random(24).sample(BROKEN, 240),
    *random.Random(24).sample(BROKEN_IN_STEPS, 60),
]
STILL_HARMLESS = [subject for subject in HARMLESS if subject not in IN_STEPS]
STILL_HARMLESS += random.Random(24).sample([s for s in HARMLESS if s in IN_STEPS], 10)


@dataclass(frozen=True, kw_only=True)
class MutatedCase(Case):
    """A right submission with one function replaced."""

    section: Section

    def cells(self) -> list[Section]:
        return splice(super().cells(), self.section)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def test_there_are_enough_mutants() -> None:
    """At least 300 mutants are no right solutions, and each task has its share."""
    tasks = Counter(subject.task for subject in BROKEN)

    assert len(BROKEN) >= 300
    assert min(tasks[t] for t in ("weights", "activations", "forward", "bias")) >= 100
    assert tasks["initial_input"] >= 40


def test_there_are_enough_mutants_in_steps() -> None:
    """So are at least 600 of the sheet in steps, some of them in every task."""
    tasks = Counter(subject.task for subject in BROKEN_IN_STEPS)

    assert len(BROKEN_IN_STEPS) >= 600
    assert min(tasks[t] for t in ("weights", "activations", "forward", "fixed_scale")) >= 100
    assert min(tasks[t] for t in ("initial_input", "bias")) >= 30


def test_survivors_are_few_and_known() -> None:
    """Every listed survivor is a mutant that there is, listed once."""
    tables = tomllib.loads(LIST.read_text("utf-8"))["survivors"]

    assert len(HARMLESS) == sum(len(table["mutants"]) for table in tables)


@pytest.mark.parametrize("subject", FOLLOWING, ids=lambda subject: subject.id)
def test_a_survivor_follows_the_formulas(subject: Subject) -> None:
    """What loses no points, though changed, is right by the lab's formulas."""
    values = {f.name: getattr(subject.case, f.name) for f in fields(Case)}
    section = Section(name=subject.function, source=subject.mutant.source)
    remarks = (*subject.case.remarks, "range-clips")
    case = replace(MutatedCase(**values, section=section), remarks=remarks)

    assert problems_of(case, subject.task, run_notebook(case)) == []


@pytest.mark.parametrize("subject", SAMPLE, ids=lambda subject: subject.id)
def test_a_sample_of_mutants_is_killed(subject: Subject) -> None:
    """A mechanically broken function loses points in its own task."""
    assert subject.task in tasks_that_lost(grade_mutant(subject))


@pytest.mark.long
@pytest.mark.parametrize("subject", DRAWN, ids=lambda subject: subject.id)
def test_mutants_are_killed(subject: Subject) -> None:
    """A mechanically broken function loses points in its own task, and in no other."""
    assert tasks_that_lost(grade_mutant(subject)) == {subject.task}


@pytest.mark.long
@pytest.mark.parametrize("subject", STILL_HARMLESS, ids=lambda subject: subject.id)
def test_every_survivor_is_still_one(subject: Subject) -> None:
    """A listed survivor loses no points: the list holds nothing that is out of date."""
    assert tasks_that_lost(grade_mutant(subject)) == set()
