"""
Files that code writes in its working folder: kept in memory, they go with the process.

A notebook's functions log, save plots' data and make folders; here is no folder to write to.
What is written elsewhere on the machine, or is code, is refused as ever.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Container
from pathlib import PurePosixPath
from typing import Any

import torch
from numpy.lib import _datasource

_NOT_HERE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOSYS)
# Where Colab and Kaggle have their working folders.
_WORKING_FOLDERS = ("/content", "/kaggle/working")
_CODE = (".py", ".pyc", ".pth", ".so")
_kept: dict[str, bytes] = {}
_folders: set[str] = set()
# What asks whether something is there, and where that is kept.
_ASKED = (("isfile", _kept), ("exists", _kept), ("isdir", _folders), ("exists", _folders))


def _own_path(file: Any) -> str:
    """Return the path below the working folder that *file* names, ``""`` for any other."""
    if not isinstance(file, str | os.PathLike):
        return ""
    path = PurePosixPath(os.fspath(file) if isinstance(os.fspath(file), str) else "/")
    folder = next((each for each in _WORKING_FOLDERS if path.is_relative_to(each)), None)
    path = path.relative_to(folder) if folder else path
    is_refused = path.is_absolute() or ".." in path.parts or path.suffix in _CODE
    return "" if is_refused else str(path)


class _Bytes(io.BytesIO):
    """A file of bytes that is kept when it is closed."""

    def __init__(self, name: str, mode: str) -> None:
        is_new = "w" in mode or "x" in mode
        super().__init__(b"" if is_new else _kept.get(name, b""))
        self.name, self._mode = name, mode
        if "a" in mode:
            self.seek(0, io.SEEK_END)
        self.flush()

    def flush(self) -> None:
        """Keep what was written so far."""
        if not self.closed and self._mode.strip("bt") != "r":
            _kept[self.name] = self.getvalue()

    def close(self) -> None:
        """Keep what was written."""
        self.flush()
        super().close()


def _opening(now: Callable[..., Any]) -> Callable[..., Any]:
    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        try:
            return now(file, mode, *args, **kwargs)
        except OSError as error:
            name = _own_path(file)
            is_there = name in _kept or any(letter in mode for letter in "wxa")
            if not name or not is_there or error.errno not in _NOT_HERE:
                raise
        held = _Bytes(name, mode)
        return held if "b" in mode else io.TextIOWrapper(held, encoding="utf-8")

    return opened


def _making(now: Callable[..., None]) -> Callable[..., None]:
    def made(name: Any, *args: Any, **kwargs: Any) -> None:
        try:
            now(name, *args, **kwargs)
        except OSError as error:
            path = _own_path(name)
            if not path or error.errno not in _NOT_HERE:
                raise
            _folders.add(path)

    return made


def _finding(now: Callable[[Any], bool], kept: Container[str]) -> Callable[[Any], bool]:
    return lambda path: now(path) or _own_path(path) in kept


def _saving(now: Callable[..., None]) -> Callable[..., None]:
    def saved(obj: Any, f: Any, *args: Any, **kwargs: Any) -> None:
        name = _own_path(f)
        now(obj, _Bytes(name, "wb") if name else f, *args, **kwargs)

    return saved


def install() -> None:
    """Discard what is written in the working folder."""
    builtins.open = io.open = _opening(builtins.open)
    # np.savetxt and np.loadtxt keep the function that was here when numpy was imported.
    vars(_datasource)["_file_openers"]._file_openers[None] = builtins.open
    os.mkdir, os.makedirs = _making(os.mkdir), _making(os.makedirs)
    for name, kept in _ASKED:
        setattr(os.path, name, _finding(getattr(os.path, name), kept))
    torch.save = _saving(torch.save)
