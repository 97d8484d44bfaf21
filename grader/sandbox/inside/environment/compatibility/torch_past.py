"""
What torch has removed since 1.4, and what it meant.

Sources: torch's release notes ("Backwards Incompatible Changes", "Deprecations").  Names that
torch still has, but which only raise, count as removed.
"""

from __future__ import annotations

import collections.abc
import functools
import math
import sys
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

import torch
from torch.optim import lr_scheduler
from torch.utils.data import dataloader

from grader.sandbox.inside.environment.compatibility.removed import (
    Removed,
    or_else,
    put_back,
    renamed,
)

_Eigen = namedtuple("_Eigen", "eigenvalues eigenvectors")
_Solved = namedtuple("_Solved", "solution LU")
_Fitted = namedtuple("_Fitted", "solution QR")
_Triangular = namedtuple("_Triangular", "solution cloned_coefficient")
_Factors = namedtuple("_Factors", "Q R")


def _symeig(tensor: Any, eigenvectors: bool = False, upper: bool = True) -> Any:
    values, vectors = torch.linalg.eigh(tensor, UPLO="U" if upper else "L")
    return _Eigen(values, vectors if eigenvectors else vectors.new_empty(0))


def _eig(tensor: Any, eigenvectors: bool = False) -> Any:
    values, vectors = torch.linalg.eig(tensor)
    pairs = torch.view_as_real(values)
    return _Eigen(pairs, vectors.real if eigenvectors else pairs.new_empty(0))


def _qr(tensor: Any, some: bool = True, **_out: Any) -> Any:
    return _Factors(*torch.linalg.qr(tensor, mode="reduced" if some else "complete"))


def _solve(right: Any, left: Any, **_out: Any) -> Any:
    return _Solved(torch.linalg.solve(left, right), torch.linalg.lu_factor(left).LU)


def _lstsq(right: Any, left: Any, **_out: Any) -> Any:
    solution = torch.linalg.lstsq(left, right).solution
    return _Fitted(solution, torch.linalg.qr(left).R)


def _triangular_solve(
    right: Any, left: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    turned, is_upper = (left.mT, not upper) if transpose else (left, upper)
    solution = torch.linalg.solve_triangular(
        turned, right, upper=is_upper, unitriangular=unitriangular
    )
    return _Triangular(solution, left.clone())


def _cholesky(tensor: Any, upper: bool = False, **_out: Any) -> Any:
    return torch.linalg.cholesky(tensor, upper=upper)


def _matrix_rank(tensor: Any, tol: Any = None, symmetric: bool = False, **_out: Any) -> Any:
    given = {} if tol is None else {"tol": tol}
    return torch.linalg.matrix_rank(tensor, hermitian=symmetric, **given)


# Functions and methods of the same name, by the version in which they began to raise.
LINEAR_ALGEBRA: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "1.2": {"gels": _lstsq, "gesv": _solve, "potrf": _cholesky, "trtrs": _triangular_solve},
    "1.13": {
        "symeig": _symeig,
        "eig": _eig,
        "solve": _solve,
        "lstsq": _lstsq,
        "matrix_rank": _matrix_rank,
    },
    "2.13": {"qr": _qr, "cholesky": _cholesky},
}


def _set_deterministic(on: bool) -> None:
    torch.use_deterministic_algorithms(on)


NAMES = (
    Removed(name="set_deterministic", removed="torch 1.11", stand_in=_set_deterministic),
    Removed(
        name="is_deterministic",
        removed="torch 1.11",
        stand_in=torch.are_deterministic_algorithms_enabled,
    ),
)
_SCHEDULERS = (
    "LambdaLR MultiplicativeLR StepLR MultiStepLR ConstantLR LinearLR ExponentialLR PolynomialLR"
    " CosineAnnealingLR ReduceLROnPlateau CyclicLR CosineAnnealingWarmRestarts OneCycleLR"
)
# Masks of bytes, taken until torch 2.0, by where the mask stands among a call's arguments.
MASKED = ("masked_fill", "masked_fill_", "masked_select", "masked_scatter", "masked_scatter_")


def install() -> None:
    """Change this process's torch so that what ran in 2020 runs."""
    put_back(torch, NAMES)
    for functions in LINEAR_ALGEBRA.values():
        for name, before in functions.items():
            for place in (torch, torch.Tensor):
                if _raises(place, name):
                    setattr(place, name, before)
    # ``iter(loader).next()``: removed in 1.13.
    loading = dataloader._BaseDataLoaderIter
    put_back(loading, [Removed(name="next", removed="torch 1.13", stand_in=loading.__next__)])
    for name in _SCHEDULERS.split():  # ``verbose`` was removed in 2.7
        kind = getattr(lr_scheduler, name, None)
        if kind is not None:
            kind.__init__ = renamed(kind.__init__, {"verbose": None})
    for name in ("linspace", "logspace"):  # 100 steps where no number is given, before 1.11
        now = getattr(torch, name)
        setattr(torch, name, or_else(now, functools.partial(now, steps=100), (TypeError,)))
    torch.load = _load(torch.load)
    sys.modules.setdefault("torch._six", _six())


def _raises(place: Any, name: str) -> bool:
    """Return whether torch has no such function any more, or one that says so."""
    now = getattr(place, name, None)
    if now is None:
        return True
    try:
        now(torch.eye(1), *([torch.eye(1)] if name in ("solve", "lstsq") else []))
    except RuntimeError as error:
        return "removed" in str(error)
    return False


def _load(now: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``torch.load`` as before 2.6: it unpickles; whatever device is meant is the CPU."""

    def loaded(file: Any, map_location: Any = None, *args: Any, **options: Any) -> Any:
        place = map_location if callable(map_location) else "cpu"
        return now(file, place, *args, **{"weights_only": False} | options)

    return loaded


def _six() -> ModuleType:
    """Return the module that torch had until 1.13 for what Python 2 had otherwise."""
    made = ModuleType("torch._six")
    vars(made).update(
        container_abcs=collections.abc,
        int_classes=int,
        string_classes=(str, bytes),
        inf=math.inf,
        nan=math.nan,
        PY3=True,
        PY37=True,
    )
    return made


def masks_as_booleans(args: Iterable[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return a call's arguments with masks of bytes as masks of booleans."""
    first, *rest = args
    if rest:
        rest[0] = _boolean(rest[0])
    return (first, *rest), {
        key: _boolean(value) if key == "mask" else value for key, value in kwargs.items()
    }


def _boolean(thing: Any) -> Any:
    is_bytes = isinstance(thing, torch.Tensor) and thing.dtype == torch.uint8
    return thing.bool() if is_bytes else thing
