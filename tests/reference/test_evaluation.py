"""Accuracy, and what a change to a network costs."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference.evaluation import accuracy, paired_degradation, predict

CLASSES = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=60)


def test_accuracy_is_a_percentage() -> None:
    """Three of four right are 75 %."""
    assert accuracy(torch.tensor([1, 2, 3, 4]), torch.tensor([1, 2, 3, 0])) == 75.0


def test_four_lost_and_one_gained_of_a_hundred_cost_three_points() -> None:
    """McNemar's standard error of b = 4, c = 1, n = 100 is sqrt(5 - 9/100) points."""
    labels = torch.zeros(100, dtype=torch.int64)
    before, after = labels.clone(), labels.clone()
    before[0] = 1
    after[1:5] = 1

    degradation = paired_degradation(before, after, labels)

    assert (degradation.lost, degradation.gained) == (4, 1)
    assert degradation.points == 3.0
    assert degradation.standard_error == pytest.approx(math.sqrt(5 - 0.09))


@given(rows=CLASSES)
def test_degradation_is_the_difference_of_accuracies(rows: list[tuple[int, int, int]]) -> None:
    """Whatever the predictions, the points lost are one accuracy less the other."""
    before, after, labels = torch.tensor(rows).T
    lost = paired_degradation(before, after, labels).points

    assert lost == pytest.approx(accuracy(before, labels) - accuracy(after, labels))


@given(rows=CLASSES)
def test_the_standard_error_is_that_of_the_paired_differences(
    rows: list[tuple[int, int, int]],
) -> None:
    """It equals the deviation of per-image differences over the square root of their number."""
    before, after, labels = torch.tensor(rows).T
    differences = 100.0 * ((before == labels).double() - (after == labels).double())
    expected = float(differences.std(correction=0)) / math.sqrt(len(rows))

    error = paired_degradation(before, after, labels).standard_error
    assert error == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 500])
def test_predictions_come_in_the_order_of_the_images(batch_size: int) -> None:
    """A network that returns one-hot rows of each image's first pixel predicts that pixel."""
    pixels = torch.tensor([2, 0, 1, 3, 3, 1, 0])
    images = pixels[:, None, None, None].expand(-1, 3, 4, 4).float()

    predictions = predict(
        lambda x: torch.nn.functional.one_hot(x[:, 0, 0, 0].long(), 4).float(),
        images,
        batch_size=batch_size,
    )
    assert predictions.tolist() == pixels.tolist()
