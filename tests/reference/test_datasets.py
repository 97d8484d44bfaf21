"""Data sets on disk, and the embedded sample."""

from __future__ import annotations

import gzip
import hashlib
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms

from reference import datasets
from reference.datasets import open_data
from reference.images import decoding
from reference.images.errors import DataError

CLASSES = ("cat", "dog")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of PNG images, three to train on and two to test on each."""
    random = np.random.default_rng(0)
    for split, count in (("train", 3), ("test", 2)):
        for name in CLASSES:
            (tmp_path / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 256, (32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / split / name / f"{number}.png")
    return tmp_path


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_a_folder_per_class_is_a_data_set(folder: Path, cache: Path) -> None:
    """Every image is there with its folder's class, pixel for pixel."""
    data = open_data(folder, "pets", cache)

    assert data.test.class_names == CLASSES
    assert data.train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    stored = np.asarray(Image.open(folder / "test" / "dog" / "1.png"))
    assert np.array_equal(data.test.images[3], stored.transpose(2, 0, 1))


def test_normalized_images_are_torchvisions_bits(folder: Path, cache: Path) -> None:
    """ToTensor and Normalize give exactly the same float32, uneven means and all."""
    mean, std = (0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261)
    convert = transforms.Compose([transforms.ToTensor(), transforms.Normalize(mean, std)])
    expected = torch.stack(
        [convert(Image.open(file)) for file in sorted((folder / "test" / "cat").iterdir())]
    )

    actual = open_data(folder, "pets", cache).test.normalized(slice(0, 2), mean=mean, std=std)
    assert torch.equal(actual, expected)


def test_images_of_another_shape_are_converted_as_torchvision_does(
    folder: Path, cache: Path
) -> None:
    """Grey 20x20 images are torchvision's Resize of the grey picture."""
    expected = transforms.Resize((20, 20))(
        Image.open(folder / "test" / "cat" / "0.png").convert("L")
    )

    data = open_data(folder, "pets", cache, shape=(1, 20, 20))
    assert np.array_equal(data.test.images[0, 0], np.asarray(expected))


def test_a_second_opening_decodes_nothing(folder: Path, cache: Path) -> None:
    """Progress is told up to the last image the first time, and not at all the second."""
    calls: list[tuple[int, int]] = []
    for _ in range(2):
        open_data(folder, "pets", cache, on_progress=lambda done, n: calls.append((done, n)))

    assert calls == [(4, 4)]


def test_of_training_images_only_those_that_are_drawn_are_decoded(
    folder: Path, cache: Path
) -> None:
    """A grading draws a few hundred of 50,000; a later one finds them."""
    calls: list[tuple[int, int]] = []
    for _ in range(2):
        data = open_data(folder, "pets", cache, on_progress=lambda *told: calls.append(told))
        drawn = data.train.subset([5, 0])

    stored = [Image.open(folder / "train" / name) for name in ("dog/2.png", "cat/0.png")]
    assert calls == [(4, 4), (2, 2)]
    assert np.array_equal(drawn.images, [np.asarray(one).transpose(2, 0, 1) for one in stored])
    assert drawn.labels.tolist() == [1, 0]


