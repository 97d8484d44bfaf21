"""
Libraries in a folder that only root can enter, made reachable for workers that are not root.

An interpreter that root installed for itself (pyenv, uv) lies below ``/root``, which a worker that
has left root cannot pass through.  So the process that forks moves into a mount namespace of its
own, covers each such folder with an empty one, and mounts the libraries in it at their own paths.
Outside nothing changes, and nothing else of the covered folder is left inside.

Sources: mount(2), mount_namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_NO_SET_USER_ID, _NO_DEVICES, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 4096, 16384, 1 << 18
_READ_ONLY, _REMOUNT = 1, 32
_HELD = _NO_SET_USER_ID | _NO_DEVICES


def closed_folder(path: Path) -> Path | None:
    """Return the outermost folder above *path* that other users cannot enter, if there is one."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def open_libraries(folders: Iterable[str]) -> None:
    """
    Make *folders* reachable for every user, in this process and its children.

    Does nothing where they can be reached already, or where this process is an ordinary user.
    Raises ``OSError`` where the kernel does not allow it.
    """
    closed = {path: folder for path in _all_names(folders) if (folder := closed_folder(path))}
    if os.geteuid() or not closed:
        return
    if _libc().unshare(_CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "no mount namespace is to be had here")
    _mount(None, "/", _RECURSIVE | _PRIVATE)
    held = {path: os.open(path, os.O_PATH) for path in closed}
    for folder in sorted({*closed.values()}):
        _mount("tmpfs", str(folder), _HELD, kind="tmpfs", options="mode=0755,size=1m")
    for path, descriptor in held.items():
        _make_folders(path)
        _mount(f"/proc/self/fd/{descriptor}", str(path), _BIND | _RECURSIVE)
        os.close(descriptor)
    for folder in sorted({*closed.values()}):
        _mount(None, str(folder), _HELD | _REMOUNT | _BIND | _READ_ONLY)


def out_of_reach(files: Iterable[str]) -> list[str]:
    """Return the folders of *files* that this process cannot list, or read the file in."""
    found = []
    for file in files:
        folder = os.path.dirname(file)  # noqa: PTH120  as the interpreter has it
        try:
            os.listdir(folder)  # noqa: PTH208
            os.close(os.open(file, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            found.append(folder)
    return found


def _all_names(folders: Iterable[str]) -> list[Path]:
    """Return existing folders by the name given and by their own; none lies in another."""
    names = {name for folder in folders for name in (Path(folder), Path(folder).resolve())}
    found: list[Path] = []
    for path in sorted(names):
        if path.is_dir() and not any(path.is_relative_to(other) for other in found):
            found.append(path)
    return found


def _make_folders(path: Path) -> None:
    before = os.umask(0o022)
    try:
        path.mkdir(parents=True, exist_ok=True)
    finally:
        os.umask(before)


def _mount(
    source: str | None, target: str, flags: int, *, kind: str | None = None, options: str = ""
) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    if _libc().mount(*words, ctypes.c_ulong(flags), options.encode() or None):
        raise OSError(ctypes.get_errno(), f"{target} cannot be mounted")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
