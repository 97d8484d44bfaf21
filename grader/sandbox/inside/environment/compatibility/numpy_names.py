"""
The names that numpy has removed since 1.18, and what they meant.

Sources: numpy's release notes ("Expired deprecations") and ``numpy._expired_attrs_2_0``.
"""

from __future__ import annotations

import ast
import inspect
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.rec  # imported with numpy's first use of it otherwise

from grader.sandbox.inside.environment.compatibility.removed import Removed

# By the version that removed them: the old name and where the same thing is today.
_RENAMED: Mapping[str, Mapping[str, str]] = {
    "1.20": {"Str0": "str_", "Bytes0": "bytes_"},
    "2.0": {
        "Inf": "inf",
        "Infinity": "inf",
        "PINF": "inf",
        "infty": "inf",
        "NaN": "nan",
        "NAN": "nan",
        "alltrue": "all",
        "sometrue": "any",
        "product": "prod",
        "cumproduct": "cumprod",
        "round_": "round",
        "float_": "float64",
        "longfloat": "longdouble",
        "complex_": "complex128",
        "cfloat": "complex128",
        "singlecomplex": "complex64",
        "clongfloat": "clongdouble",
        "longcomplex": "clongdouble",
        "string_": "bytes_",
        "unicode_": "str_",
        "bool8": "bool_",
        "int0": "intp",
        "uint0": "uintp",
        "object0": "object_",
        "str0": "str_",
        "bytes0": "bytes_",
        "void0": "void",
        "mat": "asmatrix",
        "byte_bounds": "lib.array_utils.byte_bounds",
        "compare_chararrays": "char.compare_chararrays",
        "format_parser": "rec.format_parser",
        "DataSource": "lib.npyio.DataSource",
        "add_newdoc": "lib.add_newdoc",
        "add_docstring": "lib.add_docstring",
        "tracemalloc_domain": "lib.tracemalloc_domain",
        "geterrobj": "geterr",
        "AxisError": "exceptions.AxisError",
        "ComplexWarning": "exceptions.ComplexWarning",
        "ModuleDeprecationWarning": "exceptions.ModuleDeprecationWarning",
        "RankWarning": "exceptions.RankWarning",
        "TooHardError": "exceptions.TooHardError",
        "VisibleDeprecationWarning": "exceptions.VisibleDeprecationWarning",
        "typeDict": "sctypeDict",
    },
    "2.4": {"trapz": "trapezoid"},
    "2.5": {"row_stack": "vstack"},
}
_PYTHON: Mapping[str, type] = {
    "int": int,
    "float": float,
    "bool": bool,
    "complex": complex,
    "object": object,
    "str": str,
    "unicode": str,
    "long": int,
}
_SIGNED, _UNSIGNED = (
    tuple(getattr(np, f"{sign}{bits}") for bits in (8, 16, 32, 64)) for sign in ("int", "uint")
)
_SCTYPES = {
    "int": [*_SIGNED],
    "uint": [*_UNSIGNED],
    "float": [np.float16, np.float32, np.float64, np.longdouble],
    "complex": [np.complex64, np.complex128, np.clongdouble],
    "others": [bool, object, bytes, str, np.void],
}


def names() -> Iterator[Removed]:
    """Yield every removed name of numpy's own namespace."""
    for version, same in _RENAMED.items():
        for old, new in same.items():
            thing: Any = np
            for part in new.split("."):
                thing = getattr(thing, part)
            yield Removed(name=old, removed=f"numpy {version}", stand_in=thing)
    for name, kind in _PYTHON.items():
        yield Removed(name=name, removed="numpy 1.24", stand_in=kind)
    for version, functions in _FUNCTIONS.items():
        for name, function in functions.items():
            yield Removed(name=name, removed=f"numpy {version}", stand_in=function)


class _Cast(dict[Any, Callable[[Any], Any]]):
    """``np.cast[dtype](x)``."""

    def __missing__(self, key: Any) -> Callable[[Any], Any]:
        return lambda values: np.asarray(values).astype(key)


class _Sizes(dict[Any, int]):
    """``np.nbytes[dtype]``."""

    def __missing__(self, key: Any) -> int:
        return int(np.dtype(key).itemsize)


