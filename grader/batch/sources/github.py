"""
GitHub Classroom: a folder for each repository, called ``<assignment>-<owner>``.

Cloned ones have ``.git`` in them; a repository that was downloaded as a zip ends in its branch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.batch.sources.submitted import HandedFile, PersonPart, Split
from grader.intake.classes.members import Member, SkippedMember
from grader.words.message import message

_OF_REPOSITORIES = frozenset({".git", ".github", ".gitignore", ".gitattributes"})
_AGAIN = re.compile(r"-\d{1,2}$")  # of who accepted the assignment again
_BRANCH = re.compile(r"-(?:main|master)$")


def is_github(members: Sequence[Member], depth: int) -> bool:
    """Return whether most of the folders at the top are repositories."""
    folders = {one.parts[depth] for one in members if len(one.parts) > depth + 1}
    found = {
        one.parts[depth]
        for one in members
        if len(one.parts) > depth + 1 and one.parts[depth + 1] in _OF_REPOSITORIES
    }
    return bool(found) and len(found) * 2 > len(folders)


def split(members: Sequence[Member], depth: int, owners: Sequence[str] = ()) -> Split:
    """Return each repository's files; *owners* are accounts of the roster."""
    files: dict[str, list[HandedFile]] = {}
    left_out = []
    for one in members:
        top, *below = one.parts[depth:]
        if below:
            files.setdefault(top, []).append(HandedFile(path=tuple(below), member=one))
        else:
            reason = message("batch.no-person", layout="GitHub Classroom")
            left_out.append(SkippedMember(path=one.path, reason=reason))
    start = _assignment([_BRANCH.sub("", top) for top in files])
    parts = [
        PersonPart(label=top, files=found, about={"github_owner": _owner(top, start, owners)})
        for top, found in files.items()
    ]
    return Split(parts=parts, left_out=left_out)


def _assignment(tops: Sequence[str]) -> str:
    """Return what all repositories' names begin with, ``hw1-`` say."""
    if len(tops) < 2:
        return ""
    first, last = min(tops, key=str.lower).lower(), max(tops, key=str.lower).lower()
    alike = next((at for at, one in enumerate(first) if last[at : at + 1] != one), len(first))
    return first[: first.rfind("-", 0, alike) + 1]


def _owner(top: str, start: str, owners: Sequence[str]) -> str:
    name = _BRANCH.sub("", top)
    for called in (name, _AGAIN.sub("", name)):
        listed = [one for one in owners if called.lower().endswith(f"-{one.lower()}")]
        if listed:
            return max(listed, key=len)
    return name[len(start) :]
