"""What a report says of the functions that return an array's scale."""

from __future__ import annotations

from grader.baseline.tensor_measurements import tensor_of
from grader.editions.schema import TaskSpec
from grader.measurements import Facts
from grader.tasks.described import describe_range
from grader.tasks.run import Run
from grader.tasks.scales.seen import ScaleAnswers


def scale_facts(run: Run, _task: TaskSpec, seen: ScaleAnswers | None) -> Facts:
    """Return by which rule the scales of the network's own arrays are taken."""
    answers = {} if seen is None else {n: a for n, a in seen.own.items() if a.usable and a.step}
    if not answers:
        return Facts()
    multipliers = {tensor_of(n): a.accumulator / a.step for n, a in answers.items()}
    return Facts(function=describe_range(multipliers, run.baseline.distributions))
