"""The form of the tables of what libraries have removed, and how it is put back."""

from __future__ import annotations

import ctypes
import functools
import gc
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Removed:
    """A name, the version that removed it or made it raise, and what does its work here."""

    name: str
    removed: str
    stand_in: Any


def put_back(place: Any, rows: Iterable[Removed]) -> None:
    """Give *place* (a module or a class) every name of *rows* that it no longer has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that means something else in a later version
        for row in rows:
            if not hasattr(place, row.name):
                setattr(place, row.name, row.stand_in)


def put_into_type(kind: type, methods: Mapping[str, Any]) -> None:
    """Give a class written in C attributes; those of that name are replaced."""
    # The real dict behind the read-only view of a class.
    gc.get_referents(kind.__dict__)[0].update(methods)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def or_else(
    now: Callable[..., Any], before: Callable[..., Any], errors: tuple[type[Exception], ...]
) -> Callable[..., Any]:
    """
    Return a function that works as *now* does, and as *before* did where *now* raises *errors*.

    Where *before* raises too, the error is that of *now*.
    """

    @functools.wraps(now)
    def either(*args: Any, **kwargs: Any) -> Any:
        try:
            return now(*args, **kwargs)
        except errors as error:
            try:
                return before(*args, **kwargs)
            except Exception:
                raise error from None

    return either


def renamed(now: Callable[..., Any], keywords: Mapping[str, str | None]) -> Callable[..., Any]:
    """Return *now* taking removed *keywords* as well: a keyword's name today, None to drop it."""

    @functools.wraps(now)
    def with_old_keywords(*args: Any, **kwargs: Any) -> Any:
        for old in keywords.keys() & kwargs.keys():
            value, new = kwargs.pop(old), keywords[old]
            if new is not None:
                kwargs.setdefault(new, value)
        return now(*args, **kwargs)

    return with_old_keywords
