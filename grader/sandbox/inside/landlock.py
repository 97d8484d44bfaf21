"""
Landlock: this process may read the files that are listed, and do nothing else to any file.

Sources: landlock(7), include/uapi/linux/landlock.h.  The structures grew with the kernel's ABI:
network rules came with 4, scopes for signals and abstract sockets with 6.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_GET_ABI = 1
_RULE_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_ACCESS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_BITS = 16
_NET_TCP = 0b11
_SCOPES = 0b11


def abi() -> int:
    """Return the kernel's Landlock ABI, 0 where it has none."""
    version = int(_libc().syscall(_CREATE_RULESET, None, 0, _GET_ABI))
    return max(version, 0)


def restrict(readable: Iterable[str], listable: Iterable[str]) -> int:
    """
    Allow only reading beneath the *readable* paths from here on; return the ABI used.

    Beneath the *listable* folders names can be listed, not read.  Paths that do not exist or are
    out of reach are passed over.  Raises ``OSError`` on failure.
    """
    version = abi()
    if not version:
        raise OSError(0, "the kernel has no Landlock")
    accesses = (1 << _FILE_ACCESS_BITS.get(version, _NEWEST_BITS)) - 1
    attributes = struct.pack("=QQQ", accesses, _NET_TCP, _SCOPES)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _checked(_libc().syscall(_CREATE_RULESET, attributes, size, 0))
    for path in readable:
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    for path in listable:
        _allow(ruleset, path, _READ_DIR)
    _checked(_libc().syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
    rule = struct.pack("=Qi", access if is_folder else access & ~_READ_DIR, descriptor)
    _checked(_libc().syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0))
    os.close(descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return result
