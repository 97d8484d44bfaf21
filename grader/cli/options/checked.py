"""Options that are checked before anything is graded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from grader.errors import GraderError


def require(given: str, allowed: Sequence[str], option: str) -> None:
    """Refuse a value that an option does not have."""
    if given not in allowed:
        msg = f"{given!r} is none of {', '.join(allowed)}"
        raise typer.BadParameter(msg, param_hint=option)


def require_folder(out: Path) -> None:
    """Refuse a folder that cannot be written to before anything is graded."""
    if why := obstacle(out):
        raise unwritable(out, why)


def obstacle(folder: Path) -> str:
    """Return why nothing can be written into a folder, which need not be there; "" for nothing."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} may not be written to"


def unwritable(out: Path, why: str) -> GraderError:
    """Return the error of a folder that cannot be written to."""
    return GraderError(f"{out}: the results cannot be written there ({why}); choose another --out")
