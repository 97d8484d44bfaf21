"""The notebooks and scripts inside a zip, each read as one that was handed in by itself."""

from __future__ import annotations

from dataclasses import dataclass

from api.notebooks.cells import LIMITS, ReadFile, is_readable, read_file
from grader.editions.loader import Edition
from grader.errors import SubmissionError
from grader.intake.files.archive import members
from grader.intake.files.artifacts import is_artifact
from grader.intake.files.entries import is_ignored
from grader.words.message import Message

MOST_FILES = 20
MOST_BYTES = LIMITS.file_bytes  # unpacked, of all of them together: as much as one file may have


@dataclass(frozen=True, kw_only=True)
class Inside:
    """One file of an archive: its cells, or why it has none."""

    name: str
    read: ReadFile | Message


@dataclass(frozen=True, kw_only=True)
class ReadArchive:
    """What an archive holds that can be shown by cells; *left_out* is how many more there are."""

    files: tuple[Inside, ...]
    left_out: int = 0


def is_archive(name: str) -> bool:
    """Return whether a file of that name may hold others."""
    return name.lower().endswith(".zip")


def is_viewable(name: str, edition: Edition) -> bool:
    """Return whether a file is shown by cells; an archive that a task asks for is not."""
    asked = {task.id: task.files for task in edition.file.tasks if task.files}
    return is_readable(name) or (is_archive(name) and not is_artifact(name, asked))


def read_archive(name: str, data: bytes) -> ReadArchive:
    """
    Return the notebooks, then the scripts, of an archive.

    Raise SubmissionError for one that is damaged or built to do harm, as intake does.
    """
    found = {
        member: one
        for member, one in members(name, data, LIMITS).items()
        if is_readable(member) and not is_ignored(member)
    }
    shown: list[Inside] = []
    room = MOST_BYTES
    for member in sorted(found, key=lambda one: one.lower().endswith(".py")):
        if len(shown) == MOST_FILES or room < 0:
            break
        try:
            unpacked = found[member].read()
            room -= len(unpacked)
            read: ReadFile | Message = read_file(member, unpacked)
        except SubmissionError as error:
            read = error.reason
        shown.append(Inside(name=member, read=read))
    return ReadArchive(files=tuple(shown), left_out=len(found) - len(shown))
