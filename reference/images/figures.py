"""Colour images in place of photographs: each shows one of ten figures, or none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference.images.randomness import Bytes, Grid, draw_bytes, draw_noise

SIZE = 32
"""Images are SIZE x SIZE pixels."""

Mask = NDArray[np.bool_]


def generate(count: int, seed: int) -> tuple[Bytes, NDArray[np.int64]]:
    """
    Return *count* colour images, uint8 of shape (count, 3, 32, 32), and their classes.

    An image is one figure, of any place, size and colour, faint and sometimes invisible in the
    noise (mean -0.5, deviation 10) of a grey ground; the first class, no figure at all, is four
    times as frequent as the last. All arithmetic is in integers made from PCG64's raw output, so
    that every machine generates the same bytes.
    """
    bits = np.random.PCG64(seed)
    traits = draw_bytes(bits, count * 12).reshape(count, 12).astype(np.int16)
    labels = _CLASS_OF_BYTE[traits[:, 0]]
    masks = _figures(labels, traits[:, 1], traits[:, 2], traits[:, 3])
    ground = 118 + traits[:, 4:7] * 20 // 256
    contrast = traits[:, 7:10] // 8
    images = ground[:, :, None, None] + contrast[:, :, None, None] * masks[:, None]
    images += draw_noise(bits, images.size).reshape(images.shape)
    return images.clip(0, 255).astype(np.uint8), labels


def _figures(labels: NDArray[np.int64], across: Grid, down: Grid, size: Grid) -> Mask:
    """Return each image's figure: *across* and *down* place it, *size* gives its radius."""
    axis = np.arange(SIZE, dtype=np.int16)
    x = axis[None, None, :] - (12 + across * 8 // 256)[:, None, None]
    y = axis[None, :, None] - (12 + down * 8 // 256)[:, None, None]
    radius = (8 + size * 5 // 256)[:, None, None]
    masks = np.zeros((len(labels), SIZE, SIZE), dtype=np.bool_)
    for label, figure in enumerate(FIGURES.values()):
        chosen = labels == label
        masks[chosen] = figure(x[chosen], y[chosen], radius[chosen])
    return masks


def _inside(x: Grid, y: Grid, radius: Grid) -> Mask:
    return np.maximum(abs(x), abs(y)) <= radius


FIGURES: dict[str, Callable[[Grid, Grid, Grid], Mask]] = {
    "plain": lambda x, y, r: np.zeros(np.broadcast_shapes(x.shape, y.shape, r.shape), np.bool_),
    "ring": lambda x, y, r: (x * x + y * y <= r * r) & (2 * (x * x + y * y) >= r * r),
    "square": lambda x, y, r: 8 * np.maximum(abs(x), abs(y)) <= 7 * r,
    "frame": lambda x, y, r: _inside(x, y, r) & (8 * np.maximum(abs(x), abs(y)) >= 5 * r),
    "diamond": lambda x, y, r: abs(x) + abs(y) <= r,
    "triangle": lambda x, y, r: (y <= r) & (y >= 2 * abs(x) - r),
    "plus": lambda x, y, r: _inside(x, y, r) & (4 * np.minimum(abs(x), abs(y)) <= r),
    "saltire": lambda x, y, r: _inside(x, y, r) & (3 * abs(abs(x) - abs(y)) <= r),
    "rows": lambda x, y, r: _inside(x, y, r) & (y % 6 < 3),
    "columns": lambda x, y, r: _inside(x, y, r) & (x % 6 < 3),
}
"""Each class's figure, drawn around (0, 0): which pixels of a grid are bright."""

_FREQUENCIES = np.arange(12, 2, -1)
_LAST_BYTES = np.cumsum(_FREQUENCIES) * 256 // _FREQUENCIES.sum()
_CLASS_OF_BYTE = np.searchsorted(_LAST_BYTES, np.arange(256), side="right")
