"""Paths -> entries: the files of a submission, found but not yet read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError
from grader.intake.files import archive
from grader.intake.files.encoding_guess import decoded_name
from grader.intake.files.file_names import suffix_of
from grader.intake.files.signatures import describe, is_zip
from grader.intake.model import IntakeLimits
from grader.words.message import Message, message

_IGNORED_FOLDERS = frozenset({"__MACOSX", "__pycache__", "node_modules", "site-packages", "venv"})
_IGNORED_FILES = frozenset({"desktop.ini", "thumbs.db", "icon\r"})


Sealed = Callable[[str], bool]
"""Whether an archive of that name is part of the work, and not what the work came in."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of a submission: ``name`` with the folders in front, and a way to read it."""

    name: str
    load: Callable[[], bytes]
    copies: int = 1  # members of that name in its archive; this is the last one

    @property
    def base_name(self) -> str:
        """Return the name without folders."""
        return PurePosixPath(self.name).name

    @property
    def suffix(self) -> str:
        """Return the extension in lower case, ``".ipynb"``."""
        return suffix_of(self.base_name)


def collect(
    paths: Sequence[Path], limits: IntakeLimits, *, sealed: Sealed = lambda _name: False
) -> tuple[Entry, ...]:
    """
    Return the files named by *paths*: each a file, a folder or a zip archive.

    An archive whose name is *sealed* is handed in as it is: a file like any other.

    Raises SubmissionError when a path is missing, unreadable, or neither file nor folder.
    """
    entries: list[Entry] = []
    for path in paths:
        opened = _folder if _is_folder(path) else _file
        entries.extend(opened(path, limits, sealed))
    return tuple(entries)


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the bytes of a regular file; never waits for a pipe and never reads past *limit*."""
    try:
        descriptor = os.open(path, _reading())
    except (OSError, ValueError) as error:
        raise SubmissionError(_cannot_open(path, error)) from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SubmissionError(_not_a_file(path))
        data = file.read(limit + 1)
    if len(data) > limit:
        raise SubmissionError(too_large(path.name, limit))
    return data


def _reading() -> int:
    """Return how a file is opened: each system has its own of these, and no need of the others."""
    kept = (getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
    return sum(kept, start=os.O_RDONLY)


def too_large(name: str, limit: int) -> Message:
    """Return why a file over its limit of bytes is refused."""
    return message("file.too-large", file=name, most=f"{limit / 1e6:g}")


def is_ignored(name: str) -> bool:
    """Return whether nobody hands in a file of this name on purpose (checkpoints, caches)."""
    parts = PurePosixPath(name).parts
    if parts and (parts[-1].lower() in _IGNORED_FILES or parts[-1].startswith("~$")):
        return True
    return any(part.startswith(".") or part in _IGNORED_FOLDERS for part in parts)


def _is_folder(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise SubmissionError(_cannot_open(path, error)) from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise SubmissionError(_not_a_file(path))
    return stat.S_ISDIR(mode)


def _file(path: Path, limits: IntakeLimits, sealed: Sealed) -> list[Entry]:
    name = decoded_name(path.name)
    if path.suffix.lower() != ".zip" or sealed(name):
        return [Entry(name=name, load=lambda: read_bytes(path, limits.file_bytes))]
    data = read_bytes(path, limits.total_bytes)
    if not is_zip(data):
        found = describe(data) or ("other" if data else "nothing")
        raise SubmissionError(message("zip.not-zip", file=path.name, found=found))
    return _zipped(path.name, data, limits)


def _zipped(name: str, data: bytes, limits: IntakeLimits) -> list[Entry]:
    members = archive.members(name, data, limits)
    return [
        Entry(name=name, load=member.read, copies=member.copies)
        for name, member in members.items()
        if not is_ignored(name)
    ]


def _folder(path: Path, limits: IntakeLimits, sealed: Sealed) -> list[Entry]:
    """Return a folder's files, those nearest to the top first; a lone zip in it is opened."""
    found = list(_walk(path, limits))
    entries = [_entry_below(path, file, limits) for file in found]
    zips = [f for f in found if f.suffix.lower() == ".zip" and not sealed(decoded_name(f.name))]
    if len(zips) == 1 and not any(entry.suffix in {".ipynb", ".py"} for entry in entries):
        return entries + _file(zips[0], limits, sealed)
    return entries


def _walk(top: Path, limits: IntakeLimits) -> Iterator[Path]:
    """Yield the regular files under *top* breadth first, symbolic links left out, bounded."""
    left, level = limits.entries, [top]
    for _ in range(limits.folder_depth):
        folders: list[Path] = []
        for folder in level:
            for path in _listed(folder):
                left -= 1
                if left < 0:
                    return
                if path.is_symlink() or is_ignored(path.name):
                    continue
                if path.is_dir():
                    folders.append(path)
                elif path.is_file():
                    yield path
        level = folders


def _entry_below(top: Path, path: Path, limits: IntakeLimits) -> Entry:
    name = decoded_name(path.relative_to(top).as_posix())
    return Entry(name=name, load=lambda: read_bytes(path, limits.file_bytes))


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise SubmissionError(_cannot_open(folder, error)) from None


def _not_a_file(path: Path) -> Message:
    return message("path.no-file", file=str(path))


def _cannot_open(path: Path, error: Exception) -> Message:
    if isinstance(error, FileNotFoundError):
        return message("path.missing", file=str(path))
    if isinstance(error, PermissionError):
        return message("path.denied", file=str(path))
    told = str(getattr(error, "strerror", None) or error)
    return message("path.unreadable", file=str(path), error=told)
