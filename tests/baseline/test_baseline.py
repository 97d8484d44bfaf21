"""What is computed once for all submissions, and found again in the cache."""

# ruff: noqa: RUF001 - Chinese punctuation is what is shown

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from grader.baseline import labelled_images
from grader.baseline.labelled_images import LabelledImages
from grader.baseline.networks import Baseline, load_baseline
from grader.editions.loader import Edition
from reference.datasets import Data, open_sample
from tests.grading import edition, sample_baseline


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def small() -> Data:
    """The sample with forty test images, so that filling a cache is quick."""
    data = open_sample()
    images, labels = (np.array(a[:40]) for a in (data.test.images, data.test.labels))
    return replace(data, test=replace(data.test, images=images, labels=labels))


def entries(cache: Path) -> list[Path]:
    return sorted((cache / "baselines").iterdir())


def test_who_waits_for_the_first_baseline_is_told_how_far_it_is(
    small: Data, tmp_path: Path
) -> None:
    """Every pass over the images is counted, up to the number foretold; later there is none."""
    told: list[tuple[int, int]] = []

    for _ in range(2):
        load_baseline(edition(), small, tmp_path, lambda *far: told.append(far))

    total = told[0][1]
    assert told == [(done, total) for done in range(1, total + 1)]


def test_the_cache_is_filled_once(small: Data, tmp_path: Path) -> None:
    """A second call reads what the first one wrote, and finds the same."""
    first = load_baseline(edition(), small, tmp_path)
    (entry,) = entries(tmp_path)
    written = (entry / "arrays.npz").stat().st_mtime_ns

    second = load_baseline(edition(), small, tmp_path)

    assert (entry / "arrays.npz").stat().st_mtime_ns == written
    assert second.distributions == first.distributions
    np.testing.assert_array_equal(second.plain.predictions, first.plain.predictions)


def test_the_sample_is_named_wherever_an_accuracy_is_shown() -> None:
    """Its title says that its images are generated."""
    title = sample_baseline().title

    assert str(title) == "embedded sample (2,000 generated test images)"
    assert title.said_in("zh_TW") == "內建樣本（2,000 張產生的測試影像）"


def test_a_data_set_is_shown_with_its_name_and_size(small: Data, tmp_path: Path) -> None:
    """The title of photographs tells how many of them are judged on."""
    title = load_baseline(
        edition(), replace(small, name="cifar10", is_sample=False), tmp_path
    ).title

    assert str(title) == "CIFAR-10 (40 test images)"
    assert title.said_in("zh_TW") == "CIFAR-10（40 張測試影像）"


def test_an_equal_network_is_evaluated_once_for_all_runs(
    small: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later run finds what the same weights predict; one bit less is another network."""
    first = load_baseline(edition(), small, tmp_path)
    LabelledImages(first, edition().scheme).with_weights(first.plain, first.plain.weights)
    monkeypatch.setattr(labelled_images, "predict", lambda *_: pytest.fail("evaluated again"))

    later = load_baseline(edition(), small, tmp_path)
    judge = LabelledImages(later, edition().scheme)
    found = judge.with_weights(later.plain, later.plain.weights)

    np.testing.assert_array_equal(found, first.plain.predictions)
    changed = {name: np.nextafter(array, 0) for name, array in later.plain.weights.items()}
    with pytest.raises(pytest.fail.Exception):
        judge.with_weights(later.plain, changed)


def test_other_images_are_another_entry(small: Data, tmp_path: Path) -> None:
    """One changed pixel is another data set: nothing of the old entry is read."""
    load_baseline(edition(), small, tmp_path)
    images = small.test.images.copy()
    images[0, 0, 0, 0] ^= 1

    load_baseline(edition(), replace(small, test=replace(small.test, images=images)), tmp_path)

    assert len(entries(tmp_path)) == 2


def test_another_calibration_is_another_entry(small: Data, tmp_path: Path) -> None:
    """An edition that calibrates on fewer images has its own entry."""
    table = edition().file.data.model_copy(update={"calibration_images": 8})
    file = edition().file.model_copy(update={"data": table})
    fewer: Edition = replace(edition(), file=file)

    load_baseline(edition(), small, tmp_path)
    found = load_baseline(fewer, small, tmp_path)

    assert len(entries(tmp_path)) == 2
    assert found.plain.activations["input"].size == 8 * 3 * 32 * 32


def test_a_broken_off_entry_is_not_read(small: Data, tmp_path: Path) -> None:
    """A folder that was left half written stays beside the entry, which is made anew."""
    leftover = tmp_path / "baselines" / ".partial-left"
    leftover.mkdir(parents=True)
    (leftover / "arrays.npz").write_bytes(b"half")

    load_baseline(edition(), small, tmp_path)

    finished = [path for path in entries(tmp_path) if (path / "done").exists()]
    assert len(finished) == 1
    assert finished[0] != leftover


def test_activations_are_what_the_next_layer_receives() -> None:
    """After ReLU and pooling nothing is negative, and the sizes are 404 images' worth."""
    activations = sample_baseline().plain.activations

    assert {name: array.size // 404 for name, array in activations.items()} == {
        "input": 3 * 32 * 32,
        "conv1": 6 * 14 * 14,
        "conv2": 400,
        "fc1": 120,
        "fc2": 84,
        "fc3": 10,
    }
    assert all(activations[name].min() >= 0 for name in ("conv1", "conv2", "fc1", "fc2"))
    assert activations["fc3"].min() < 0


def test_ranges_are_those_of_the_arrays() -> None:
    """Each distribution's range, mean and histogram are numpy's of the same float64 values."""
    baseline: Baseline = sample_baseline()

    for found in baseline.distributions:
        is_weights = found.kind == "weights"
        group = baseline.plain.weights if is_weights else baseline.plain.activations
        values = group[found.layer].astype(np.float64)
        assert (found.minimum, found.maximum) == (values.min(), values.max())
        assert found.mean == pytest.approx(values.mean(), abs=1e-9)
        assert found.std == pytest.approx(values.std(), rel=1e-3)
        assert sum(found.counts) == values.size == found.numel
    assert [d.kind for d in baseline.distributions].count("weights") == 5
    assert len(baseline.distributions) == 11
