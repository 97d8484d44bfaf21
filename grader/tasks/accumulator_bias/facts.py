"""What a report shows of the bias: each class's value as trained, as expected and as returned."""

from __future__ import annotations

import numpy as np

from grader.editions.schema import TaskSpec
from grader.model import BiasRow, Facts
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.run import Run


def bias_facts(run: Run, task: TaskSpec, seen: BiasAnswers | None) -> Facts:
    """Return the layer that has the bias, and a row for each of its values that were seen."""
    rows = () if seen is None else _rows(run, seen)
    return Facts(bias_layer=task.layer, bias=rows)


def _rows(run: Run, seen: BiasAnswers) -> tuple[BiasRow, ...]:
    own = seen.own
    edge = 2.0 ** (run.edition.file.quantization.bias_bits - 1)
    expected = np.clip(own.expected, -edge, edge)
    fits = own.integers.shape == own.bias.shape
    rows = zip(run.baseline.class_names, own.bias, expected, strict=False)
    return tuple(
        BiasRow(
            name=name,
            value=float(value),
            expected=round(float(wanted)),
            actual=float(own.integers[index]) if fits else None,
        )
        for index, (name, value, wanted) in enumerate(rows)
    )