def _asfarray(values: Any, dtype: Any = np.float64) -> Any:
    kind = np.dtype(dtype)
    return np.asarray(values, kind if np.issubdtype(kind, np.inexact) else np.float64)


def _asscalar(values: Any) -> Any:
    return np.asarray(values).item()


def _alen(values: Any) -> int:
    return len(np.array(values, ndmin=1))


def _in1d(values: Any, among: Any, **options: Any) -> Any:
    return np.isin(np.ravel(values), among, **options)


def _msort(values: Any) -> Any:
    return np.sort(values, axis=0)


def _find_common_type(array_types: Any, scalar_types: Any) -> Any:
    arrays = [np.dtype(kind) for kind in array_types]
    scalars = [np.dtype(kind) for kind in scalar_types]
    if not arrays or not scalars:
        return np.result_type(*arrays, *scalars)
    array, scalar = np.result_type(*arrays), np.result_type(*scalars)
    order = "biufc"
    return array if order.find(scalar.kind) <= order.find(array.kind) else scalar


def _maximum_sctype(kind: Any) -> Any:
    found = _obj2sctype(kind)
    for group, members in _SCTYPES.items():
        if group != "others" and found in members:
            return members[-1]
    return found


def _obj2sctype(thing: Any, default: Any = None) -> Any:
    if _issctype(thing):
        return thing
    try:
        return np.dtype(thing if not isinstance(thing, np.ndarray) else thing.dtype).type
    except TypeError:
        return default


def _issctype(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, np.generic)


def _issubclass(first: Any, second: Any) -> bool:
    return isinstance(first, type) and issubclass(first, second)


def _issubsctype(first: Any, second: Any) -> bool:
    return issubclass(_obj2sctype(first), _obj2sctype(second))


def _sctype2char(kind: Any) -> str:
    return str(np.dtype(kind).char)


def _copy_and_transpose(values: Any) -> Any:
    return np.asarray(values).T.copy()


def _disp(message: Any, device: Any = None, linefeed: bool = True) -> None:
    (device or sys.stdout).write(f"{message}{chr(10) if linefeed else ''}")


def _source(thing: Any, output: Any = None) -> None:
    print(inspect.getsource(thing), file=output or sys.stdout)


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """Do what only printed, or changed what is printed."""


def _deprecate(*args: Any, **_kwargs: Any) -> Any:
    """Return the function itself, as a decorator with or without arguments."""
    return args[0] if args and callable(args[0]) else lambda function: function


def _text_records(name: Any, **options: Any) -> Any:
    return np.genfromtxt(name, **{"dtype": None} | options).view(np.recarray)


def _comma_records(name: Any, **options: Any) -> Any:
    return _text_records(name, **{"delimiter": ",", "names": True} | options)


# By version, what has no other name today.
_FUNCTIONS: Mapping[str, Mapping[str, Any]] = {
    "1.18": {"rank": np.ndim},
    "1.23": {"asscalar": _asscalar, "alen": _alen},
    "1.24": {"MachAr": np.finfo, "warnings": warnings},
    "1.25": {"math": math},
    "1.26": {"os": os, "sys": sys},
    "2.0": {
        "NINF": -np.inf,
        "PZERO": 0.0,
        "NZERO": -0.0,
        "asfarray": _asfarray,
        "cast": _Cast(),
        "deprecate": _deprecate,
        "deprecate_with_doc": _deprecate,
        "fastCopyAndTranspose": _copy_and_transpose,
        "find_common_type": _find_common_type,
        "get_array_wrap": lambda *arrays: getattr(arrays[0], "__array_wrap__", None),
        "add_newdoc_ufunc": _nothing,
        "issctype": _issctype,
        "issubclass_": _issubclass,
        "issubsctype": _issubsctype,
        "lookfor": _nothing,
        "maximum_sctype": _maximum_sctype,
        "msort": _msort,
        "nbytes": _Sizes(),
        "obj2sctype": _obj2sctype,
        "recfromcsv": _comma_records,
        "recfromtxt": _text_records,
        "safe_eval": ast.literal_eval,
        "sctype2char": _sctype2char,
        "sctypes": _SCTYPES,
        "set_numeric_ops": lambda **_operations: {},
        "set_string_function": _nothing,
        "seterrobj": _nothing,
        "source": _source,
        "who": _nothing,
    },
    "2.4": {"in1d": _in1d, "disp": _disp},
}
