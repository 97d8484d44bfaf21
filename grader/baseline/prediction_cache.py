"""
Predictions that were computed before, by this process or by another one of the machine.

Right answers are the same integers for nearly everybody, so most of a class ask about networks
that stood here already; a pass over all test images is half a second of a core.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

KEPT = 64
KEPT_FILES = 2048  # of 20 kB for 10,000 images
Predictions = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class PredictionFolder:
    """
    Predictions on some number of *images*, a file for each network's fingerprint.

    What cannot be read or written there is as if it had never been kept.
    """

    path: Path
    images: int
    most: int = KEPT_FILES

    def find(self, network: str) -> Predictions | None:
        """Return what was kept for the network, None where that is nothing or no whole file."""
        try:
            found = np.load(self._file(network), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        is_whole = found.shape == (self.images,) and found.dtype == np.int16
        return found.astype(np.int64) if is_whole else None

    def keep(self, network: str, predictions: Predictions) -> None:
        """Write a network's predictions, whole or not at all."""
        with suppress(OSError):
            self.path.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".partial-", dir=self.path)
            try:
                with os.fdopen(handle, "wb") as file:
                    np.save(file, predictions.astype(np.int16))
                Path(name).replace(self._file(network))
            finally:
                Path(name).unlink(missing_ok=True)
            self._forget()

    def _file(self, network: str) -> Path:
        return self.path / f"{network}.npy"

    def _forget(self) -> None:
        """Remove the quarter that was written first where there are too many."""
        files = [*self.path.glob("*.npy")]
        if len(files) <= self.most:
            return
        files.sort(key=lambda file: file.stat().st_mtime_ns)
        for file in files[: max(1, len(files) // 4)]:
            file.unlink(missing_ok=True)


class PredictionCache:
    """
    The predictions of the networks last asked about, on images that stay the same.

    With a *folder* also of those that any process has asked about.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._found: dict[str, Predictions] = {}  # the one asked for last stands last
        self._lock = Lock()
        self._folder: PredictionFolder | None = None

    def share(self, folder: PredictionFolder) -> None:
        """Look into *folder* for what this process has not computed, and keep the rest there."""
        self._folder = folder

    def __call__(self, network: str, predict: Callable[[], Predictions]) -> Predictions:
        """Return what *predict* returned, or returns now, for the network of that fingerprint."""
        with self._lock:
            found = self._found.pop(network, None)
            if found is not None:
                self._found[network] = found
                return found
        found = self._found_or(network, predict)
        found.setflags(write=False)  # everybody's from now on
        with self._lock:
            self._found[network] = found
            if len(self._found) > self._kept:
                del self._found[next(iter(self._found))]
        return found

    def _found_or(self, network: str, predict: Callable[[], Predictions]) -> Predictions:
        if self._folder is None:
            return predict()
        found = self._folder.find(network)
        if found is None:
            found = predict()
            self._folder.keep(network, found)
        return found


def fingerprint(arrays: Mapping[str, npt.ArrayLike], *settings: object) -> str:
    """Return what is equal only for the same arrays, to the bit, under the same *settings*."""
    digest = hashlib.sha256(repr(settings).encode())
    for name, values in sorted(arrays.items()):
        array = np.ascontiguousarray(values)
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
