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

from reference.spec import Shape

Progress = Callable[[int, int], None]
"""Called with how many images are done, and of how many."""

PROGRESS_STEPS = 500

Images = NDArray[np.uint8]
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
        digest = hashlib.sha256(f"{self.shape}\n{key}".encode(errors="surrogateescape"))
        entry = self.folder / digest.hexdigest()[:32]
        if not entry.is_dir():
            self._fill(entry, labels, pictures())
        return np.load(entry / "images.npy", mmap_mode="r"), np.load(entry / "labels.npy")

    def _fill(self, entry: Path, labels: Sequence[int], pictures: Iterable[Image.Image]) -> None:
        """Write *pictures* to a new folder and rename it, so that no half entry is ever seen."""
        entry.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=entry.parent))
        try:
            np.save(partial / "images.npy", self._fitted(pictures, len(labels)))
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


def fit(image: Image.Image, shape: Shape) -> Images:
    """Return *image* as uint8 (channels, height, width), resized as torchvision's Resize does."""
    channels, height, width = shape
    image = image.convert("L" if channels == 1 else "RGB")
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)
