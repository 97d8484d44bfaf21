"""What every notebook has: IPython's names, and bars that show how far a loop has come."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from grader.sandbox.inside.environment.absorbing import Absorbing, AbsorbingModule

# Cell magics whose cell is Python and runs.
_PYTHON_CELLS = {"time", "timeit", "capture", "prun", "python", "python3", "memit", "mprun"}


class Shell(Absorbing):
    """What ``get_ipython()`` returns: it runs a cell of Python, and nothing else of a command."""

    def run_cell_magic(self, name: str, _line: str, cell: str) -> None:
        """Run the cell where the magic would."""
        if name in _PYTHON_CELLS:
            self.run_cell(cell)

    def run_cell(self, cell: str, *_args: Any, **_kwargs: Any) -> None:
        """Run a cell of Python."""
        exec(cell, vars(sys.modules["__main__"]))

    ex = run_cell

    def getoutput(self, *_args: Any, **_kwargs: Any) -> list[str]:
        """Return what no command has printed."""
        return []

    @property
    def user_ns(self) -> dict[str, Any]:
        """Return the notebook's names."""
        return vars(sys.modules["__main__"])

    user_global_ns = user_ns


class ZMQInteractiveShell(Shell):
    """By its name code knows that it runs in a notebook."""


_SHELL = ZMQInteractiveShell()


def get_ipython() -> Shell:
    """Return the one shell."""
    return _SHELL


def display(*_things: Any, **_options: Any) -> None:
    """Show nothing."""


def clear_output(*_args: Any, **_kwargs: Any) -> None:
    """Clear nothing."""


_NAMES = {"display": display, "clear_output": clear_output, "get_ipython": get_ipython}


def install() -> None:
    """Give every module the names that IPython gives it."""
    for name, thing in _NAMES.items():
        setattr(builtins, name, thing)


def ipython_module(name: str) -> ModuleType:
    """Return IPython, or a module of it, with the names that work and nothing for the rest."""
    made = AbsorbingModule(name)
    vars(made).update(_NAMES, version_info=(8, 30, 0), __version__="8.30.0")
    return made


class Progress:
    """An iterable as tqdm wraps it, without the bar."""

    def __init__(self, iterable: Any = None, *_args: Any, **options: Any) -> None:
        self.iterable, self.n = iterable, 0
        self.total = options.get("total")
        if self.total is None and hasattr(iterable, "__len__"):
            self.total = len(iterable)
        self.desc = options.get("desc", "")
        self.format_dict: dict[str, Any] = {"elapsed": 0.0, "rate": None}

    def __iter__(self) -> Iterator[Any]:
        """Yield what is iterated."""
        for item in self.iterable:
            yield item
            self.n += 1

    def __len__(self) -> int:
        """Return the number of steps."""
        return int(self.total or 0)

    def __bool__(self) -> bool:
        """Return whether there is anything to iterate."""
        return self.total is None or self.total > 0

    def __enter__(self) -> Progress:
        """Return the object itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let errors pass."""

    def __getattr__(self, name: str) -> Any:
        """Return a method that does nothing: ``set_description``, ``set_postfix``, ``close``."""
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing

    def update(self, steps: float = 1) -> None:
        """Count *steps*."""
        self.n += steps  # type: ignore[assignment]

    @classmethod
    def write(cls, *_args: Any, **_options: Any) -> None:
        """Print nothing."""

    @classmethod
    def pandas(cls, *_args: Any, **_options: Any) -> None:
        """Leave pandas alone."""


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    return None


def _range(*args: int, **options: Any) -> Progress:
    return Progress(range(*args), **options)


def progress_module(name: str) -> ModuleType:
    """Return tqdm, or a module of it, that iterates and shows nothing."""
    made = AbsorbingModule(name)
    real = sys.modules.get("tqdm.std")  # what is installed iterates as well, without a browser
    bar, bars = (real.tqdm, real.trange) if real else (Progress, _range)
    names = {"tqdm": bar, "trange": bars, "tqdm_notebook": bar, "tnrange": bars}
    vars(made).update(names)
    made.__all__ = [*names]
    return made