def test_several_processes_decode_the_same_images(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fills its rows; one that ends at once is done without."""
    expected = np.array(open_data(folder, "pets", cache / "alone").train.images)
    monkeypatch.setattr(decoding, "WORTH_A_PROCESS", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    calls: list[tuple[int, int]] = []
    told = lambda *far: calls.append(far)  # noqa: E731
    together = open_data(folder, "pets", cache / "together", on_progress=told).train.images
    assert np.array_equal(together, expected)
    assert calls == [(4, 4), (6, 6)]

    monkeypatch.setattr(decoding.sys, "executable", "false")
    assert np.array_equal(open_data(folder, "pets", cache / "dead").train.images, expected)


def test_a_process_names_the_image_that_it_cannot_read(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one of several processes meets is told like what this one meets."""
    monkeypatch.setattr(decoding, "WORTH_A_PROCESS", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    (folder / "test" / "dog" / "9.png").write_bytes(b"not an image")

    with pytest.raises(DataError, match=r"dog/9\.png: not a readable image \(cannot identify"):
        open_data(folder, "pets", cache)
    assert list(cache.iterdir()) == []


def test_a_changed_image_is_decoded_again(folder: Path, cache: Path) -> None:
    """The cache notices that a file was replaced."""
    open_data(folder, "pets", cache)
    changed = folder / "test" / "cat" / "0.png"
    Image.new("RGB", (32, 32), (9, 9, 9)).save(changed)
    os.utime(changed, (time.time() + 5, time.time() + 5))

    assert (open_data(folder, "pets", cache).test.images[0] == 9).all()


def test_nothing_half_written_stays_in_the_cache(folder: Path, cache: Path) -> None:
    """An image that cannot be read is named, and leaves no entry behind."""
    (folder / "train" / "dog" / "9.png").write_bytes(b"not an image")

    with pytest.raises(DataError, match=r"9\.png: not a readable image"):
        np.asarray(open_data(folder, "pets", cache).train.images)
    assert [*cache.glob(".*")] == []


def test_a_folder_without_data_says_what_to_do(tmp_path: Path, cache: Path) -> None:
    """The message names the folder, both layouts, and the next step."""
    with pytest.raises(DataError, match="no cifar10 found, neither train/<class>/") as caught:
        open_data(tmp_path, "cifar10", cache)
    assert str(tmp_path) in str(caught.value)
    assert "check the path" in str(caught.value)


def test_a_split_without_images_says_where_they_go(tmp_path: Path, cache: Path) -> None:
    """Empty train and test folders are told from a data set."""
    for split in ("train", "test"):
        (tmp_path / split).mkdir()

    with pytest.raises(DataError, match="no images found; put them into one folder per class"):
        open_data(tmp_path, "cifar10", cache)


def test_splits_of_different_classes_are_refused(folder: Path, cache: Path) -> None:
    """A class that only one split has would shift all labels after it."""
    (folder / "test" / "cat").rename(folder / "test" / "cow")

    with pytest.raises(DataError, match="train and test have different classes"):
        open_data(folder, "pets", cache)


def test_an_unknown_name_needs_folders(tmp_path: Path, cache: Path) -> None:
    """torchvision is asked for the sets it is known to have only."""
    with pytest.raises(DataError, match="no data set that torchvision can open"):
        open_data(tmp_path, "pets", cache)


def test_torchvisions_own_files_are_read(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CIFAR-10's pickled batches, written here as the authors write them, give their pixels."""
    from torchvision.datasets import CIFAR10

    base = tmp_path / CIFAR10.base_folder
    base.mkdir()
    rows = np.random.default_rng(0).integers(0, 256, (4, 3072), dtype=np.uint8)
    names = ("batch", "test", "meta")
    contents = (
        {"data": rows, "labels": [3, 1, 0, 2]},
        {"data": rows[:2], "labels": [1, 0]},
        {"label_names": ["a", "b", "c", "d"]},
    )
    for name, content in zip(names, contents, strict=True):
        (base / name).write_bytes(pickle.dumps(content))
    sums = {n: hashlib.md5((base / n).read_bytes()).hexdigest() for n in names}
    monkeypatch.setattr(CIFAR10, "train_list", [["batch", sums["batch"]]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test", sums["test"]]])
    meta = {"filename": "meta", "key": "label_names", "md5": sums["meta"]}
    monkeypatch.setattr(CIFAR10, "meta", meta)

    data = open_data(tmp_path, "cifar10", cache)

    assert np.array_equal(data.train.images, rows.reshape(4, 3, 32, 32))
    assert data.test.labels.tolist() == [1, 0]
    assert (data.title, len(data.test)) == ("CIFAR-10", 2)


def test_a_failed_download_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network the message says what failed and what to do."""
    from torchvision.datasets import CIFAR10

    def refuse(_self: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(CIFAR10, "download", refuse)

    with pytest.raises(DataError, match=r"could not be downloaded \(no route to host\)"):
        datasets.download("cifar10", tmp_path)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write bytes as MNIST's authors do: two zeros, the type, the dimensions, their sizes."""
    header = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, dtype=">u4").tobytes()
    content = header + array.astype(np.uint8).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_mnist(folder: Path, *, names: tuple[str, ...], ending: str = "") -> np.ndarray:
    """Write ten images of each name and return those of the last."""
    random = np.random.default_rng(0)
    for name in names:
        pixels = random.integers(0, 256, (10, 28, 28), dtype=np.uint8)
        write_idx(folder / f"{name}-images-idx3-ubyte{ending}", pixels)
        write_idx(folder / f"{name}-labels-idx1-ubyte{ending}", np.arange(10))
    return pixels


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_mnists_own_files_are_read(tmp_path: Path, cache: Path, ending: str) -> None:
    """Where torchvision puts them, packed or not, every pixel and label is there."""
    pixels = write_mnist(tmp_path / "MNIST" / "raw", names=("train", "t10k"), ending=ending)

    data = open_data(tmp_path, "mnist", cache, shape=(1, 28, 28))

    assert np.array_equal(data.test.images, pixels[:, None])
    assert data.test.labels.tolist() == [*range(10)]
    assert data.train.class_names == tuple("0123456789")
    assert (data.title, len(data.train)) == ("MNIST", 10)


def test_digits_are_not_taken_for_another_data_set(tmp_path: Path, cache: Path) -> None:
    """No network for photographs is judged on MNIST because its files lay in the folder named."""
    write_mnist(tmp_path, names=("train", "t10k"))

    with pytest.raises(DataError, match=r"holds MNIST, but the network was trained on CIFAR-10"):
        open_data(tmp_path, "cifar10", cache)


def test_mnist_is_enlarged_as_torchvision_does(tmp_path: Path, cache: Path) -> None:
    """28x28 images become torchvision's Resize to 32x32, and its ToTensor and Normalize."""
    pixels = write_mnist(tmp_path, names=("train", "t10k"))
    convert = transforms.Compose(
        [transforms.Resize((32, 32)), transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]
    )
    expected = torch.stack([convert(Image.fromarray(image)) for image in pixels])

    data = open_data(tmp_path, "mnist", cache, shape=(1, 32, 32))
    assert torch.equal(data.test.normalized(mean=(0.5,), std=(0.5,)), expected)


def test_test_images_alone_serve_for_training_too(tmp_path: Path, cache: Path) -> None:
    """The first 80 % are trained on, the rest tested, and no image is in both."""
    pixels = write_mnist(tmp_path, names=("mnist-t10k",), ending=".gz")

    data = open_data(tmp_path, "mnist", cache, shape=(1, 28, 28))

    assert np.array_equal(data.train.images[:, 0], pixels[:8])
    assert np.array_equal(data.test.images[:, 0], pixels[8:])
    assert (data.train.labels.tolist(), data.test.labels.tolist()) == ([*range(8)], [8, 9])


def test_a_part_of_a_file_is_an_array_file_of_its_own(tmp_path: Path, cache: Path) -> None:
    """Whoever maps a split's array file by its name finds that split alone."""
    write_mnist(tmp_path, names=("t10k",))

    test = open_data(tmp_path, "mnist", cache, shape=(1, 28, 28)).test
    assert isinstance(test.images, np.memmap)
    assert np.array_equal(np.load(str(test.images.filename)), test.images)


def test_mnist_is_resized_once(tmp_path: Path, cache: Path) -> None:
    """A second opening, of unchanged files, works on no image."""
    write_mnist(tmp_path, names=("train", "t10k"))
    calls: list[int] = []
    for _ in range(2):
        open_data(tmp_path, "mnist", cache, on_progress=lambda done, _n: calls.append(done))

    assert calls == [10, 10]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t10k-images-idx3-ubyte", b"no idx file"),
        ("t10k-images-idx3-ubyte", bytes((0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 28, 0, 0, 0, 28, 1))),
        ("t10k-labels-idx1-ubyte", b"\x1f\x8b half a gzip file"),
        ("t10k-labels-idx1-ubyte", bytes((0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3))),
    ],
    ids=["another file", "cut short", "not unpacked", "too few labels"],
)
def test_a_spoilt_file_is_named(tmp_path: Path, cache: Path, name: str, content: bytes) -> None:
    """The message names the file and says what to do."""
    write_mnist(tmp_path, names=("t10k",))
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataError, match=r"t10k-(images|labels).*; download the file again"):
        open_data(tmp_path, "mnist", cache)
    assert list(cache.iterdir()) == []
