"""Which right solutions of the corpus are mutated, and how a mutant is graded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from grader.tasks.run import Run
from tests.corpus import SUBMISSIONS, TEMPLATE, Case, Section, load_case, read_sections, splice
from tests.grading import grade_cells, small_baseline
from tests.mutation.operators import Mutant, mutants_of

TASKS = {
    "quantized_weights": "weights",
    "NetQuantized.quantize_initial_input": "initial_input",
    "NetQuantized.quantize_activations": "activations",
    "NetQuantized.forward": "forward",
    "NetQuantizedWithBias.quantized_bias": "bias",
}
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
CALL_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One mutant of one function of one right submission."""

    case: Case
    function: str
    mutant: Mutant

    @property
    def task(self) -> str:
        """Return the task in which the mutant must lose points."""
        return TASKS[self.function]

    @property
    def id(self) -> str:
        """Return what names the mutant in the list of survivors."""
        return f"{self.case.id} {self.function}: {self.mutant.change}"


@cache
def subjects() -> tuple[Subject, ...]:
    """Return all mutants there are."""
    return tuple(subject for name in CASES for subject in _subjects(load_case(SUBMISSIONS / name)))


def _subjects(case: Case) -> Iterator[Subject]:
    for section in _sections(case):
        function = section.name.rpartition(".")[2]
        for mutant in mutants_of(section.source, function):
            yield Subject(case=case, function=section.name, mutant=mutant)


def _sections(case: Case) -> list[Section]:
    """Return the functions that this student wrote, the corpus's plain ones where they are all."""
    own = case.folder / "answers.py"
    sections = [s for s in read_sections(own) if s.name in TASKS]
    return sections or [s for s in read_sections(TEMPLATE / "baseline.py") if s.name in TASKS]


def grade_mutant(subject: Subject) -> Run:
    """Grade a mutant as if it had been handed in."""
    section = Section(name=subject.function, source=subject.mutant.source)
    cells = splice(subject.case.cells(), section)
    return grade_cells(cells, call_seconds=CALL_SECONDS, baseline=small_baseline())
