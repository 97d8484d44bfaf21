"""A student's own scripts by their paths: they were handed in, but are no files in the sandbox."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import runpy
import sys
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

_own: dict[str, ModuleType] = {}


def add(name: str, module: ModuleType) -> None:
    """Register the module of a script under the script's path."""
    _own[name] = module


def _at(path: Any) -> ModuleType | None:
    """Return the module of the script at *path*, by as much of the path as both tell."""
    stem = PurePosixPath(str(path)).with_suffix("")
    parts = [part for part in stem.parts if part not in {"/", ".", ".."}]
    for begin in range(len(parts)):
        told = ".".join(parts[begin:])
        found = [one for name, one in _own.items() if f".{name}".endswith(f".{told}")]
        if len(found) == 1:
            return found[0]
    return None


class _Loaded(importlib.abc.Loader):
    """The loader of a module whose statements run anyway."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Return the module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: its statements have run, or are about to."""

    def load_module(self, fullname: str = "") -> ModuleType:
        """Return the module."""
        return self._module


def install() -> None:
    """Make importlib, runpy and imp find scripts that came with the notebook."""
    by_location, run = importlib.util.spec_from_file_location, runpy.run_path
    machinery: Any = importlib.machinery
    loader = machinery.SourceFileLoader

    def spec_from_file_location(name: str, location: Any = None, **options: Any) -> Any:
        own = _at(location)
        if own is None:
            return by_location(name, location, **options)
        return importlib.machinery.ModuleSpec(name, _Loaded(own), origin=str(location))

    def run_path(path: Any, *args: Any, **options: Any) -> dict[str, Any]:
        own = _at(path)
        return run(path, *args, **options) if own is None else dict(vars(own))

    class _LoaderType(type):
        def __instancecheck__(cls, thing: object) -> bool:
            return isinstance(thing, loader)

    class SourceFileLoader(loader, metaclass=_LoaderType):  # type: ignore[misc, valid-type]
        def create_module(self, spec: Any) -> Any:
            return _at(self.path)

        def exec_module(self, module: Any) -> None:
            if _at(self.path) is None:
                super().exec_module(module)

        def load_module(self, *args: Any) -> Any:
            own = _at(self.path)
            return super().load_module(*args) if own is None else own

    importlib.util.spec_from_file_location = spec_from_file_location
    runpy.run_path = run_path  # type: ignore[assignment]
    machinery.SourceFileLoader = SourceFileLoader
    if "imp" in sys.modules:
        mend_imp(sys.modules["imp"])


def mend_imp(imp: Any) -> None:
    """Mend ``imp``, which Python 3.12 removed."""
    before = getattr(imp, "load_source", None)

    def load_source(name: str, path: Any, *args: Any) -> Any:
        own = _at(path)
        return own if own is not None or before is None else before(name, path, *args)

    imp.load_source = load_source
