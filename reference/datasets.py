"""Labelled images: a data set on disk in one of its usual layouts, or the embedded sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from reference.images import digits, figures
from reference.images.cache import ImageCache
from reference.images.decoding import Progress, fit
from reference.images.errors import DataError
from reference.images.folders import FolderImages, list_images
from reference.images.idx import IdxError, IdxFiles, find_idx
from reference.spec import Shape

SAMPLE = "sample"
"""The embedded samples' name, also that of their checkpoints."""

COLOUR, GREY = (3, 32, 32), (1, 32, 32)
"""The shapes that there is an embedded sample of: figures and digits."""

SAMPLE_IMAGES = 2000
SAMPLE_SEEDS = {"train": 1, "test": 2}

SPLITS = ("train", "test")

TRAINING_SHARE = 0.8
"""How much of one split is trained on where the other's files are not there."""

_TITLES = {"cifar10": "CIFAR-10", "mnist": "MNIST"}
_TORCHVISION = {"cifar10": "CIFAR10", "mnist": "MNIST"}
_CLASSES = {
    "cifar10": (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    "mnist": tuple("0123456789"),
}


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

    *directory* holds torchvision's own files, MNIST's idx files, or ``train/<class>/*`` and
    ``test/<class>/*``; images of another *shape* (channels, height, width) are converted. Decoded
    images are kept under *cache*. Raise DataError where none of these is found, and where they
    are those of another data set.
    """
    if directory is None:
        return open_sample(shape)
    kept = ImageCache(folder=cache, shape=shape, on_progress=on_progress)
    if (directory / "train").is_dir() and (directory / "test").is_dir():
        train, test = (open_image_folder(directory, name, s, kept) for s in SPLITS)
    elif files := find_idx(directory):
        train, test = open_idx(files, name, kept)
    else:
        train, test = (_open_torchvision(directory, name, s, shape) for s in SPLITS)
    if train.class_names != test.class_names:
        msg = (
            f"{directory}: train and test have different classes ({', '.join(train.class_names)} "
            f"and {', '.join(test.class_names)}); give both the same folders"
        )
        raise DataError(msg)
    _raise_for_another_set(directory, name, train.class_names)
    return Data(name=name, is_sample=False, train=train, test=test)


def _raise_for_another_set(directory: Path, name: str, class_names: tuple[str, ...]) -> None:
    """Raise DataError where the classes are those of another set than *name*."""
    found = next((one for one, known in _CLASSES.items() if class_names == known), name)
    if name in _CLASSES and found != name:
        msg = (
            f"{directory}: holds {_TITLES[found]}, but the network was trained on {_TITLES[name]};"
            f" name the folder in which {_TITLES[name]} is"
        )
        raise DataError(msg)


_SAMPLES = {
    COLOUR: (figures.generate, tuple(figures.FIGURES)),
    GREY: (digits.generate, tuple(digits.FORMS)),
}
"""How an image shape's sample is generated, and its classes."""


def open_sample(shape: Shape = COLOUR) -> Data:
    """
    Return the embedded sample of a *shape*: generated images, the same on every machine.

    Raise DataError where there is none of that shape.
    """
    splits = (generated(s, SAMPLE_IMAGES, seed=n, shape=shape) for s, n in SAMPLE_SEEDS.items())
    train, test = splits
    return Data(name=SAMPLE, is_sample=True, train=train, test=test)


def generated(split: str, count: int, *, seed: int, shape: Shape = COLOUR) -> ImageSet:
    """Return *count* images of the kind of the embedded sample of *shape*."""
    if shape not in _SAMPLES:
        has = " and ".join("x".join(map(str, known)) for known in _SAMPLES)
        msg = f"no sample of {'x'.join(map(str, shape))} images is embedded ({has} are); name data"
        raise DataError(msg)
    generate, class_names = _SAMPLES[shape]
    images, labels = generate(count, seed)
    return ImageSet(
        name=SAMPLE, split=split, images=images, labels=labels, class_names=class_names
    )


def download(name: str, root: Path) -> None:
    """Fetch the data set *name* into *root* through torchvision; raise DataError on failure."""
    for train in (True, False):
        try:
            _torchvision_class(name)(str(root), train=train, download=True)
        except (OSError, RuntimeError) as error:
            msg = f"{root}: {name} could not be downloaded ({error}); fetch its files by hand"
            raise DataError(msg) from error


def open_image_folder(directory: Path, name: str, split: str, cache: ImageCache) -> ImageSet:
    """
    Return the images under ``directory/split/<class>/``, memory-mapped.

    Those of ``train`` are decoded when they are asked for, and only those. They are kept in
    *cache* by the folder's path and every file's name, size and time of change.
    """
    folder = directory / split
    files, class_names = list_images(folder)
    images = FolderImages(folder, files, cache)
    kept = cast("NDArray[np.uint8]", images) if split == "train" else images.all()
    labels = np.array([file.label for file in files], dtype=np.int64)
    return ImageSet(name=name, split=split, images=kept, labels=labels, class_names=class_names)


def open_idx(files: Mapping[str, IdxFiles], name: str, cache: ImageCache) -> list[ImageSet]:
    """
    Return both splits of MNIST from its own *files*, memory-mapped.

    Where only one split's files are there, its first 80 % are trained on and the others tested.
    They are kept in *cache* by the files' paths, sizes and times of change.
    """
    try:
        if len(files) == len(SPLITS):
            return [_open_idx_part(files[s], name, s, cache, (0.0, 1.0)) for s in SPLITS]
        (only,) = files.values()
        parts = zip(SPLITS, ((0.0, TRAINING_SHARE), (TRAINING_SHARE, 1.0)), strict=True)
        return [_open_idx_part(only, name, split, cache, part) for split, part in parts]
    except (IdxError, OSError) as error:
        msg = f"{error}; download the file again"
        raise DataError(msg) from error


def _open_idx_part(
    files: IdxFiles, name: str, split: str, cache: ImageCache, part: tuple[float, float]
) -> ImageSet:
    labels = files.read_labels()
    start, end = (round(share * len(labels)) for share in part)
    images, kept_labels = cache.load(
        f"{files.key()}\n{start} {end}",
        labels[start:end].tolist(),
        lambda: (Image.fromarray(pixels) for pixels in files.read_images()[start:end]),
    )
    class_names = tuple(str(label) for label in range(labels.max() + 1))
    return ImageSet(
        name=name, split=split, images=images, labels=kept_labels, class_names=class_names
    )


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
        images=np.stack([fit(Image.fromarray(image), shape) for image in pixels]),
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
