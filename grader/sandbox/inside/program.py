"""A student's fragments: run one by one, each failure on its own, with true line numbers."""

from __future__ import annotations

import ast
import builtins
import copy
import errno
import importlib
import io
import linecache
import math
import os
import random
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional
from torch.utils.data import DataLoader

from grader.sandbox.inside.environment import scripts
from grader.sandbox.inside.networks import Spec, copy_model, network_class
from grader.sandbox.inside.values import TooLargeError, type_name

_DENIED = (errno.EPERM, errno.EACCES, errno.EROFS)
_NO_MEMORY = ("not enough memory", "can't allocate memory", "std::bad_alloc")
_MAX_MESSAGE = 500
_MAX_NAME = 200
_IMPORTING = ("<frozen importlib._bootstrap>", "_find_and_load")
_import_name: Any = vars(ImportError)["name"].__get__
_type_of = type
_str_of = str


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line of the student's own files."""

    file: str
    cell: int | None
    line: int


class NotFoundError(Exception):
    """None of the names asked for is defined."""


class LazyModule(ModuleType):
    """A module that is imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        """Return the real module's attribute."""
        return getattr(importlib.import_module(self.__name__), name)


class BoundedText(io.TextIOBase):
    """A text stream that keeps its first characters and drops the rest."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._parts: list[str] = []

    def writable(self) -> bool:
        """Return True: it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep the part of *text* that there is room for; return the length of *text*."""
        kept = text[: self._left]
        self._left -= len(kept)
        if kept:
            self._parts.append(kept)
        return len(text)

    def getvalue(self) -> str:
        """Return what was kept."""
        return "".join(self._parts)


def prelude(networks: Mapping[str, Spec]) -> dict[str, Any]:
    """Return the names that a handout's template has imported or defined before the tasks."""
    names: dict[str, Any] = {
        "torch": torch,
        "torchvision": LazyModule("torchvision"),
        "transforms": LazyModule("torchvision.transforms"),
        "nn": nn,
        "F": functional,
        "optim": optim,
        "DataLoader": DataLoader,
        "np": np,
        "numpy": np,
        "math": math,
        "random": random,
        "copy": copy,
        "deepcopy": copy.deepcopy,
        "device": torch.device("cpu"),
        "copy_model": copy_model,
    }
    names |= {name: getattr(typing, name) for name in typing.__all__ if name[0].isupper()}
    return names | {name: network_class(spec) for name, spec in networks.items()}


class Program:
    """The module that a student's code lives in."""

    def __init__(self, networks: Mapping[str, Spec]) -> None:
        self.module = ModuleType("__main__")
        self.names = vars(self.module)
        self.names.update(prelude(networks))
        self.names["__builtins__"] = builtins
        self._given = dict(self.names)
        self._files: dict[str, tuple[str, int | None]] = {}
        self._modules: dict[str, ModuleType] = {}
        sys.modules["__main__"] = self.module
        sys.argv = [""]  # what a notebook's argparse finds is not ours

    @property
    def modules(self) -> tuple[ModuleType, ...]:
        """Return the notebook's own namespace and the modules that came with it."""
        return (self.module, *self._modules.values())

    def run(self, fragment: Mapping[str, Any]) -> list[str]:
        """Run one fragment; return which of the names it defines are there afterwards."""
        filename = self._remember(fragment)
        # Not inherited: this file's own __future__ imports.
        flags = int(fragment.get("flags", 0))
        code = compile(
            _tree(fragment, filename, flags), filename, "exec", flags, dont_inherit=True
        )
        module = self._module(fragment.get("module", ""), package=fragment.get("package", True))
        exec(code, vars(module))
        return [name for name in fragment["defines"] if self._has(name)]

    def _has(self, name: str) -> bool:
        """Return whether a name, or ``module::name``, is bound."""
        module, _, name = name.rpartition("::")
        return name in vars(self._modules.get(module, self.module))

    def _module(self, name: str, *, package: bool = True) -> ModuleType:
        """Return a module that came with the notebook, made and importable at first use."""
        if not name:
            return self.module
        if name not in self._modules:
            made = ModuleType(name)
            parent, _, last = name.rpartition(".")
            made.__package__ = name if package else parent
            if package:
                made.__path__ = []  # what is below it is found among these modules alone
            if parent:
                setattr(self._module(parent), last, made)
            self._modules[name] = made
            scripts.add(name, made)
            if name not in sys.modules:  # a library of ours keeps its name
                sys.modules[name] = made
        return self._modules[name]

    def resolve(self, candidates: Sequence[str]) -> Any:
        """Return the first of the dotted paths that leads to something the student defined."""
        for path in candidates:
            first, *rest = path.split(".")
            thing, owner = self.names.get(first), None
            if thing is None or thing is self._given.get(first):
                continue
            for name in rest:
                thing, owner = getattr(thing, name, None), thing
            if thing is not None:
                return _bound(thing, owner)
        msg = f"{' or '.join(candidates)} is not defined"
        raise NotFoundError(msg)

    def place(self, error: BaseException) -> Place | None:
        """Return the innermost line of the student's own code that *error* passed through."""
        found = None
        step = error.__traceback__
        while step is not None:
            known = self._files.get(step.tb_frame.f_code.co_filename)
            if known:
                found = Place(file=known[0], cell=known[1], line=step.tb_lineno)
            step = step.tb_next
        if isinstance(error, SyntaxError) and error.filename in self._files:
            file, cell = self._files[error.filename]
            return Place(file=file, cell=cell, line=error.lineno or 1)
        return found

    def _remember(self, fragment: Mapping[str, Any]) -> str:
        file, cell = fragment["file"], fragment["cell"]
        filename = file if cell is None else f"cell {cell}"
        self._files[filename] = (file, cell)
        start = fragment["line"] - 1
        lines = linecache.getlines(filename)
        text = [f"{line}\n" for line in fragment["source"].split("\n")]
        lines += ["\n"] * (start + len(text) - len(lines))
        lines[start : start + len(text)] = text
        linecache.cache[filename] = (sum(map(len, lines)), None, lines, filename)
        return filename


