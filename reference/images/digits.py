"""Grey images in place of handwritten digits: each shows one digit, drawn in strokes."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reference.images.randomness import Bytes, draw_bytes, draw_noise

SIZE = 32
"""Images are SIZE x SIZE pixels."""

Integers = NDArray[np.int32]
Points = tuple[tuple[int, int], ...]

FINE = 4
"""Points of a form's map per unit of its strokes."""

REACH = 14
"""A form's map reaches from -REACH to REACH units."""

SHIFT = 6
"""Binary places of the factors that turn pixels into points of a map."""


def generate(count: int, seed: int) -> tuple[Bytes, NDArray[np.int64]]:
    """
    Return *count* grey images, uint8 of shape (count, 1, 32, 32), and the digits that they show.

    An image is one digit, bright on black: one of its forms, sheared, stretched, moved and bent,
    of any stroke width and brightness, in noise. All arithmetic is in integers made from PCG64's
    raw output, so that every machine generates the same bytes.
    """
    bits = np.random.PCG64(seed)
    traits = draw_bytes(bits, count * 12).reshape(count, 12).astype(np.int32)
    labels = traits[:, 0] * 10 // 256
    distances = _look_up(labels, traits)
    width = (20 + traits[:, 8] * 60 // 256)[:, None, None]
    ink = ((width - distances) * 8).clip(0, 255)
    brightness = (192 + traits[:, 9] * 64 // 256)[:, None, None]
    noise = draw_noise(bits, ink.size, divisor=6).reshape(ink.shape)
    images = (ink * brightness // 255 + noise).clip(0, 255)
    return images[:, None].astype(np.uint8), labels.astype(np.int64)


def _look_up(labels: Integers, traits: Integers) -> Integers:
    """Return each pixel's squared distance to the strokes of its image's form."""
    forms = _FIRST_FORM[labels] + traits[:, 1] * _FORMS_OF[labels] // 256
    axis = np.arange(SIZE, dtype=np.int32) * 2 - (SIZE - 1)
    x = axis[None, None, :] - _spread(traits[:, 2], 6)
    y = axis[None, :, None] - _spread(traits[:, 3], 5)
    across = x * (118 + _spread(traits[:, 4], 30)) + y * (30 + _spread(traits[:, 5], 50))
    down = y * (112 + _spread(traits[:, 6], 20)) + x * _spread(traits[:, 7], 30)
    bend = _spread(traits[:, 10], 5) * (down >> SHIFT) ** 2 // 256
    maps = _maps()
    middle = maps.shape[1] // 2
    column = ((across >> SHIFT) + bend + middle).clip(0, maps.shape[2] - 1)
    row = ((down >> SHIFT) + middle).clip(0, maps.shape[1] - 1)
    found: Integers = maps[forms[:, None, None], row, column]
    return found


def _spread(trait: Integers, reach: int) -> Integers:
    """Return a byte as an integer from -*reach* to *reach*, broadcast over an image."""
    spread: Integers = trait * (2 * reach + 1) // 256 - reach
    return spread[:, None, None]


@cache
def _maps() -> Integers:
    """Return each form's map: the squared distance of each point to the nearest stroke."""
    axis = np.arange(-REACH * FINE, REACH * FINE + 1, dtype=np.int32)
    x, y = axis[None, :], axis[:, None]
    maps = []
    for forms in FORMS.values():
        for strokes in forms:
            pairs = [pair for stroke in strokes for pair in pairwise(stroke)]
            maps.append(np.min([_squared_distance(x, y, *pair) for pair in pairs], axis=0))
    return np.stack(maps)


def _squared_distance(
    x: Integers, y: Integers, start: tuple[int, int], end: tuple[int, int]
) -> Integers:
    """Return the squared distance of (x, y) to the line from *start* to *end*, in points."""
    (ax, ay), (bx, by) = ((FINE * u, FINE * v) for u, v in (start, end))
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = (x - ax) * (bx - ax) + (y - ay) * (by - ay)
    aside = (x - ax) * (by - ay) - (y - ay) * (bx - ax)
    before, beyond = (x - ax) ** 2 + (y - ay) ** 2, (x - bx) ** 2 + (y - by) ** 2
    inner = aside.astype(np.int64) ** 2 // length
    return np.where(along <= 0, before, np.where(along >= length, beyond, inner)).astype(np.int32)


FORMS: dict[str, tuple[tuple[Points, ...], ...]] = {
    "0": (
        (((0, -10), (4, -8), (6, -3), (6, 3), (4, 8), (0, 10), (-4, 8), (-6, 3), (-6, -3),
          (-4, -8), (0, -10)),),
    ),
    "1": (
        (((0, -10), (0, 10)),),
        (((-4, -6), (0, -10), (0, 10)),),
    ),
    "2": (
        (((-5, -6), (-3, -9), (1, -10), (5, -8), (5, -3), (1, 2), (-6, 10), (6, 10)),),
        (((-4, -7), (0, -10), (4, -7), (3, -1), (-4, 7), (-6, 10), (-4, 7), (0, 8), (6, 10)),),
    ),
    "3": (
        (((-5, -9), (0, -10), (4, -8), (4, -3), (0, -1), (5, 2), (5, 7), (1, 10), (-5, 9)),),
        (((-5, -10), (5, -10), (-1, -2), (4, 0), (5, 5), (2, 9), (-5, 10)),),
    ),
    "4": (
        (((2, -10), (-6, 4), (6, 4)), ((3, -3), (3, 10))),
        (((-5, -10), (-5, 0), (5, 0)), ((5, -10), (4, 10))),
    ),
    "5": (
        (((5, -10), (-4, -10), (-5, -1), (1, -2), (5, 1), (5, 6), (1, 10), (-5, 9)),),
    ),
    "6": (
        (((4, -10), (-1, -6), (-5, 1), (-5, 6), (-1, 10), (3, 9), (5, 5), (3, 1), (-1, 0),
          (-5, 3)),),
        (((0, -10), (-4, -3), (-5, 5), (-2, 10), (3, 9), (4, 5), (1, 2), (-4, 5)),),
    ),
    "7": (
        (((-6, -10), (6, -10), (-1, 10)),),
        (((-6, -10), (6, -10), (-1, 10)), ((-3, 0), (5, 0))),
    ),
    "8": (
        (((0, -1), (-4, -4), (-4, -8), (0, -10), (4, -8), (4, -4), (0, -1), (-5, 3), (-5, 7),
          (0, 10), (5, 7), (5, 3), (0, -1)),),
    ),
    "9": (
        (((5, -5), (1, -1), (-3, -2), (-5, -5), (-3, -9), (1, -10), (5, -7), (5, -5), (4, 3),
          (1, 10)),),
        (((4, -6), (1, -10), (-3, -9), (-4, -5), (-1, -3), (4, -6), (4, 10)),),
    ),
}  # fmt: skip
"""Each digit's forms, and each form's strokes: points around (0, 0) that lines join; y is down."""

_FORMS_OF = np.array([len(forms) for forms in FORMS.values()], dtype=np.int32)
_FIRST_FORM = np.cumsum(_FORMS_OF) - _FORMS_OF
