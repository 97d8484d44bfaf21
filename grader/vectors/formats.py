"""Numbers as the text or bytes of one file: CSV, hexadecimal for ``$readmemh``, NumPy's own."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from grader.border.conventions import Floats
from reference.spec import Shape

REAL = 0  # bits of what is no integer: the pixels


@dataclass(frozen=True, kw_only=True)
class Vector:
    """The numbers of one file; *path* ends in ``.csv``, whatever it is written as."""

    path: str
    values: Floats
    bits: int
    shape: Shape
    one_line: bool = False

    def named(self, ending: str) -> str:
        """Return the path with another ending."""
        return f"{self.path.removesuffix('.csv')}.{ending}"


def as_csv(vector: Vector) -> bytes:
    """Return the numbers as ``numpy.savetxt`` writes them: ``%.18e``, one a line."""
    values = vector.values.reshape(-1).tolist()
    between = "," if vector.one_line else "\n"
    return (between.join(["%.18e"] * len(values)) % tuple(values) + "\n").encode()


def as_hex(vector: Vector) -> bytes | None:
    """
    Return integers in two's complement, one a line, with a digit for every four bits.

    Return None for what is no integer: Verilog's ``$readmemh`` reads no others.
    """
    if vector.bits == REAL:
        return None
    digits, mask = vector.bits // 4, (1 << vector.bits) - 1
    values = (vector.values.reshape(-1).astype(np.int64) & mask).tolist()
    return (f"%0{digits}x\n" * len(values) % tuple(values)).encode()


def as_npy(vector: Vector) -> bytes:
    """Return the numbers as an array of the layer's shape, in integers of their own width."""
    kinds: Mapping[int, type[np.generic]] = {REAL: np.float32, 8: np.int8, 32: np.int32}
    held = io.BytesIO()
    np.save(held, vector.values.reshape(vector.shape).astype(kinds[vector.bits]))
    return held.getvalue()


FORMATS: Mapping[str, Callable[[Vector], bytes | None]] = {
    "csv": as_csv,
    "hex": as_hex,
    "npy": as_npy,
}