def _tree(fragment: Mapping[str, Any], filename: str, flags: int) -> ast.Module:
    """Return a fragment's syntax tree, its lines those of the file that was handed in."""
    source, line = fragment["source"], fragment["line"]
    only = flags | ast.PyCF_ONLY_AST
    if not fragment.get("folded"):
        source = "\n" * (line - 1) + source
    tree: ast.Module = compile(source, filename, "exec", only, dont_inherit=True)
    for node in ast.walk(tree) if fragment.get("folded") else ():
        if isinstance(node, ast.stmt | ast.expr | ast.arg | ast.keyword | ast.ExceptHandler):
            node.lineno = node.end_lineno = line
    return tree


def _bound(thing: Any, owner: Any) -> Any:
    """Give a method that insists on ``self`` a bare instance of its class."""
    if not isinstance(owner, type) or not isinstance(thing, types.FunctionType):
        return thing
    code = thing.__code__
    if isinstance(vars(owner).get(thing.__name__), staticmethod) or not code.co_argcount:
        return thing
    if code.co_varnames[0] != "self":
        return thing
    instance: Any = object.__new__(owner)
    if isinstance(instance, nn.Module):
        nn.Module.__init__(instance)
    return types.MethodType(thing, instance)


_KINDS: dict[str, tuple[type[BaseException], ...]] = {
    "not_found": (NotFoundError,),
    "too_large": (TooLargeError,),
    "exited": (SystemExit, KeyboardInterrupt),
    "out_of_memory": (MemoryError,),
}


def describe(error: BaseException, place: Place | None) -> dict[str, Any]:
    """Return *error* as plain data: its kind, type, text and place."""
    try:
        text = _str_of(error)[:_MAX_MESSAGE]
    except BaseException:  # an exception's __str__ is the student's code too
        text = ""
    return {
        "kind": _kind(error, text),
        "exception": type_name(_type_of(error)),
        "text": text,
        "module": _module_of(error),
        "measure": getattr(error, "measure", None) if isinstance(error, TooLargeError) else None,
        "count": getattr(error, "count", None) if isinstance(error, TooLargeError) else None,
        "file": place.file if place else None,
        "cell": place.cell if place else None,
        "line": place.line if place else None,
    }


def _module_of(error: BaseException) -> str | None:
    """Return which module could not be imported, by the interpreter's own fields and frames."""
    try:
        name = _import_name(error)
    except TypeError:  # no ImportError; a file that cannot be read ends an import, too
        name = None
        step = error.__traceback__
        while step is not None and name is None:
            code = step.tb_frame.f_code
            if (code.co_filename, code.co_name) == _IMPORTING:
                name = step.tb_frame.f_locals.get("name")
            step = step.tb_next
    return name[:_MAX_NAME] if _type_of(name) is _str_of else None


def _kind(error: BaseException, text: str) -> str:
    for kind, types_ in _KINDS.items():
        if isinstance(error, types_):
            return kind
    if any(words in text for words in _NO_MEMORY):
        return "out_of_memory"
    if isinstance(error, OSError) and error.errno in _DENIED:
        return "forbidden"
    if isinstance(error, RuntimeError) and "can't start new thread" in text:
        return "forbidden"
    return "raised"


def seed(number: int) -> None:
    """Give every generator of random numbers a known state."""
    random.seed(number)
    np.random.seed(number % 2**32)
    torch.manual_seed(number)


def silence() -> None:
    """Point the descriptors 0, 1 and 2 at nothing."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
