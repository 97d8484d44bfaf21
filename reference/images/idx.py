"""
MNIST's own files: unsigned bytes behind a header that gives their shape.

Source of the format: http://yann.lecun.com/exdb/mnist/. A file may be packed by gzip and may bear
the data set's name in front of its own: ``mnist-t10k-images-idx3-ubyte.gz``.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDERS = (".", "MNIST/raw", "raw")
"""Where torchvision and people put the files."""

UNSIGNED_BYTE = 8
_NAMES = {"train": "train", "test": "t10k"}
_GZIP = b"\x1f\x8b"


class IdxError(ValueError):
    """A file is no idx file of unsigned bytes."""


@dataclass(frozen=True, kw_only=True)
class IdxFiles:
    """One split's two files."""

    images: Path
    labels: Path

    def read_labels(self) -> NDArray[np.int64]:
        """Return the labels; raise IdxError where the file holds none."""
        labels = read_idx(self.labels)
        if labels.ndim != 1 or not len(labels):
            msg = f"{self.labels}: an array of shape {labels.shape} holds no labels"
            raise IdxError(msg)
        return labels.astype(np.int64)

    def read_images(self) -> NDArray[np.uint8]:
        """
        Return the images, uint8 of shape (images, height, width).

        Raise IdxError where the file holds none, or not as many as there are labels.
        """
        images, labels = read_idx(self.images), self.read_labels()
        if images.ndim != 3 or len(images) != len(labels):
            msg = f"{self.images}: an array of shape {images.shape} for {len(labels)} labels"
            raise IdxError(msg)
        return images

    def key(self) -> str:
        """Return what changes when the files do: their paths, sizes and times of change."""
        states = ((path, path.stat()) for path in (self.images, self.labels))
        return "\n".join(f"{p.resolve()}\0{s.st_size}\0{s.st_mtime_ns}" for p, s in states)


def find_idx(directory: Path) -> dict[str, IdxFiles]:
    """Return the splits ("train", "test") whose two files are in *directory*, packed or not."""
    found = {}
    for split, name in _NAMES.items():
        images, labels = (_find(directory, f"{name}-{kind}") for kind in ("images", "labels"))
        if images and labels:
            found[split] = IdxFiles(images=images, labels=labels)
    return found


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Return the bytes of an idx file in their shape; raise IdxError where it is none."""
    content = path.read_bytes()
    try:
        content = gzip.decompress(content) if content.startswith(_GZIP) else content
    except (EOFError, OSError) as error:
        msg = f"{path}: not a whole gzip file ({error})"
        raise IdxError(msg) from None
    dimensions = content[3] if content[:3] == bytes((0, 0, UNSIGNED_BYTE)) else 0
    start = 4 + 4 * dimensions
    shape = np.frombuffer(content[4:start], dtype=">u4").tolist() if dimensions else []
    if not shape or len(content) - start != math.prod(shape):
        msg = f"{path}: not an idx file of unsigned bytes, or not a whole one"
        raise IdxError(msg)
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _find(directory: Path, name: str) -> Path | None:
    return min(_named(directory, name), default=None, key=lambda path: len(path.name))


def _named(directory: Path, name: str) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (directory / folder).glob(f"*{name}?idx[13]-ubyte*")
