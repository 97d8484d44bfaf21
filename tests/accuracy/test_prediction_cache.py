"""Predictions that are recalled: the same networks, and no others."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from grader.baseline.prediction_cache import (
    PredictionCache,
    PredictionFolder,
    Predictions,
    fingerprint,
)

WEIGHTS = {"fc1.weight": np.arange(6.0).reshape(2, 3), "fc1.bias": np.array([0.5, -0.5])}


def answers(asked: list[str], name: str) -> Callable[[], Predictions]:
    """Return a prediction that notes that it was computed."""

    def predict() -> Predictions:
        asked.append(name)
        return np.array([len(asked)])

    return predict


def test_a_network_is_asked_once() -> None:
    """The second time, its predictions are the ones found the first time."""
    recall, asked = PredictionCache(), list[str]()

    first = recall("a", answers(asked, "a"))

    assert recall("a", answers(asked, "a")) is first
    assert asked == ["a"]


def test_the_network_asked_for_longest_ago_is_forgotten() -> None:
    """What is asked for often stays, however many others are asked for once."""
    recall, asked = PredictionCache(kept=2), list[str]()
    for name in "abaca":
        recall(name, answers(asked, name))

    assert asked == ["a", "b", "c"]
    recall("b", answers(asked, "b"))
    assert asked[3:] == ["b"]


def test_nobody_changes_what_others_are_told() -> None:
    """Predictions that are handed to many gradings cannot be written to."""
    found = PredictionCache()("a", lambda: np.zeros(3, np.int64))

    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


def test_what_fails_is_not_remembered() -> None:
    """A pass that raised is made again the next time."""
    recall = PredictionCache()
    with pytest.raises(ZeroDivisionError):
        recall("a", lambda: np.array([1 // 0]))

    assert recall("a", lambda: np.array([7])) == [7]


def shared(folder: Path, images: int = 1, most: int = 9) -> PredictionCache:
    """Return the cache of a new process that keeps its predictions in *folder*."""
    recall = PredictionCache()
    recall.share(PredictionFolder(path=folder, images=images, most=most))
    return recall


def test_a_network_is_asked_once_by_all_processes(tmp_path: Path) -> None:
    """What one process has computed, another one reads, the same numbers of the same type."""
    asked: list[str] = []
    first = shared(tmp_path)("a", answers(asked, "a"))

    again = shared(tmp_path)("a", answers(asked, "a"))

    assert asked == ["a"]
    assert again.tolist() == first.tolist() == [1]
    assert again.dtype == first.dtype


@pytest.mark.parametrize(
    "content", [b"", b"half", b"\x93NUMPY"], ids=["empty", "text", "broken off"]
)
def test_a_damaged_file_is_computed_anew(tmp_path: Path, content: bytes) -> None:
    """A file that is not whole is no prediction, and is replaced."""
    asked: list[str] = []
    (tmp_path / "a.npy").write_bytes(content)

    assert shared(tmp_path)("a", answers(asked, "a")) == [1]
    assert shared(tmp_path)("a", answers(asked, "a")) == [1]
    assert asked == ["a"]


def test_predictions_on_fewer_images_are_not_read(tmp_path: Path) -> None:
    """A file about another number of images is none of this data set's."""
    asked: list[str] = []
    shared(tmp_path)("a", answers(asked, "a"))

    shared(tmp_path, images=2)("a", answers(asked, "a"))

    assert asked == ["a", "a"]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    """Where nothing can be kept, each process computes for itself."""
    (tmp_path / "file").touch()

    assert shared(tmp_path / "file")("a", lambda: np.array([7])) == [7]


def test_the_folder_stays_small(tmp_path: Path) -> None:
    """The files that were written first go."""
    recall = shared(tmp_path, most=4)
    for at, name in enumerate("abcd"):
        recall(name, lambda: np.array([7]))
        os.utime(tmp_path / f"{name}.npy", ns=(at, at))

    recall("e", lambda: np.array([7]))

    assert sorted(path.stem for path in tmp_path.iterdir()) == [*"bcde"]


@pytest.mark.parametrize(
    "other",
    [
        WEIGHTS | {"fc1.weight": WEIGHTS["fc1.weight"].reshape(3, 2)},
        WEIGHTS | {"fc1.weight": WEIGHTS["fc1.weight"].astype(np.float32)},
        WEIGHTS | {"fc1.bias": np.nextafter(WEIGHTS["fc1.bias"], 1)},
        {"fc1.weight": WEIGHTS["fc1.weight"]},
        {"fc2.weight": WEIGHTS["fc1.weight"], "fc1.bias": WEIGHTS["fc1.bias"]},
        WEIGHTS | {"fc1.weight": WEIGHTS["fc1.weight"].T.copy().T[::-1]},
    ],
    ids=["shape", "type", "one bit", "one fewer", "another layer", "another order"],
)
def test_networks_that_differ_have_other_fingerprints(
    other: Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
) -> None:
    """One bit, a shape or a layer's name is a difference; so is a setting."""
    assert fingerprint(other) != fingerprint(WEIGHTS)


def test_settings_are_part_of_a_fingerprint() -> None:
    """The same arrays under another multiplier are another network."""
    assert fingerprint(WEIGHTS, 0.1) != fingerprint(WEIGHTS, np.nextafter(0.1, 1))
    assert fingerprint(WEIGHTS, 0.1) == fingerprint(dict(reversed(WEIGHTS.items())), 0.1)
