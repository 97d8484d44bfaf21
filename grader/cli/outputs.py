"""Where a result is written: no submission's result ever takes another's place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.model import Grade
from grader.results.exports.file_stem import NOBODY, file_name
from grader.results.file.reading import read

_MOST = 10_000


@contextmanager
def result_stem(out: Path, grade: Grade) -> Iterator[Path]:
    """
    Give the name, without an ending, under which *grade* is written into the folder *out*.

    The same submission's earlier result has the same name and is replaced; where another's stands
    there, on a disk that tells capitals from small letters or not, a number follows. The name is
    taken at once, so that gradings side by side do not meet on it; it is free again if nothing
    was written. Raise OSError where nothing can be written there.
    """
    out.mkdir(parents=True, exist_ok=True)
    name = f"{grade.assignment}_{file_name(grade.student_id)}"
    stem = out / name
    for number in range(2, _MOST):
        path = stem.with_name(f"{stem.name}.json")
        beside = _in_other_letters(path)
        if beside is None and _claimed(path):
            break
        if _is_own(beside or path, grade):
            break
        stem = out / f"{name}-{number}"
    try:
        yield stem
    finally:
        _release(stem.with_name(f"{stem.name}.json"))


def _claimed(path: Path) -> bool:
    try:
        path.open("x").close()
    except FileExistsError:
        return False
    return True


def _release(path: Path) -> None:
    if path.exists() and path.stat().st_size == 0:
        path.unlink()


def _in_other_letters(path: Path) -> Path | None:
    """Return the file in the same folder with the same name but for upper and lower case."""
    wanted = path.name.casefold()
    found = (one for one in path.parent.iterdir() if one.name.casefold() == wanted)
    return next((one for one in found if one.name != path.name), None)


def _is_own(path: Path, grade: Grade) -> bool:
    """Return whether a results file is of the same student or, of no known one, the same code."""
    try:
        extra = read(json.loads(path.read_bytes())).extra_data
    except (OSError, ValueError):
        return False
    if extra.student_id != grade.student_id:
        return False
    if extra.student_id in {"", NOBODY}:
        return [one.sha256 for one in extra.files[:1]] == [one.sha256 for one in grade.files[:1]]
    return True
