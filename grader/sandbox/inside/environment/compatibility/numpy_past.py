"""What numpy still has but treats otherwise than in 2020: arguments, methods, modules, arrays."""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from types import GeneratorType, ModuleType
from typing import Any

import numpy as np

from grader.sandbox.inside.environment.compatibility.numpy_names import names
from grader.sandbox.inside.environment.compatibility.removed import (
    Removed,
    or_else,
    put_back,
    put_into_type,
    renamed,
)

# By the version that removed them: a module's old name and where its functions are today.
MODULES: Mapping[str, Mapping[str, str]] = {
    "2.0": {
        "numpy.lib.arraysetops": "numpy.lib._arraysetops_impl",
        "numpy.lib.function_base": "numpy.lib._function_base_impl",
        "numpy.lib.index_tricks": "numpy.lib._index_tricks_impl",
        "numpy.lib.nanfunctions": "numpy.lib._nanfunctions_impl",
        "numpy.lib.polynomial": "numpy.lib._polynomial_impl",
        "numpy.lib.shape_base": "numpy.lib._shape_base_impl",
        "numpy.lib.twodim_base": "numpy.lib._twodim_base_impl",
        "numpy.lib.type_check": "numpy.lib._type_check_impl",
        "numpy.lib.ufunclike": "numpy.lib._ufunclike_impl",
        "numpy.lib.utils": "numpy.lib._utils_impl",
    },
    "2.4": {
        "numpy.linalg.linalg": "numpy.linalg",
        "numpy.fft.helper": "numpy.fft",
        "numpy.fft.fftpack": "numpy.fft",
    },
}
# By the version that removed them: a function's keyword and what it is called today.
KEYWORDS: Mapping[str, Mapping[str, Mapping[str, str | None]]] = {
    "1.24": {"histogram": {"normed": "density"}, "histogram2d": {"normed": "density"}},
    "2.4": {
        "percentile": {"interpolation": "method"},
        "quantile": {"interpolation": "method"},
        "nanpercentile": {"interpolation": "method"},
        "nanquantile": {"interpolation": "method"},
        "reshape": {"newshape": "shape"},
        "array2string": {"style": None},
        "corrcoef": {"bias": None, "ddof": None},
    },
}
# Functions that ``numpy.lib`` had as well until 2.0.
IN_LIB = (
    "angle append apply_along_axis average bincount copy corrcoef cov delete diff digitize dsplit"
    " expand_dims extract eye flip hsplit histogram insert interp kron mean median meshgrid"
    " nan_to_num pad percentile place polyfit polyval quantile rot90 select setdiff1d sinc split"
    " tile trim_zeros tri tril triu unique unwrap vander vectorize vsplit"
)
# By the version that made it raise: functions that took a generator for a list.
GENERATORS: Mapping[str, tuple[str, ...]] = {
    "1.24": ("stack", "vstack", "hstack", "dstack", "column_stack"),
    "2.4": ("sum",),
}


def install() -> None:
    """Change this process's numpy so that what ran in 2020 runs."""
    put_back(np, names())
    put_back(
        np.lib,
        [Removed(name=n, removed="numpy 2.0", stand_in=getattr(np, n)) for n in IN_LIB.split()],
    )
    put_back(np.random, [Removed(name="random_integers", removed="numpy 2.4", stand_in=_integers)])
    for functions in KEYWORDS.values():
        for name, keywords in functions.items():
            setattr(np, name, renamed(getattr(np, name), keywords))
    for taking in GENERATORS.values():
        for name in taking:
            now = getattr(np, name)
            setattr(np, name, or_else(now, _listing(now), (TypeError,)))
    for name in ("array", "asarray", "asanyarray"):
        now = getattr(np, name)
        setattr(np, name, or_else(now, _lenient(now), (ValueError, OverflowError)))
    np.load = _unpickling(np.load)
    setattr(np, "fromstring", or_else(np.fromstring, np.frombuffer, (ValueError,)))  # noqa: B010
    np.can_cast = or_else(np.can_cast, _can_cast, (TypeError,))
    _add_modules()
    _mend_arrays()


def _integers(low: int, high: int | None = None, size: Any = None) -> Any:
    first, last = (1, low) if high is None else (low, high)
    return np.random.randint(first, last + 1, size)


