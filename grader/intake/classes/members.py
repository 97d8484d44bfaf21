"""The members of a class's work: named as their letters were meant, each accounted for."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

from grader.intake.files.entries import is_ignored
from grader.intake.files.file_names import suffix_of
from grader.intake.files.member_names import member_names
from grader.words.message import Message, message

KINDS = frozenset({".ipynb", ".py", ".pdf", ".zip"})
_ENCRYPTED = 0x1  # general purpose flag
_UNIX = 3
# What course sites put before files, with a number for each person: Moodle's, then Canvas's.
_PERSON = re.compile(
    r"(?P<moodle>.+?_\d+)_assignsubmission_|(?P<canvas>[^_]+)(?:_LATE)?_(?P<number>\d+)_\d+_",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file or folder of a class's work: its *path*, and that in parts that lead nowhere."""

    path: str
    parts: tuple[str, ...]
    open: Callable[[], IO[bytes]]
    packed_bytes: int = 0
    is_encrypted: bool = False
    irregular: str = ""  # "link" or "device"

    @property
    def is_folder(self) -> bool:
        """Return whether it is only a folder's entry."""
        return self.path.endswith("/")


@dataclass(frozen=True, kw_only=True)
class SkippedMember:
    """A member that is handed in for nobody, and why."""

    path: str
    reason: Message


def read_members(archive: zipfile.ZipFile) -> list[Member]:
    """Return the archive's members, in its order."""
    infos = archive.infolist()
    return [
        Member(
            path=path,
            parts=parts_of_path(path),
            open=partial(archive.open, info),
            packed_bytes=info.compress_size,
            is_encrypted=bool(info.flag_bits & _ENCRYPTED),
            irregular=_irregular(info),
        )
        for path, info in zip(member_names(infos), infos, strict=True)
    ]


def sort_out(members: Sequence[Member]) -> tuple[list[Member], list[SkippedMember]]:
    """Return the members that may be somebody's work, and the others with their reasons."""
    last = {one.path: one for one in members}
    work, left = [], []
    for one in members:
        reason = _no_work(one, stale=last[one.path] is not one)
        if reason is None:
            work.append(one)
        else:
            left.append(SkippedMember(path=one.path, reason=reason))
    return work, left


def unusable(member: Member) -> Message | None:
    """Return why a student's file is left out beside the others, None for one that may serve."""
    name = member.parts[-1]
    if member.is_encrypted:
        return message("class.encrypted", file=name)
    if suffix_of(name) not in KINDS:
        return message("upload.other-kind", file=name)
    return None


def person_of(top: str) -> str:
    """Return what a course site calls the person in a part's name, the name where it has none."""
    found = _PERSON.match(top)
    if found is None:
        return top
    return found["moodle"] or f"{found['canvas']}_{found['number']}"


def folders_without(members: Iterable[Member], work: Sequence[Member]) -> list[tuple[str, ...]]:
    """Return the paths of folders in which there is nothing to take, leftovers aside."""
    filled = {one.parts[:depth] for one in work for depth in range(1, len(one.parts))}
    folders = {
        one.parts[: len(one.parts) - (not one.is_folder)]: None
        for one in members
        if not is_ignored("/".join(one.parts[: len(one.parts) - (not one.is_folder)]))
    }
    return [path for path in folders if path and path not in filled]


def _no_work(member: Member, *, stale: bool) -> Message | None:
    if member.is_folder:
        return message("class.folder")
    if is_ignored("/".join(member.parts)):
        return message("class.leftover")
    if member.irregular:
        return message("class.no-file", kind=member.irregular)
    return message("class.twice") if stale else None


def _irregular(info: zipfile.ZipInfo) -> str:
    """Return what a member is that is neither file nor folder."""
    mode = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    if mode in {0, stat.S_IFREG, stat.S_IFDIR}:
        return ""
    return "link" if stat.S_ISLNK(mode) else "device"


def parts_of_path(path: str) -> tuple[str, ...]:
    """Return a path in parts that lead nowhere."""
    parts = re.sub(r"^[A-Za-z]:", "", path).split("/")  # a drive of Windows leads nowhere either
    return tuple(part for part in parts if part not in {"", ".", ".."}) or ("unnamed",)
