"""Folders of one person for each time that they handed in: the last one counts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.batch.sources.submitted import HandedFile

_MOMENT = re.compile(
    r"\D{0,12}?(?P<year>20\d\d)[-_.]?(?P<month>[01]\d)[-_.]?(?P<day>[0-3]\d)"
    r"(?:[-_.T ]*(?P<time>\d\d[-_.:h]?\d\d(?:[-_.:m]?\d\d)?))?\D{0,12}"
)
_NUMBERED = re.compile(
    r"(?:attempt|try|submission|resubmission|version|ver|v|第)[-_ #]*(?P<number>\d{1,3})[-_ ]*"
    r"(?:次|版)?(?:繳交|提交|上傳)?",
    re.IGNORECASE,
)


def earlier_attempts(files: Sequence[HandedFile]) -> list[HandedFile]:
    """
    Return the files of all attempts but the last: none where the folders are no attempts.

    They are where every file lies in a folder with a moment, or with the number of an attempt,
    and there are several such folders.
    """
    folders = {file.path[0] for file in files if len(file.path) > 1}
    if len(folders) < 2 or any(len(file.path) < 2 for file in files):
        return []
    for order in (_moment, _number):
        found = {name: order(name) for name in folders}
        if all(found.values()) and len(set(found.values())) == len(folders):
            last = max(folders, key=lambda name: found[name])
            return [file for file in files if file.path[0] != last]
    return []


def _moment(name: str) -> str:
    """Return the moment in a folder's name, as texts sort; "" for none."""
    found = _MOMENT.fullmatch(name)
    if found is None:
        return ""
    time = re.sub(r"\D", "", found["time"] or "")
    return f"{found['year']}{found['month']}{found['day']} {time}"


def _number(name: str) -> str:
    """Return the number of an attempt, as texts sort; "" for none."""
    found = _NUMBERED.fullmatch(name)
    return "" if found is None else found["number"].zfill(3)
