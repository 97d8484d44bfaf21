"""Labelled images: a data set on disk in one of its usual layouts, or the embedded sample."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from reference.sample import FIGURES, generate
from reference.spec import Shape

Progress = Callable[[int, int], None]
"""Called with how many images are done, and of how many."""

SAMPLE = "sample"
"""The embedded sample's name, also that of its checkpoints."""

SAMPLE_IMAGES = 2000
SAMPLE_SEEDS = {"train": 1, "test": 2}
PROGRESS_STEPS = 500

_TITLES = {"cifar10": "CIFAR-10", "mnist": "MNIST"}
_TORCHVISION = {"cifar10": "CIFAR10", "mnist": "MNIST"}


class DataError(Exception):
    """A data set is missing, or is not what it should be; says where, and what to do."""


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """
    Images and their labels, as one array each.

    ``images`` is uint8 of shape (images, channels, height, width), usually memory-mapped;
    ``labels`` is int64, an index into ``class_names``.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def targets(self) -> Tensor:
        """Return the labels as an int64 tensor."""
        return torch.from_numpy(np.array(self.labels, dtype=np.int64))

    def subset(self, indices: Sequence[int] | NDArray[np.int64]) -> ImageSet:
        """Return the images at *indices*, in their order."""
        chosen = np.asarray(indices, dtype=np.int64)
        return replace(self, images=self.images[chosen], labels=self.labels[chosen])

    def draw(self, count: int, *, seed: int = 0) -> ImageSet:
        """Return *count* different images drawn by *seed*; all of them where there are fewer."""
        order = np.argsort(np.random.PCG64(seed).random_raw(len(self)), kind="stable")
        return self.subset(order[:count])

    def normalized(
        self,
        indices: slice | NDArray[np.int64] | None = None,
        *,
        mean: Sequence[float],
        std: Sequence[float],
    ) -> Tensor:
        """
        Return ``(x / 255 - mean) / std`` as float32 of shape (images, channels, height, width).

        The same bits as torchvision's ToTensor and Normalize; *mean* and *std* are per channel.
        """
        chosen = self.images[slice(None) if indices is None else indices]
        return normalize(chosen, mean=mean, std=std)


def normalize(images: NDArray[np.uint8], *, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Return ``(x / 255 - mean) / std`` of uint8 *images* (N, C, H, W), float32 of that shape."""
    pixels = torch.from_numpy(np.array(images)).to(torch.float32).div_(255)
    shift, spread = (torch.tensor(list(v), dtype=torch.float32) for v in (mean, std))
    return pixels.sub_(shift[:, None, None]).div_(spread[:, None, None])


@dataclass(frozen=True, kw_only=True)
class Data:
    """A data set's two splits."""

    name: str
    is_sample: bool
    train: ImageSet
    test: ImageSet

    @property
    def title(self) -> str:
        """Return what a data set is called: ``CIFAR-10``."""
        return _TITLES.get(self.name, self.name)


def open_data(
    directory: Path | None,
    name: str,
    cache: Path,
    *,
    shape: Shape = (3, 32, 32),
    on_progress: Progress | None = None,
) -> Data:
    """
    Return the data set *name* that is in *directory*, or the embedded sample where that is None.

    *directory* holds torchvision's own files, or ``train/<class>/*`` and ``test/<class>/*``;
    images of another *shape* (channels, height, width) are converted. Decoded images are kept
    under *cache*. Raise DataError where neither layout is found.
    """
    if directory is None:
        return open_sample()
    if (directory / "train").is_dir() and (directory / "test").is_dir():
        splits = [
            open_image_folder(directory, name, split, cache, shape=shape, on_progress=on_progress)
            for split in ("train", "test")
        ]
    else:
        splits = [_open_torchvision(directory, name, split, shape) for split in ("train", "test")]
    train, test = splits
    if train.class_names != test.class_names:
        msg = (
            f"{directory}: train and test have different classes ({', '.join(train.class_names)} "
            f"and {', '.join(test.class_names)}); give both the same folders"
        )
        raise DataError(msg)
    return Data(name=name, is_sample=False, train=train, test=test)


def open_sample() -> Data:
    """Return the embedded sample: generated images, the same on every machine."""
    return Data(
        name=SAMPLE,
        is_sample=True,
        train=generated("train", SAMPLE_IMAGES, seed=SAMPLE_SEEDS["train"]),
        test=generated("test", SAMPLE_IMAGES, seed=SAMPLE_SEEDS["test"]),
    )


def generated(split: str, count: int, *, seed: int) -> ImageSet:
    """Return *count* images of the embedded sample's kind."""
    images, labels = generate(count, seed)
    return ImageSet(
        name=SAMPLE, split=split, images=images, labels=labels, class_names=tuple(FIGURES)
    )


