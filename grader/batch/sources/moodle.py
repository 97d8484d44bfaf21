"""
Moodle's download of all submissions: a folder for each person, or files with the person in front.

``<full name>_<participant>_assignsubmission_file_/<path>``; without the last underscore in some
versions, and ``..._file_<file>`` where folders are switched off. Under blind marking everybody has
the word for "participant" as name; of what was typed in, there is ``assignsubmission_onlinetext``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.batch.sources.submitted import HandedFile, PersonPart, Split
from grader.intake.classes.members import Member, SkippedMember
from grader.words.message import message

_TOP = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+?)(?:_(?P<file>.*))?",
    re.IGNORECASE,
)


def is_moodle(tops: Sequence[str]) -> bool:
    """Return whether most of the names at the top are named as Moodle names them."""
    named = sum(_TOP.fullmatch(top) is not None for top in tops)
    return named * 2 > len(tops)


def split(members: Sequence[Member], depth: int) -> Split:
    """Return each person's files."""
    people: dict[str, tuple[str, list[HandedFile]]] = {}
    left_out = []
    for one in members:
        found = _TOP.fullmatch(one.parts[depth])
        if found is None:
            reason = message("batch.no-person", layout="Moodle")
            left_out.append(SkippedMember(path=one.path, reason=reason))
            continue
        _, files = people.setdefault(found["number"], (found["name"], []))
        if found["kind"].lower() == "file":
            files.append(HandedFile(path=_own_path(one, found, depth), member=one))
        else:
            left_out.append(SkippedMember(path=one.path, reason=message("batch.typed")))
    names = {name for name, _ in people.values()}
    blind = len(names) == 1 and len(people) > 1
    return Split(
        parts=[_part(number, *one, blind=blind) for number, one in people.items()],
        left_out=left_out,
    )


def _own_path(member: Member, found: re.Match[str], depth: int) -> tuple[str, ...]:
    """Return the path that the student gave a file."""
    return member.parts[depth + 1 :] or (found["file"] or member.parts[depth],)


def _part(number: str, name: str, files: Sequence[HandedFile], *, blind: bool) -> PersonPart:
    about = {"name": "" if blind else name, "moodle_participant": number}
    return PersonPart(label=f"{name}_{number}", files=files, about=about)
