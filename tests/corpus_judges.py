"""Which formulas judge a case of the corpus, by the template that it is written on."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests import corpus_formulas, corpus_formulas_in_steps, corpus_formulas_of_pairs
from tests.corpus import SUBMISSIONS, Case, load_case
from tests.corpus_formulas import run_notebook

FORMULAS = {
    "template": corpus_formulas,
    "template-2024": corpus_formulas_in_steps,
    "template-2022": corpus_formulas_of_pairs,
    "template-ee219": corpus_formulas_of_pairs,
}
# The plain right solution of each, by the direction of its scales.
PLAIN = {
    ("template", "sheet"): "cs5120-2021/max-abs-127",
    ("template-2024", "sheet"): "cs5120-2024/shift-in-int64",
    ("template-2022", "sheet"): "cs5120-2022/shifts-by-16",
    ("template-ee219", "step"): "ee219-2024/divides",
    ("template-ee219", "multiplier"): "ee219-2024/multiplies",
}
TASKS = {"weights", "initial_input", "activations", "forward", "bias"}


def tasks_of(template: str) -> set[str]:
    """Return the tasks that a template's formulas judge."""
    return TASKS | ({"fixed_scale"} if template == "template-2024" else set())


@cache
def _baseline(template: str, direction: str) -> Any:
    return run_notebook(load_case(SUBMISSIONS / PLAIN[template, direction]))


def problems_of(case: Case, task: str, student: Any) -> list[str]:
    """Return what is wrong with a task by the formulas of the case's sheet."""
    template = case.template.name
    baseline = _baseline(template, case.direction)
    return FORMULAS[template].problems_of(case, task, baseline, student)
