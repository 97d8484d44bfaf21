"""
A process takes its own rights away, before any of a student's code runs in it.

Each layer says whether it holds; which ones must hold is the parent's decision.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grader.sandbox.inside import landlock, seccomp

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWIPC, _CLONE_NEWNET = 0x10000000, 0x08000000, 0x40000000
_CAPABILITY_VERSION_3 = 0x20080522
_DESCRIPTORS = 64
LISTENER = "listener"

Settings = Mapping[str, Any]
Held = dict[str, str]


def lock(settings: Settings) -> dict[str, str]:
    """
    Apply every layer that *settings* asks for; return a layer's name and what it came to.

    An empty text says that the layer holds; any other says why it does not.  ``LISTENER`` is the
    descriptor, in digits, that threads are counted on, where the kernel does not do it.
    """
    held: dict[str, str] = {}
    for name, apply in _STEPS.items():
        if name not in settings["layers"]:
            continue
        try:
            apply(settings, held)
            held[name] = ""
        except (OSError, ValueError, KeyError, ImportError) as error:
            held[name] = f"{type(error).__name__}: {error}"
    return held


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when *parent* ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def drop_user(settings: Settings, _held: Held) -> None:
    """Give up every capability and, as root, become a user that no other process runs as."""
    if os.getuid() == 0:
        user = settings["user"]
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        die_with_parent(os.getppid())  # a change of user takes the request back
    _drop_capabilities()


def unshare(_settings: Settings, _held: Held) -> None:
    """Move into user, IPC and network namespaces of its own, without any capability there."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWIPC | _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "namespaces are not to be had here")
    _drop_capabilities()
    die_with_parent(os.getppid())


def limit_resources(settings: Settings, held: Held) -> None:
    """
    Bound memory, processor time, descriptors and threads; no file may be written.

    The kernel counts the threads of a user within a user namespace together: without either of
    its own this process has to leave room for what its user runs elsewhere.
    """
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    alone = _is_alone(settings, held)
    mapped = pages * os.sysconf("SC_PAGE_SIZE")
    limits = {
        resource.RLIMIT_AS: mapped + settings["memory_bytes"],
        resource.RLIMIT_CPU: settings["cpu_seconds"],
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_NPROC: settings["threads"]
        + (0 if alone else settings["threads_elsewhere"]),
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for name, limit in limits.items():
        _, hard = resource.getrlimit(name)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(name, (allowed, allowed))


def forbid_new_privileges(_settings: Settings, _held: Held) -> None:
    """Make set-user-id programs powerless, and keep others from looking into this process."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)


def close_descriptors(kept: int) -> None:
    """Close every descriptor but the standard ones and *kept*."""
    with contextlib.suppress(OSError):
        os.closerange(3, kept)
        os.closerange(kept + 1, 4096)


def _drop_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if libc.capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl: {os.strerror(number)}")


def _restrict_files(settings: Settings, _held: Held) -> None:
    landlock.restrict(settings["readable"], settings["listable"])


def _filter_calls(settings: Settings, held: Held) -> None:
    if _is_alone(settings, held):
        seccomp.install()
        return
    try:
        held[LISTENER] = str(seccomp.install(counted=True))
    except OSError as error:
        if error.errno != errno.EBUSY:  # this container's own calls are listened to already
            raise
        seccomp.install()


def _is_alone(settings: Settings, held: Held) -> bool:
    """Return whether the kernel counts this process's threads apart from all others'."""
    return held.get("namespaces") == "" or settings["own_user"]


_STEPS: Mapping[str, Callable[[Settings, Held], None]] = {
    "unprivileged user": drop_user,
    "namespaces": unshare,
    "rlimits": limit_resources,
    "no new privileges": forbid_new_privileges,
    "landlock": _restrict_files,
    "seccomp": _filter_calls,
}
