"""What the report shows of a run beyond points: the bias, class by class, and the confusion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.border.conventions import Predictions
from grader.model import BiasRow, Confusion
from grader.tasks.accumulator_bias import kind as accumulator_bias
from grader.tasks.run import Run


def bias_rows(run: Run) -> tuple[BiasRow, ...]:
    """Return each class's bias as trained, on the accumulator's scale, and as returned."""
    seen = run.seen(accumulator_bias.KIND)
    if seen is None:
        return ()
    own = seen.own
    edge = 2.0 ** (run.edition.file.quantization.bias_bits - 1)
    expected = np.clip(own.expected, -edge, edge)
    fits = own.integers.shape == own.bias.shape
    return tuple(
        BiasRow(
            name=name,
            value=float(value),
            expected=round(float(wanted)),
            actual=float(own.integers[index]) if fits else None,
        )
        for index, (name, value, wanted) in enumerate(
            zip(run.baseline.class_names, own.bias, expected, strict=False)
        )
    )


def bias_layer(run: Run) -> str:
    """Return the name of the layer that has the bias, ``""`` where no task is about one."""
    specs = (task.spec for task in run.tasks.values() if task.kind is accumulator_bias.KIND)
    return next((spec.layer for spec in specs), "")


def confusion(run: Run, predictions: Mapping[str, Predictions]) -> Confusion | None:
    """Return the confusion of the float and of the quantized network, where both were run."""
    if not {"float", "activations"} <= predictions.keys():
        return None
    return Confusion(
        classes=run.baseline.class_names,
        before=_matrix(run, predictions["float"]),
        after=_matrix(run, predictions["activations"]),
    )


def _matrix(run: Run, predictions: Predictions) -> tuple[tuple[int, ...], ...]:
    classes = len(run.baseline.class_names)
    pairs = run.baseline.labels * classes + np.clip(predictions, 0, classes - 1)
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    return tuple(tuple(int(count) for count in row) for row in counts)
