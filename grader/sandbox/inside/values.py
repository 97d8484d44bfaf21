"""A student's objects to values and back, whatever the objects say about themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from grader.sandbox.frames import MAX_DEPTH, MAX_INT_BITS, MAX_ITEMS, MAX_NAME, MAX_TEXT
from grader.sandbox.protocol import DTYPES, Value

# Taken before any student code runs, so that nothing patched later answers in their place.
_mro = type.__dict__["__mro__"].__get__
_name = type.__dict__["__name__"].__get__
_module = type.__dict__["__module__"].__get__
_detach = torch._C.TensorBase.detach
_as_subclass = torch._C.TensorBase.as_subclass
_get = {
    name: torch._C.TensorBase.__dict__[name].__get__ for name in ("dtype", "layout", "is_meta")
}
_LIBRARIES = ("torch", "numpy")


class TooLargeError(Exception):
    """A value is too large to travel: it takes *count* ``bytes``, ``parts`` or ``bits``."""

    def __init__(self, measure: str, count: int) -> None:
        super().__init__(f"{count:,} {measure}")
        self.measure, self.count = measure, count


class Budget:
    """How many bytes and parts one message may still take."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.items = MAX_ITEMS

    def take(self, size_bytes: int) -> None:
        """Take *size_bytes* off; raise ``TooLargeError`` where they are not there."""
        if size_bytes > self.size_bytes:
            raise TooLargeError("bytes", size_bytes)  # noqa: EM101
        self.items -= 1
        self.size_bytes -= size_bytes
        if self.items < 0:
            raise TooLargeError("parts", MAX_ITEMS)  # noqa: EM101


def to_value(thing: object, budget: Budget, depth: int = 0) -> Value:
    """
    Return *thing* as a value; what cannot travel becomes the kind ``other``.

    The type is read off the object itself, not asked of it, and the methods used are those of
    the libraries' own base classes: a subclass cannot lie about shape, dtype or content.
    """
    lineage = _mro(type(thing))
    if torch.Tensor in lineage:
        return _tensor(thing, budget)
    if np.generic in lineage or np.ndarray in lineage:
        return _array(thing, budget, scalar=np.generic in lineage)
    for container in (tuple, list, dict):
        if container in lineage:
            return _container(thing, container, budget, depth)
    budget.take(16)
    return _plain(thing, lineage)


def type_name(cls: type) -> str:
    """Return a class's name, with its library for numpy's and torch's own classes."""
    name = str(_name(cls))[:MAX_NAME]
    library = str(_module(cls)).partition(".")[0]
    return f"{library}.{name}"[:MAX_NAME] if library in _LIBRARIES else name


def _plain(thing: Any, lineage: tuple[type, ...]) -> Value:
    name = type_name(lineage[0])
    if thing is None:
        return Value.none()
    if thing is True or thing is False:
        return Value.bool(thing)
    if int in lineage:
        number = int.__index__(thing)
        if number.bit_length() > MAX_INT_BITS:
            raise TooLargeError("bits", number.bit_length())  # noqa: EM101
        return Value(kind="int", type_name=name, data=int.__add__(number, 0))
    if float in lineage:
        return Value(kind="float", type_name=name, data=float.__float__(thing))
    if str in lineage:
        return Value(kind="str", type_name=name, data=str.__getitem__(thing, slice(MAX_TEXT)))
    return Value(kind="other", type_name=name)


def _container(thing: Any, base: Any, budget: Budget, depth: int) -> Value:
    name = type_name(type(thing))
    if depth >= MAX_DEPTH:
        budget.take(16)
        return Value(kind="other", type_name=name)
    budget.take(16 * base.__len__(thing))
    if base is not dict:
        items = tuple(to_value(item, budget, depth + 1) for item in base.__iter__(thing))
        return Value(kind=base.__name__, type_name=name, items=items)
    pairs = [*dict.items(thing)]
    if not all(type(key) in (str, int) for key, _ in pairs):
        return Value(kind="other", type_name=name)
    keys = tuple(str(key)[:MAX_NAME] for key, _ in pairs)
    if len({*keys}) < len(keys):  # 1 and "1", or two that begin alike
        return Value(kind="other", type_name=name)
    items = tuple(to_value(item, budget, depth + 1) for _, item in pairs)
    return Value(kind="dict", type_name=name, items=items, keys=keys)


def _array(thing: Any, budget: Budget, *, scalar: bool) -> Value:
    name = type_name(type(thing))
    array = np.asarray(thing) if scalar else np.ndarray.view(thing, np.ndarray)
    if array.dtype.name not in DTYPES:
        return Value(kind="other", type_name=f"{name} of dtype {array.dtype.name}"[:MAX_NAME])
    budget.take(array.size * array.dtype.itemsize)
    data = np.array(array, dtype=array.dtype.newbyteorder("="), order="C", copy=True)
    kind = "scalar" if scalar else "array"
    return Value(kind=kind, type_name=name, dtype=data.dtype.name, data=data)


def _tensor(thing: Any, budget: Budget) -> Value:
    name = type_name(type(thing))
    with torch._C.DisableTorchFunction(), torch.no_grad():
        dtype, layout = (str(_get[part](thing))[6:] for part in ("dtype", "layout"))
        meta = bool(_get["is_meta"](thing))
        if meta or layout != "strided" or dtype not in DTYPES:
            described = f"{name} of dtype {dtype} ({'meta' if meta else layout})"
            return Value(kind="other", type_name=described[:MAX_NAME])
        plain = _as_subclass(_detach(thing), torch.Tensor)
        budget.take(plain.numel() * plain.element_size())
        held = plain.to(torch.float32) if dtype == "bfloat16" else plain
        data = held.resolve_neg().contiguous().cpu().numpy().copy()
    return Value(kind="tensor", type_name=name, dtype=dtype, data=data)


def to_object(value: Value) -> Any:
    """Return *value* as a fresh Python object: no memory is shared with anything."""
    if value.kind == "tensor":
        tensor = torch.from_numpy(np.array(value.data, copy=True))
        return tensor.to(torch.bfloat16) if value.dtype == "bfloat16" else tensor
    if value.kind == "array":
        return np.array(value.data, copy=True)
    if value.kind == "scalar":
        return value.data[()]
    if value.kind == "dict":
        return {key: to_object(item) for key, item in zip(value.keys, value.items, strict=True)}
    if value.kind in ("tuple", "list"):
        items = [to_object(item) for item in value.items]
        return tuple(items) if value.kind == "tuple" else items
    return value.data
