"""Folders and files that are their owner's alone: what students hand in is nobody else's."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, with mode 0700; others stay as is."""
    for one in reversed([folder, *folder.parents]):
        if not one.exists():
            one.mkdir(mode=FOLDER_MODE, exist_ok=True)


def private(path: str, flags: int) -> int:
    """Open a file for :func:`open` as ``opener``; a new one gets mode 0600."""
    return os.open(path, flags, FILE_MODE)
