"""
What Python's own library has removed since 3.6, and what it meant.

Sources: the sections "Removed" of "What's New in Python" 3.7 to 3.14.
"""

from __future__ import annotations

import base64
import collections
import collections.abc
import fractions
import importlib.util
import inspect
import json
import math
import random
import re
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from functools import total_ordering
from types import ModuleType
from typing import Any

from grader.sandbox.inside.environment.compatibility.removed import (
    Removed,
    or_else,
    put_back,
    renamed,
)

_Arguments = namedtuple("_Arguments", "args varargs keywords defaults")


def _getargspec(function: Any) -> Any:
    return _Arguments(*inspect.getfullargspec(function)[:4])


# By module and version: the old name, and what does its work here.
NAMES: Mapping[Any, Mapping[str, Mapping[str, Any]]] = {
    time: {"3.8": {"clock": time.perf_counter}},
    fractions: {"3.9": {"gcd": math.gcd}},
    base64: {"3.9": {"encodestring": base64.encodebytes, "decodestring": base64.decodebytes}},
    threading.Thread: {"3.9": {"isAlive": threading.Thread.is_alive}},
    collections: {"3.10": {n: getattr(collections.abc, n) for n in collections.abc.__all__}},
    inspect: {"3.11": {"getargspec": _getargspec}},
}


def install() -> None:
    """Change this process's Python so that what ran in 2020 runs."""
    for place, versions in NAMES.items():
        for version, names in versions.items():
            removed = f"Python {version}"
            put_back(
                place,
                [Removed(name=old, removed=removed, stand_in=new) for old, new in names.items()],
            )
    json.loads = renamed(json.loads, {"encoding": None})  # 3.9
    # Two arguments, and sets: until 3.11. Floats that are whole: until 3.12.
    random.shuffle = or_else(random.shuffle, _shuffle, (TypeError,))
    random.sample = or_else(random.sample, _sample, (TypeError,))
    math.factorial = or_else(math.factorial, _factorial, (TypeError,))
    for name, make in _MODULES.items():
        if importlib.util.find_spec(name) is None:
            make()


def _shuffle(items: Any, chance: Callable[[], float]) -> None:
    for at in range(len(items) - 1, 0, -1):
        other = int(chance() * (at + 1))
        items[at], items[other] = items[other], items[at]


def _sample(population: Iterable[Any], k: int) -> list[Any]:
    return random.sample(tuple(population), k)


def _factorial(number: float) -> int:
    if number != int(number):
        raise ValueError
    return math.factorial(int(number))


# -- modules that Python 3.12 removed -------------------------------------------------------------


@total_ordering
class LooseVersion:
    """A version whose numbers are compared as numbers: ``1.10`` is later than ``1.9``."""

    def __init__(self, text: str) -> None:
        self.vstring = text
        parts = re.findall(r"\d+|[a-z]+", text)
        self.version: list[Any] = [int(part) if part.isdigit() else part for part in parts]

    def __eq__(self, other: object) -> bool:
        return self.version == _version(other)

    def __lt__(self, other: object) -> bool:
        return bool(self.version < _version(other))

    def __hash__(self) -> int:
        return hash(tuple(self.version))

    def __str__(self) -> str:
        return self.vstring


def _version(other: object) -> list[Any]:
    return other.version if isinstance(other, LooseVersion) else LooseVersion(str(other)).version


def strtobool(text: str) -> int:
    """Return 1 or 0 for a word that says yes or no; raise ValueError for another."""
    if text.lower() in {"y", "yes", "t", "true", "on", "1"}:
        return 1
    if text.lower() in {"n", "no", "f", "false", "off", "0"}:
        return 0
    msg = f"invalid truth value {text!r}"
    raise ValueError(msg)


def _distutils() -> None:
    package = _module("distutils")
    package.__path__ = []
    version = _module("distutils.version", LooseVersion=LooseVersion, StrictVersion=LooseVersion)
    util = _module("distutils.util", strtobool=strtobool)
    vars(package).update(version=version, util=util)


def _imp() -> None:
    _module("imp", reload=importlib.reload, new_module=ModuleType)


def _module(name: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(names)
    sys.modules[name] = made
    return made


_MODULES: Mapping[str, Callable[[], None]] = {"distutils": _distutils, "imp": _imp}
