"""Images that were decoded and resized once, kept as arrays on the disk."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reference.images.decoding import PROGRESS_STEPS, Images, Progress, decode_files, fit
from reference.spec import Shape

Labels = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ImageCache:
    """A folder of arrays; all images have one *shape*, (channels, height, width)."""

    folder: Path
    shape: Shape
    on_progress: Progress | None = None

    def load(
        self, key: str, labels: Sequence[int], pictures: Callable[[], Iterable[Image.Image]]
    ) -> tuple[Images, Labels]:
        """
        Return the images kept under *key*, memory-mapped, and their labels.

        Where there are none, *pictures* is called, one for each label.
        """

        def write(target: Path) -> None:
            np.save(target, self._fitted(pictures(), len(labels)))

        return self._load(key, labels, write)

    def load_files(
        self, key: str, labels: Sequence[int], paths: Sequence[str]
    ) -> tuple[Images, Labels]:
        """
        Return the images kept under *key*, as ``load`` does; *paths* are decoded where none are.

        Raise UnreadableImageError.
        """

        def write(target: Path) -> None:
            decode_files(paths, self.shape, target, self.on_progress)

        return self._load(key, labels, write)

    def _load(
        self, key: str, labels: Sequence[int], write: Callable[[Path], None]
    ) -> tuple[Images, Labels]:
        digest = hashlib.sha256(f"{self.shape}\n{key}".encode(errors="surrogateescape"))
        entry = self.folder / digest.hexdigest()[:32]
        if not entry.is_dir():
            self._fill(entry, labels, write)
        return np.load(entry / "images.npy", mmap_mode="r"), np.load(entry / "labels.npy")

    def _fill(self, entry: Path, labels: Sequence[int], write: Callable[[Path], None]) -> None:
        """Write images to a new folder and rename it, so that no half entry is ever seen."""
        entry.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=entry.parent))
        try:
            write(partial / "images.npy")
            np.save(partial / "labels.npy", np.array(labels, dtype=np.int64))
            partial.rename(entry)
        except OSError:
            if not entry.is_dir():  # otherwise another process was quicker; its entry is as good
                raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _fitted(self, pictures: Iterable[Image.Image], count: int) -> Images:
        images = np.empty((count, *self.shape), dtype=np.uint8)
        for done, picture in enumerate(pictures, start=1):
            images[done - 1] = fit(picture, self.shape)
            if self.on_progress is not None and (done % PROGRESS_STEPS == 0 or done == count):
                self.on_progress(done, count)
        return images
