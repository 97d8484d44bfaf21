"""
The process that has torch imported, runs no student's code, and forks one that does.

A fork of it takes milliseconds where importing torch takes seconds.  Each fork serves one
submission, locks itself before it is given any of the student's code, and is never used again.
"""

from __future__ import annotations

import contextlib
import encodings
import gc
import importlib
import os
import pkgutil
import signal
import socket
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from grader.sandbox.frames import Channel, FrameError
from grader.sandbox.inside import environment, folders, lockdown
from grader.sandbox.inside.environment.torch_mode import LabMode
from grader.sandbox.inside.program import silence
from grader.sandbox.inside.worker import Worker

_REQUEST_BYTES = 1 << 24
# Of the standard library: what opens a browser or a window, prints, or is no library.
_NOT_IMPORTED = frozenset(
    ("antigravity", "this", "idlelib", "tkinter", "turtle", "turtledemo", "test", "lib2to3")
)
# One file of each folder that a student's imports need.
_NEEDED = [str(module.__file__) for module in (os, np, torch)]


def main(descriptor: int) -> None:
    """Serve fork requests on *descriptor* until the grader closes it."""
    with contextlib.suppress(OSError):  # each worker looks whether it reaches them
        folders.open_libraries(_library_folders())
    torch.set_num_threads(1)
    _import_standard_library()
    tempfile.tempdir = "/tmp"  # torch asks for its name; to find one, Python would write there
    environment.install()
    _warm_up()
    _forget_archive()
    gc.collect()
    gc.freeze()
    control = Channel(socket.socket(fileno=descriptor))
    control.send(0, {"ready": True, **_memory()})
    children: set[int] = set()
    with contextlib.suppress(FrameError):
        while True:
            frame = control.receive(limit=_REQUEST_BYTES, with_descriptors=True)
            reply = _answer(control, frame.meta, children)
            control.send(frame.sequence, reply)
    os._exit(0)  # the children die with this process


def _answer(control: Channel, meta: Mapping[str, Any], children: set[int]) -> dict[str, Any]:
    if meta["operation"] == "fork":
        for name in meta["imports"]:
            _import(name)
        descriptor = control.descriptors.pop()
        try:
            child = _fork(control, descriptor, meta["setup"])
        except OSError as error:  # no process to be had just now: nobody's answer
            return {"pid": None, "reason": str(error)}
        finally:
            os.close(descriptor)
        children.add(child)
        return {"pid": child}
    child = meta["pid"]
    if child not in children:
        return {"status": None}
    children.discard(child)
    return {"status": _reap(child, meta["patience_seconds"])}


def _reap(child: int, patience_seconds: float) -> int | None:
    """Return the wait status of a child that ends by itself in time, else end it."""
    deadline = time.monotonic() + patience_seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() >= deadline:
            break
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _fork(control: Channel, descriptor: int, setup: Mapping[str, Any]) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        control.close()
        _become_worker(descriptor, setup, parent)
    finally:
        os._exit(0)


def _become_worker(descriptor: int, setup: Mapping[str, Any], parent: int) -> None:
    lockdown.die_with_parent(parent)
    silence()
    lockdown.close_descriptors(descriptor)
    environment.fix_threads(setup["limits"]["threads"])
    channel = Channel(socket.socket(fileno=descriptor))
    held = lockdown.lock(setup["lock"])
    listeners = [int(held.pop(name)) for name in [lockdown.LISTENER] if name in held]
    hello = {"layers": held, "out_of_reach": folders.out_of_reach(_NEEDED)}
    channel.send(0, hello, descriptors=listeners)
    for listener in listeners:
        os.close(listener)
    Worker(channel, setup).serve()


def _forget_archive() -> None:
    """
    Take the sandbox's own modules out of what an import finds, and their archive's readers away.

    Whoever shows a line of a module asks its loader for the source.  The archive may be an open
    descriptor, which a worker closes: its number then belongs to another file.
    """
    ours = [name for name in sys.modules if name.partition(".")[0] in ("grader", "__main__")]
    for name in ours:
        module = vars(sys.modules.pop(name))
        module.pop("__loader__", None)
        module.pop("__spec__", None)
    sys.modules["__main__"] = ModuleType("__main__")  # each worker makes its own
    sys.path[:] = [path for path in sys.path if not path.startswith(sys.argv[0])]
    sys.path_importer_cache.clear()
    sys.argv[:] = [""]


def _import(name: str) -> None:
    """Import a library that the grader names: it is there for every worker from here on."""
    with contextlib.suppress(ImportError):
        importlib.import_module(name)


def _library_folders() -> list[str]:
    """Return the interpreter's folders of libraries and those that were handed over."""
    standard = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    return [str(Path(sys.base_prefix) / "lib"), *standard, *sys.argv[2:]]


def _import_standard_library() -> None:
    """
    Import all of it: what it and the compiler import on first use is then there.

    This takes 0.1 s and 6 MB.  Of its packages only the codecs are imported whole.
    """
    codecs = (found.name for found in pkgutil.iter_modules(encodings.__path__, "encodings."))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some modules will not be in the next Python
        for name in (*sorted(sys.stdlib_module_names - _NOT_IMPORTED), *codecs):
            with contextlib.suppress(ImportError):  # of another system
                importlib.import_module(name)


def _warm_up() -> None:
    """Run each kind of layer once, so that no worker pays for a library's first use."""
    with torch.no_grad(), LabMode():
        images = torch.zeros(1, 3, 8, 8)
        maps = torch.nn.MaxPool2d(2)(torch.nn.Conv2d(3, 4, 5)(images).relu())
        torch.nn.Linear(16, 2)(maps.flatten(1)).round().clamp(-128, 127).numpy()


def _memory() -> dict[str, int]:
    words = Path("/proc/self/statm").read_text().split()
    page = os.sysconf("SC_PAGE_SIZE")
    return {"mapped_bytes": int(words[0]) * page, "resident_bytes": int(words[1]) * page}
