"""
Install what is no Python package where that is possible without asking; else say what to type.

Pango draws the text of PDFs; bubblewrap is one more layer around students' code. Everything else
works without either.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

_OPTIONS = ("--quiet", "--quiet", "--option", "Acquire::http::Timeout=20")


@dataclass(frozen=True)
class Wanted:
    """A program or library: how to find it, its packages, and what is so without it."""

    name: str
    is_there: Callable[[], bool]
    packages: tuple[str, ...]
    without: str


def pango_is_there() -> bool:
    """Return whether the libraries that WeasyPrint loads can be found."""
    return all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0"))


def bubblewrap_is_there() -> bool:
    """Return whether bubblewrap is installed, or is not for this system."""
    return sys.platform != "linux" or shutil.which("bwrap") is not None


WANTED = (
    Wanted(
        "Pango",
        pango_is_there,
        ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
        "no PDF will be made",
    ),
    Wanted(
        "bubblewrap",
        bubblewrap_is_there,
        ("bubblewrap",),
        "the sandbox has one layer less (the needed ones hold all the same)",
    ),
)


def main() -> None:
    """Install what is missing with apt as root; print a line for each that is missing then."""
    missing = [wanted for wanted in WANTED if not wanted.is_there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install([package for wanted in missing for package in wanted.packages])
    for wanted in missing:
        if not wanted.is_there():
            command = f"sudo apt-get install {' '.join(wanted.packages)}"
            print(f"{wanted.name} is missing, so {wanted.without}. To get it, type: {command}")


def _install(packages: list[str]) -> None:
    print(f"Installing {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ("install", "--yes", "--no-install-recommends", *packages)
    for step in (("update",), install):
        command = ("apt-get", *_OPTIONS, *step)
        # It may warn, or fail for want of a network: what counts is what is there afterwards.
        subprocess.run(command, env=environment, check=False, capture_output=True)


if __name__ == "__main__":
    main()
