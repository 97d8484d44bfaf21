"""The files of one submission on the disk, under names that lead nowhere, and what they are."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.batch.sources.submitted import Submitted
from grader.errors import SubmissionError
from grader.intake.classes.class_archive import unpack
from grader.intake.files.file_names import safe_name
from grader.words.message import message

LIMIT_BYTES = 200 << 20  # of one person's files together
MOST_FILES = 2_000


def stage(one: Submitted, folder: Path) -> str:
    """
    Write a submission's files below *folder*; return a digest of their names and contents.

    Raise SubmissionError where a file is damaged or they are too much.
    """
    if len(one.files) > MOST_FILES:
        raise SubmissionError(message("class.many-files", most=MOST_FILES))
    digest = hashlib.sha256()
    left, taken = LIMIT_BYTES, set[str]()
    for file in one.files:
        path = _free("/".join(safe_name(part) for part in file.path), taken)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w+b") as copy:
            left -= unpack(file.member, copy, left)
            content = hashlib.file_digest(copy, "sha256").hexdigest()
        digest.update(f"{path}\0{content}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def staged_paths(folder: Path) -> list[Path]:
    """Return what was staged: files, and folders as they are."""
    return sorted(folder.iterdir())


def _free(path: str, taken: set[str]) -> str:
    """Return a path that no other file has, on a disk that tells no capitals from others, too."""
    folders, _, name = path.rpartition("/")
    free, number = path, 2
    while free.casefold() in taken:
        free, number = f"{folders}/{number}_{name}".lstrip("/"), number + 1
    taken.add(free.casefold())
    return free
