"""Images in one folder per class, decoded when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reference.images.cache import ImageCache
from reference.images.decoding import Images
from reference.images.errors import DataError


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One image as it lies on disk; a plain path, since there may be 60,000 of them."""

    path: str
    label: int


class FolderImages:
    """
    The images of *files* as an array of uint8 (images, channels, height, width).

    Only what an array of indices asks for is decoded, and kept in the cache by the folder's path
    and each of these files' names, sizes and times of change; anything else decodes them all.
    Raise UnreadableImageError for a file that is no image.
    """

    def __init__(self, folder: Path, files: Sequence[ImageFile], cache: ImageCache) -> None:
        self._folder = folder
        self._files = files
        self._cache = cache
        self._all: Images | None = None

    def all(self) -> Images:
        """Return all images, memory-mapped."""
        if self._all is None:
            self._all = self._load(self._files)
        return self._all

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (images, channels, height, width)."""
        return (len(self), *self._cache.shape)

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: Any) -> Images:
        if isinstance(index, np.ndarray) and index.dtype == np.int64:
            return self._load([self._files[at] for at in index])
        found: Images = self.all()[index]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.all(), dtype=dtype, copy=copy)

    def _load(self, files: Sequence[ImageFile]) -> Images:
        lines = "\n".join(_identity(file.path) for file in files)
        labels = [file.label for file in files]
        key = f"{self._folder.resolve()}\n{lines}"
        return self._cache.load_files(key, labels, [file.path for file in files])[0]


def list_images(folder: Path) -> tuple[list[ImageFile], tuple[str, ...]]:
    """Return the images in *folder*, sorted, and the classes; raise DataError without any."""
    suffixes = tuple(Image.registered_extensions())
    classes = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    files = [
        ImageFile(path, label)
        for label, name in enumerate(classes)
        for path in sorted(entry.path for entry in os.scandir(folder / name))
        if path.lower().endswith(suffixes)
    ]
    if not files:
        msg = f"{folder}: no images found; put them into one folder per class, {folder}/<class>/"
        raise DataError(msg)
    return files, tuple(classes)


def _identity(path: str) -> str:
    status = os.stat(path)  # noqa: PTH116  a Path each would take longer than all else
    return f"{path}\0{status.st_size}\0{status.st_mtime_ns}"
