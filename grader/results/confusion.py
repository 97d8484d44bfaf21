"""Which classes are taken for which, by the float network and by the quantized one."""

from __future__ import annotations

import numpy as np

from grader.border.conventions import Predictions
from grader.editions.schema import Rung
from grader.measurements import Confusion
from grader.tasks.run import Run


def confusion(run: Run) -> Confusion | None:
    """
    Return the confusion of the float and of the quantized network, where both were run.

    The quantized network is the rung of the ladder that uses most tasks, of those without a bias.
    """
    plain = [rung for rung in run.edition.file.ladder if rung.network == "plain"]
    last = max(plain, key=_tasks_used, default=None)
    if last is None or not {last.against, last.id} <= run.predictions.keys():
        return None
    return Confusion(
        classes=run.baseline.class_names,
        before=_matrix(run, run.predictions[last.against]),
        after=_matrix(run, run.predictions[last.id]),
    )


def _tasks_used(rung: Rung) -> int:
    return len(rung.uses)


def _matrix(run: Run, predictions: Predictions) -> tuple[tuple[int, ...], ...]:
    classes = len(run.baseline.class_names)
    pairs = run.baseline.labels * classes + np.clip(predictions, 0, classes - 1)
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    return tuple(tuple(int(count) for count in row) for row in counts)
