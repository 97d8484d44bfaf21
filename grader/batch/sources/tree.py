"""A folder or a zip as the members of a class's work, whichever of the two it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from grader.errors import SubmissionError
from grader.intake.classes.class_archive import MOST_ENTRIES, open_archive
from grader.intake.classes.members import Member, parts_of_path, read_members
from grader.intake.files.encoding_guess import decoded_name
from grader.intake.files.entries import is_ignored
from grader.words.message import message


@contextmanager
def open_tree(path: Path) -> Iterator[list[Member]]:
    """Give the members of a folder or a zip; raise SubmissionError where it is neither."""
    if path.is_dir():
        yield [*_below(path)]
        return
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise SubmissionError(message("path.missing", file=str(path))) from None
    except OSError as error:
        told = error.strerror or str(error)
        raise SubmissionError(message("path.unreadable", file=str(path), error=told)) from None
    with file, open_archive(file) as archive:
        yield read_members(archive)


def _below(top: Path) -> Iterator[Member]:
    """Yield what lies in a folder; of what nobody hands in, such as ``.git``, only its name."""
    left, folders = MOST_ENTRIES, [top]
    while folders:
        for path in _listed(folders.pop()):
            left -= 1
            if left < 0:
                raise SubmissionError(message("class.many-entries", most=MOST_ENTRIES))
            is_folder = path.is_dir() and not path.is_symlink() and not is_ignored(path.name)
            if is_folder:
                folders.append(path)
            yield _member(top, path, is_folder=is_folder)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        told = error.strerror or str(error)
        raise SubmissionError(message("path.unreadable", file=str(folder), error=told)) from None


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _member(top: Path, path: Path, *, is_folder: bool) -> Member:
    told = decoded_name(path.relative_to(top).as_posix())
    is_file = path.is_file() and not path.is_symlink()
    irregular = "" if is_file or path.is_dir() else "device"
    return Member(
        path=f"{told}/" if is_folder else told,
        parts=parts_of_path(told),
        open=partial(_opened, path),
        packed_bytes=path.stat().st_size if is_file else 0,
        irregular="link" if path.is_symlink() else irregular,
    )