def download(name: str, root: Path) -> None:
    """Fetch the data set *name* into *root* through torchvision; raise DataError on failure."""
    for train in (True, False):
        try:
            _torchvision_class(name)(str(root), train=train, download=True)
        except (OSError, RuntimeError) as error:
            msg = f"{root}: {name} could not be downloaded ({error}); fetch its files by hand"
            raise DataError(msg) from error


def open_image_folder(  # noqa: PLR0913  two of them are options
    directory: Path,
    name: str,
    split: str,
    cache: Path,
    *,
    shape: Shape = (3, 32, 32),
    on_progress: Progress | None = None,
) -> ImageSet:
    """
    Return the images under ``directory/split/<class>/``, memory-mapped.

    They are decoded once and kept under *cache*, keyed by the folder's path and every file's name,
    size and time of change.
    """
    folder = directory / split
    files, class_names = _list_images(folder)
    entry = cache / _cache_key(folder, files, shape)
    if not entry.is_dir():
        _fill_cache(entry, files, shape, on_progress)
    return ImageSet(
        name=name,
        split=split,
        images=np.load(entry / "images.npy", mmap_mode="r"),
        labels=np.load(entry / "labels.npy"),
        class_names=class_names,
    )


@dataclass(frozen=True, slots=True)
class _File:
    """One image as it lies on disk; a plain path, since there may be 60,000 of them."""

    path: str
    label: int
    size: int
    changed: int


def _list_images(folder: Path) -> tuple[list[_File], tuple[str, ...]]:
    suffixes = tuple(Image.registered_extensions())
    classes = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    files = []
    for label, name in enumerate(classes):
        for file in sorted(os.scandir(folder / name), key=lambda file: file.name):
            if file.name.lower().endswith(suffixes):
                status = file.stat()
                files.append(_File(file.path, label, status.st_size, status.st_mtime_ns))
    if not files:
        msg = f"{folder}: no images found; put them into one folder per class, {folder}/<class>/"
        raise DataError(msg)
    return files, tuple(classes)


def _cache_key(folder: Path, files: Iterable[_File], shape: Shape) -> str:
    lines = "\n".join(f"{file.path}\0{file.size}\0{file.changed}" for file in files)
    return hashlib.sha256(
        f"{folder.resolve()}\0{shape}\n{lines}".encode(errors="surrogateescape")
    ).hexdigest()[:32]


def _fill_cache(
    entry: Path,
    files: list[_File],
    shape: Shape,
    on_progress: Progress | None,
) -> None:
    """Decode *files* into a new folder and rename it, so that no half entry is ever seen."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=entry.parent))
    try:
        images = np.empty((len(files), *shape), dtype=np.uint8)
        for done, file in enumerate(files, start=1):
            images[done - 1] = _decode(Path(file.path), shape)
            if on_progress is not None and (done % PROGRESS_STEPS == 0 or done == len(files)):
                on_progress(done, len(files))
        np.save(partial / "images.npy", images)
        np.save(partial / "labels.npy", np.array([file.label for file in files], dtype=np.int64))
        partial.rename(entry)
    except OSError:
        if not entry.is_dir():  # otherwise another process was quicker, and its entry is as good
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _decode(file: Path, shape: Shape) -> NDArray[np.uint8]:
    try:
        with Image.open(file) as image:
            return _fit(image, shape)
    except OSError as error:
        msg = f"{file}: not a readable image ({error}); replace or remove it"
        raise DataError(msg) from error


def _fit(image: Image.Image, shape: Shape) -> NDArray[np.uint8]:
    """Return *image* as uint8 (channels, height, width), resized as torchvision's Resize does."""
    channels, height, width = shape
    image = image.convert("L" if channels == 1 else "RGB")
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _open_torchvision(directory: Path, name: str, split: str, shape: Shape) -> ImageSet:
    try:
        source = _torchvision_class(name)(str(directory), train=split == "train", download=False)
    except (OSError, RuntimeError) as error:
        msg = (
            f"{directory}: no {name} found, neither train/<class>/ and test/<class>/ folders nor "
            f"torchvision's files ({error}); check the path or download the data"
        )
        raise DataError(msg) from error
    pixels = np.asarray(source.data)
    return ImageSet(
        name=name,
        split=split,
        images=np.stack([_fit(Image.fromarray(image), shape) for image in pixels]),
        labels=np.asarray(source.targets, dtype=np.int64),
        class_names=tuple(source.classes),
    )


def _torchvision_class(name: str) -> Any:
    import torchvision.datasets

    if name not in _TORCHVISION:
        has = ", ".join(_TORCHVISION)
        msg = f"{name!r} is no data set that torchvision can open (known: {has})"
        raise DataError(msg)
    return getattr(torchvision.datasets, _TORCHVISION[name])
