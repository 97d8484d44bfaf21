"""The images that a network is tested on: the first of the test set, normalised, a row each."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from grader.baseline.labelled_images import normalized
from grader.baseline.networks import Baseline
from grader.border.conventions import Floats
from grader.editions.loader import Edition
from grader.vectors.integer_parameters import VectorsError
from reference.datasets import Data


def images_of_data(edition: Edition, data: Data, count: int) -> Floats:
    """Return the first images of a data set; raise VectorsError for too few."""
    _require(data.title, len(data.test), count)
    table = edition.file.data
    return _rows(data.test.normalized(slice(0, count), mean=table.mean, std=table.std))


def images_of_baseline(baseline: Baseline, count: int) -> Floats:
    """Return the first images of a baseline's data set; raise VectorsError for too few."""
    _require(str(baseline.data_set), len(baseline.labels), count)
    return _rows(normalized(baseline, count))


def _rows(images: Tensor) -> Floats:
    return np.asarray(images.flatten(1).numpy(), dtype=np.float64)


def _require(title: str, there: int, count: int) -> None:
    if count > there:
        msg = f"{title} has only {there} test images; ask for no more than that, not {count}"
        raise VectorsError(msg)
