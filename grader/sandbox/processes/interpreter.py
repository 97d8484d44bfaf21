"""
Which Python runs the students' code: the grader's own, or the one named by a setting.

``GRADER_SANDBOX_PYTHON`` names another interpreter, at least as new as the grader's own and with
torch and numpy. Where its libraries lie is asked of itself.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import SandboxError

SETTING = "GRADER_SANDBOX_PYTHON"
NEEDED = ("torch", "numpy")
_SECONDS = 60.0
_ASK = """\
import importlib.util, json, os, sys, sysconfig
found = {name: importlib.util.find_spec(name) for name in sys.argv[1:]}
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": list(sys.version_info[:2]),
    "standard": [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")],
    "base_prefix": sys.base_prefix,
    "multiarch": sysconfig.get_config_var("MULTIARCH") or "",
    "origins": {name: spec.origin for name, spec in found.items() if spec and spec.origin},
}))
"""


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """
    A Python: its program, its version, and the folders of its libraries.

    ``libraries`` are the site-packages folders that torch and numpy lie in; ``multiarch`` is the
    system's name for its kind of machine, ``""`` where the system has none.
    """

    executable: str
    version: tuple[int, int]
    standard: tuple[str, str]
    base_prefix: str
    multiarch: str
    libraries: tuple[str, ...]

    @property
    def compiled(self) -> str:
        """Return the folder of the standard library's compiled modules."""
        return str(Path(self.standard[0]) / "lib-dynload")


def interpreter() -> Interpreter:
    """
    Return the interpreter of the sandbox.

    Raises ``SandboxError`` where the one that is named cannot be used; says what to do.
    """
    named = os.environ.get(SETTING, "")
    return _named(named) if named else _own()


@functools.cache
def _own() -> Interpreter:
    origins = {name: spec.origin for name in NEEDED if (spec := importlib.util.find_spec(name))}
    return Interpreter(
        # The interpreter itself, not the link or launcher in a virtual environment.
        executable=os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
        version=sys.version_info[:2],
        standard=(sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")),
        base_prefix=sys.base_prefix,
        multiarch=sysconfig.get_config_var("MULTIARCH") or "",
        libraries=_folders({name: origin for name, origin in origins.items() if origin}),
    )


@functools.cache
def _named(program: str) -> Interpreter:
    said = _ask(program)
    origins = said["origins"]
    missing = [name for name in NEEDED if name not in origins]
    if missing:
        raise _unusable(program, f"it has no {' and no '.join(missing)}; install them there")
    version = (said["version"][0], said["version"][1])
    if version < sys.version_info[:2]:
        older = f"it is Python {version[0]}.{version[1]}, older than the grader's own"
        raise _unusable(program, older)
    return Interpreter(
        executable=said["executable"],
        version=version,
        standard=(said["standard"][0], said["standard"][1]),
        base_prefix=said["base_prefix"],
        multiarch=said["multiarch"],
        libraries=_folders(origins),
    )


def _ask(program: str) -> dict[str, Any]:
    """Return what an interpreter says of itself."""
    command = [program, "-I", "-c", _ASK, *NEEDED]
    try:
        done = subprocess.run(
            command, capture_output=True, check=True, timeout=_SECONDS, text=True, cwd="/"
        )
        said: dict[str, Any] = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or [f"exit status {error.returncode}"]
        raise _unusable(program, last[0]) from None
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise _unusable(program, str(error)) from None
    return said


def _folders(origins: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(Path(origin).parent.parent) for origin in origins.values()))


def _unusable(program: str, why: str) -> SandboxError:
    return SandboxError(
        f"{SETTING} names {program}, which cannot run the sandbox: {why}. Name the python of an"
        " environment with torch and numpy, or unset it"
    )