def _listing(now: Callable[..., Any]) -> Callable[..., Any]:
    def listed(values: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(values, GeneratorType | map | filter | zip):
            raise TypeError
        return now([*values], *args, **kwargs)

    return listed


def _lenient(now: Callable[..., Any]) -> Callable[..., Any]:
    """
    Return how arrays were made before: a copy where one is needed, whatever was asked (numpy 2.0).

    Arrays of one element count as numbers among numbers (2.4), lists of unequal lengths become an
    array of objects (1.24), and an integer beyond its type wraps around (2.0).
    """

    def made(values: Any, dtype: Any = None, **kwargs: Any) -> Any:
        if kwargs.get("copy") is False:
            kwargs["copy"] = None
        attempts: tuple[Callable[[], Any], ...] = (
            lambda: now(values, dtype, **kwargs),
            lambda: now([*map(_number, values)], dtype, **kwargs),
            lambda: now(values).astype(dtype),
        )
        for attempt in attempts:
            try:
                return attempt()
            except (ValueError, OverflowError, TypeError):
                continue
        if dtype is None and any(isinstance(item, list | tuple) for item in values):
            return now(values, object, **kwargs)
        raise ValueError

    return made


def _number(thing: Any) -> Any:
    return thing.item() if isinstance(thing, np.ndarray) and thing.size == 1 else thing


def _unpickling(load: Callable[..., Any]) -> Callable[..., Any]:
    def loaded(file: Any, mmap_mode: Any = None, allow_pickle: bool = True, **options: Any) -> Any:
        return load(file, mmap_mode=mmap_mode, allow_pickle=allow_pickle, **options)

    return loaded


def _can_cast(given: Any, target: Any, casting: Any = "safe") -> bool:
    """Judge a Python number by its value, as before numpy 2.0."""
    values = (given, -given - 1) if isinstance(given, int) and given >= 0 else (given,)
    kinds = map(np.min_scalar_type, values)  # 1 is an unsigned and a signed integer
    return any(np.can_cast(kind, target, casting=casting) for kind in kinds)


def _add_modules() -> None:
    for renamed_modules in MODULES.values():
        for old, new in renamed_modules.items():
            add_module(old, importlib.import_module(new))
    compat = ModuleType("numpy.compat")  # removed in 2.3: what Python 2 had otherwise
    vars(compat).update(long=int, unicode=str, basestring=str, asbytes=str.encode, asstr=str)
    add_module("numpy.compat", compat)


def add_module(name: str, module: ModuleType) -> None:
    """Let *module* be found under its old *name*, unless there is one of that name."""
    parent, _, last = name.rpartition(".")
    if sys.modules.setdefault(name, module) is module:
        setattr(sys.modules[parent], last, module)


def _mend_arrays() -> None:
    """
    Let ``float(a)``, ``int(a)`` and ``x[i] = a`` take arrays of one element, as before numpy 2.4.

    ``math`` and ``%`` ask for numbers in the same way.  The methods that 2.0 and 2.3 removed come
    back as well.
    """
    put_into_type(np.ndarray, {**_METHODS, **_numbers()})
    put_into_type(np.generic, {name: _METHODS[name] for name in ("ptp", "tostring")})
    for kind in _subclasses(np.ndarray):
        _use_methods(kind)


def _numbers() -> dict[str, Callable[..., Any]]:
    """Return the conversions and the assignment of arrays, of which one element is a number."""
    found: dict[str, Callable[..., Any]] = {}
    for name, to in (("__float__", float), ("__int__", int), ("__complex__", complex)):
        found[name] = _scalar(getattr(np.ndarray, name), to)
    assign = np.ndarray.__setitem__

    def set_item(array: Any, key: Any, value: Any) -> None:
        try:
            assign(array, key, value)
        except ValueError:
            if not isinstance(value, np.ndarray) or value.size != 1:
                raise
            assign(array, key, value.item())

    return found | {"__setitem__": set_item}


def _scalar(now: Callable[..., Any], to: Callable[[Any], Any]) -> Callable[..., Any]:
    def converted(array: Any) -> Any:
        return to(array.item()) if array.ndim and array.size == 1 else now(array)

    return converted


def _item_set(array: Any, *args: Any) -> None:
    *place, value = args
    if not place:
        array.reshape(-1)[0] = value
    elif len(place) == 1 and not isinstance(place[0], tuple):
        array.flat[place[0]] = value
    else:
        array[tuple(place) if len(place) > 1 else place[0]] = value


_METHODS: Mapping[str, Any] = {
    "itemset": _item_set,
    "newbyteorder": lambda array, order="S": array.view(array.dtype.newbyteorder(order)),
    "ptp": lambda array, axis=None, out=None, **options: np.ptp(array, axis, out, **options),
    "tostring": lambda array, order="C": array.tobytes(order),
}


def _subclasses(kind: type) -> Iterable[type]:
    yield kind
    below: list[type] = type.__subclasses__(kind)
    for one in below:
        yield from _subclasses(one)


class _Methods:
    """A class written in Python: its slots call the methods of the object's own class."""

    def __float__(self) -> float:
        return 0.0

    def __int__(self) -> int:
        return 0

    def __setitem__(self, key: Any, value: Any) -> None:
        return None


# Where a class in C keeps a function: the table's place among the type's fields, and the place
# in that table (CPython's object.h; these have not moved since 3.5).
_TYPE_FIELDS = {"number": 12, "sequence": 13, "mapping": 14}
_SLOTS = (
    ("number", 16),  # nb_int
    ("number", 18),  # nb_float
    ("sequence", 5),  # sq_ass_item
    ("mapping", 2),  # mp_ass_subscript
)


def _use_methods(kind: type) -> None:
    """Make a class written in C look its methods up, as one written in Python does."""
    for table, place in _SLOTS:
        ours, theirs = _table(_Methods, table), _table(kind, table)
        if ours and theirs and theirs[place]:
            theirs[place] = ours[place]


def _table(kind: type, name: str) -> Any:
    fields = ctypes.cast(id(kind), ctypes.POINTER(ctypes.c_void_p))
    # An object's size in memory before its fields: two words, more where it is free-threaded.
    start = object.__basicsize__ // ctypes.sizeof(ctypes.c_void_p) - 2
    address = fields[_TYPE_FIELDS[name] + start]
    return ctypes.cast(address, ctypes.POINTER(ctypes.c_void_p)) if address else None
