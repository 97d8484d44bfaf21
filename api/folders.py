"""Folders and files that are their owner's alone: what students hand in is nobody else's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy.engine import make_url

from grader.errors import GraderError

if TYPE_CHECKING:
    from api.settings import Settings

FOLDER_MODE = 0o700
FILE_MODE = 0o600


class StoreMissingError(GraderError):
    """A command that only reads was sent to a folder that holds no service."""

    exit_code: ClassVar[int] = 2


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, with mode 0700; others stay as is."""
    for one in reversed([folder, *folder.parents]):
        if not one.exists():
            one.mkdir(mode=FOLDER_MODE, exist_ok=True)


def private(path: str, flags: int) -> int:
    """Open a file for :func:`open` as ``opener``; a new one gets mode 0600."""
    return os.open(path, flags, FILE_MODE)


def require_store(settings: Settings) -> None:
    """Raise StoreMissingError where the settings name a store on this machine that is not one."""
    database = make_url(settings.resolved_database_url)
    if database.get_backend_name() == "sqlite":
        missing = not Path(database.database or "").is_file()
    else:
        missing = not settings.s3_url and not settings.store.is_dir()
    if missing:
        msg = (
            f"{settings.store.resolve()} holds no service; name its folder with --store or"
            " GRADER_STORE ('grader serve' makes a new one)"
        )
        raise StoreMissingError(msg)
