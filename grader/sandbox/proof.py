"""
The sandbox proves itself: every attempt of hostile code has to fail in it, and what students'
code does every day has to work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.policy import (
    ALLOW_BUBBLEWRAP,
    BUBBLEWRAP,
    LAYERS,
    REMEDIES,
    Policy,
    full,
)
from grader.sandbox.processes import launch, pool
from grader.sandbox.protocol import Limits, Value
from grader.sandbox.runner import Sandbox
from grader.sandbox.self_test import EVERYDAY

_PROJECT = Path(__file__).resolve().parent.parent
_SECONDS = 10.0
_EVERYDAY_SECONDS = 60.0
_ABOUT = tuple(one.about for one in EVERYDAY)
_READABLE = (
    "let other users read Python and its libraries, install what is missing, or run as an"
    " ordinary user"
)

# Each attempt succeeds by returning; {project} is this package's own folder.
ATTEMPTS: Mapping[str, str] = {
    "read /etc/passwd": "open('/etc/passwd').read()",
    "read this project": "open({project!r} + '/errors.py').read()",
    "list this project": "os.listdir({project!r})",
    "import this project": "__import__('grader.errors')",
    "list the home folders": "os.listdir('/home') + os.listdir('/root')",
    "read another process": "open('/proc/1/environ').read()",
    "write to /tmp": "write('/tmp/probe-of-the-sandbox')",
    "write to the working folder": "write('probe-of-the-sandbox')",
    "write to shared memory": "write('/dev/shm/probe-of-the-sandbox')",
    "open an internet socket": "socket.socket(socket.AF_INET)",
    "open a unix socket": "socket.socket(socket.AF_UNIX)",
    "open a netlink socket": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "start a process": "os.fork()",
    "run a program": "os.execv('/bin/true', ['true'])",
    "signal the grader": "os.kill({parent}, 0)",
    "signal its parent": "os.kill(os.getppid(), 0)",
    "trace a process": "must(libc.ptrace(0, 0, 0, 0))",
    "read another's memory": "must(libc.process_vm_readv({parent}, 0, 0, 0, 0, 0))",
    "make a namespace": "must(libc.unshare(0x10000000))",
    "become root": "os.setuid(0)",
    "raise a limit": "resource.setrlimit(resource.RLIMIT_CORE, (1, 1))",
    "make an anonymous file": "os.memfd_create('x')",
    "reach the kernel's keys": "must(libc.syscall(250, 0, 0, 0))",
    "use io_uring": "must(libc.syscall(425, 1, 0))",
}
_SOURCE = """\
import ctypes, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)

def must(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "denied")
    return result

def write(path):
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    os.remove(path)

def attempt(text):
    try:
        eval(text)
    except (OSError, ImportError, ValueError) as error:
        return type(error).__name__
    return ""
"""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Which layers hold here, what each missing one would take, what was attempted and works."""

    layers: tuple[str, ...]
    remedies: Mapping[str, str]
    attempts: tuple[str, ...]
    works: tuple[str, ...]


def prove(policy: Policy | None = None) -> Proof:
    """
    Return what the sandbox is made of on this machine.

    Raises ``SandboxError`` where a layer that *policy* needs does not hold, where any of the
    attempts succeeds, or where right code fails: then nothing may be graded here.
    """
    used = policy or full()
    given = {"project": str(_PROJECT), "parent": os.getpid()}
    limits = Limits(restarts=len(ATTEMPTS) + 1)
    with Sandbox(_fragments(), networks={}, scaffold={}, limits=limits, policy=used) as sandbox:
        layers = sandbox.layers
        succeeded = [
            name
            for name, text in ATTEMPTS.items()
            if not _fails(sandbox, text.format(**given)) and not used.own_code
        ]
        faults = [*_faults(sandbox)]
    if succeeded:
        msg = f"the sandbox does not hold: code in it could {', '.join(succeeded)}"
        raise SandboxError(msg)
    if faults:
        msg = f"right code would fail in the sandbox: {'; '.join(faults)}: {_READABLE}"
        raise SandboxError(msg)
    missing = {layer: _remedy(layer) for layer in LAYERS if layer not in layers}
    return Proof(layers=layers, remedies=missing, attempts=(*ATTEMPTS,), works=_ABOUT)


def memory(policy: Policy | None = None) -> Mapping[str, int]:
    """Return what the process that workers are forked from has mapped and resident, in bytes."""
    return pool.shared(policy or full()).memory()


def _remedy(layer: str) -> str:
    """Return what a layer takes here: bubblewrap may be installed, but denied."""
    refusal = launch.bubblewrap_refusal() if layer == BUBBLEWRAP else None
    return REMEDIES[layer] if refusal is None else ALLOW_BUBBLEWRAP.format(reason=refusal)


def _fails(sandbox: Sandbox, text: str) -> bool:
    """Return whether an attempt ends in an error inside, or in the death of the child."""
    seen = sandbox.call(["attempt"], [Value.str(text)], limit_seconds=_SECONDS)
    if seen.value is not None:
        return bool(seen.value.data)
    return seen.error is not None and seen.error.kind in ("crashed", "forbidden")


def _faults(sandbox: Sandbox) -> Iterator[str]:
    """Return what students' code does every day and cannot do in the sandbox, each with why."""
    for number, one in enumerate(EVERYDAY):
        seen = sandbox.call([f"everyday_{number}"], [], limit_seconds=_EVERYDAY_SECONDS)
        if seen.error is not None:
            yield f"{one.about} ({seen.error.message})"
        elif seen.value is None or seen.value.data != one.returns:
            yield f"{one.about} ({seen.value.data if seen.value else None!r})"


def _fragments() -> list[dict[str, object]]:
    names = ("ctypes", "os", "resource", "socket", "libc", "must", "write", "attempt")
    programs: list[tuple[str, str, tuple[str, ...]]] = [("probe", _SOURCE, names)]
    for number, one in enumerate(EVERYDAY):
        name = f"everyday_{number}"
        programs.append((name, one.source.replace("answer", name), (name,)))
    return [
        {"file": file, "cell": None, "line": 1, "source": source, "defines": defines}
        for file, source, defines in programs
    ]
