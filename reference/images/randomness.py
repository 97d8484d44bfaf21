"""Random integers that are the same everywhere: PCG64's raw output, which numpy keeps stable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Grid = NDArray[np.int16]


def draw_bytes(bits: np.random.PCG64, count: int) -> Bytes:
    """Return *count* bytes, 0 to 255, all equally likely."""
    words = np.atleast_1d(bits.random_raw((count + 7) // 8))
    return words.astype("<u8").view(np.uint8)[:count]


def draw_noise(bits: np.random.PCG64, count: int, divisor: int = 10) -> Grid:
    """Return triangular noise: the sum of two bytes, 255 less, divided by *divisor*."""
    pairs = draw_bytes(bits, 2 * count).reshape(2, count)
    noise: Grid = (pairs[0].astype(np.int16) + pairs[1] - 255) // divisor
    return noise
