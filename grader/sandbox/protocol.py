"""What crosses the boundary between the grader and a student's code (stdlib and numpy only)."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.sandbox.budget import RESTARTS, STUDENT_SECONDS

Array = npt.NDArray[Any]

# What a tensor or array may hold.  bfloat16 travels as float32 and keeps its name.
INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
DTYPES = frozenset(("bool", *INTEGERS, "float16", "bfloat16", "float32", "float64"))
CONTAINERS = ("tuple", "list", "dict")
BUFFERS = ("scalar", "array", "tensor")
KINDS = frozenset(("none", "bool", "int", "float", "str", "other", *BUFFERS, *CONTAINERS))
# How the student's own code can end a call, and how the channel can.
ENDINGS = ("raised", "timed_out", "out_of_memory", "crashed", "exited", "forbidden", "used_up")
OURS = ("internal", "newer_python", "not_installed")  # the grader, or what it runs on
ERROR_KINDS = frozenset((*ENDINGS, "not_found", "too_large", "garbled", *OURS))


@dataclass(frozen=True, kw_only=True, eq=False)
class Value:
    """
    One value on its way into or out of the sandbox.

    ``data`` is a Python value, or a read-only numpy array for the kinds ``scalar`` (0-d),
    ``array`` and ``tensor``; ``items`` holds what a tuple, list or dict contains and ``keys`` a
    dict's keys.  The kind ``other`` has no data: only the name of its type is known.
    """

    kind: str
    type_name: str
    dtype: str | None = None
    data: Any = None
    items: tuple[Value, ...] = ()
    keys: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> Value:
        """Return Python's ``None`` as a value."""
        return cls(kind="none", type_name="NoneType")

    @classmethod
    def bool(cls, data: builtins.bool) -> Value:
        """Return a Python bool as a value."""
        return cls(kind="bool", type_name="bool", data=bool(data))

    @classmethod
    def int(cls, data: builtins.int) -> Value:
        """Return a Python int as a value."""
        return cls(kind="int", type_name="int", data=int(data))

    @classmethod
    def float(cls, data: builtins.float) -> Value:
        """Return a Python float as a value."""
        return cls(kind="float", type_name="float", data=float(data))

    @classmethod
    def str(cls, data: builtins.str) -> Value:
        """Return a Python string as a value."""
        return cls(kind="str", type_name="str", data=data)

    @classmethod
    def scalar(cls, data: npt.ArrayLike, dtype: builtins.str = "float64") -> Value:
        """Return a numpy scalar of *dtype* as a value."""
        array = _frozen(np.asarray(data, dtype=dtype).reshape(()))
        return cls(kind="scalar", type_name=f"numpy.{dtype}", dtype=dtype, data=array)

    @classmethod
    def array(cls, data: npt.ArrayLike) -> Value:
        """Return a numpy array as a value; its dtype stays what it is."""
        array = _frozen(np.asarray(data))
        return cls(kind="array", type_name="numpy.ndarray", dtype=array.dtype.name, data=array)

    @classmethod
    def tensor(cls, data: npt.ArrayLike) -> Value:
        """Return a tensor of the shape and dtype of the array *data* as a value."""
        array = _frozen(np.asarray(data))
        return cls(kind="tensor", type_name="torch.Tensor", dtype=array.dtype.name, data=array)

    @classmethod
    def tuple(cls, items: Sequence[Value]) -> Value:
        """Return a tuple of values as a value."""
        return cls(kind="tuple", type_name="tuple", items=(*items,))

    @classmethod
    def list(cls, items: Sequence[Value]) -> Value:
        """Return a list of values as a value."""
        return cls(kind="list", type_name="list", items=(*items,))

    @classmethod
    def dict(cls, items: Mapping[builtins.str, Value]) -> Value:
        """Return a dict of values as a value."""
        return cls(kind="dict", type_name="dict", items=(*items.values(),), keys=(*items.keys(),))

    def __getitem__(self, key: builtins.str) -> Value:
        """Return what a dict holds under *key*; raise ``KeyError`` where it holds nothing."""
        try:
            return self.items[self.keys.index(key)]
        except ValueError:
            raise KeyError(key) from None

    def get(self, key: builtins.str) -> Value | None:
        """Return what a dict holds under *key*, or None."""
        return self.items[self.keys.index(key)] if key in self.keys else None

    @property
    def shape(self) -> builtins.tuple[builtins.int, ...]:
        """Return the shape of a tensor or array, ``()`` for everything else."""
        return tuple(self.data.shape) if isinstance(self.data, np.ndarray) else ()

    @property
    def number(self) -> builtins.float | None:
        """Return the one number that the value holds, or None if it holds none or several."""
        if self.kind in ("int", "float"):
            return _as_float(self.data)
        if self.kind in BUFFERS and self.data.size == 1 and self.dtype != "bool":
            return _as_float(self.data.reshape(()).item())
        return None


def like(template: Value, number: float) -> Value:
    """
    Return *number* in the container that *template* came in.

    A Python int becomes a float, since scales are seldom whole; a numpy scalar and an array or
    tensor of one element keep their dtype and shape where it is a floating one, and become
    float32 (tensors) or float64 otherwise.  Anything else gives a Python float.
    """
    if template.kind not in BUFFERS or template.number is None:
        return Value.float(number)
    dtype = template.dtype or "float64"
    if not dtype.startswith(("float", "bfloat")):
        dtype = "float32" if template.kind == "tensor" else "float64"
    if template.kind == "scalar":
        return Value.scalar(number, dtype)
    held = "float32" if dtype == "bfloat16" else dtype
    data = _frozen(np.full(template.shape, number, dtype=held))
    return replace(template, dtype=dtype, data=data)


def identical(one: Value, other: Value) -> bool:
    """Return whether two values agree in kind, dtype, shape and every bit."""
    if (one.kind, one.dtype, one.keys) != (other.kind, other.dtype, other.keys):
        return False
    if isinstance(one.data, np.ndarray) and isinstance(other.data, np.ndarray):
        return one.shape == other.shape and one.data.tobytes() == other.data.tobytes()
    if one.kind == "float" and one.data != one.data:
        return bool(other.data != other.data)
    items = zip(one.items, other.items, strict=False)
    return (
        len(one.items) == len(other.items)
        and one.data == other.data
        and all(identical(*pair) for pair in items)
    )


@dataclass(frozen=True, kw_only=True)
class LayerState:
    """
    What one weighted layer of a network holds when the student's class is given it.

    ``weight`` are the values the layer computes with (already integers in a quantized network);
    what is None is left out.
    """

    name: str
    module: str
    weight: Value
    weight_scale: Value | None = None
    activations: Value | None = None
    bias: Value | None = None


@dataclass(frozen=True, kw_only=True)
class SharedImages:
    """Images in a .npy file: uint8 of shape (N, C, H, W), and the normalisation of a channel."""

    path: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one submission may use."""

    load_seconds: float = 10.0  # one fragment of the student's code
    total_seconds: float = STUDENT_SECONDS  # loads, calls, builds and passes together
    memory_bytes: int = 3 << 30  # address space on top of what Python and torch take
    message_bytes: int = 256 << 20  # one value that comes back
    printed_bytes: int = 16 << 10  # what one call prints, as kept
    threads: int = 1  # threads that torch computes with
    extra_threads: int = 16  # threads the student's code may start
    restarts: int = RESTARTS  # processes one submission may wear out


def _frozen(array: Array) -> Array:
    held = np.array(array, order="C", copy=True)
    held.flags.writeable = False
    return held


def _as_float(number: float) -> float | None:
    try:
        return float(number)
    except OverflowError:
        return None
