"""
A whole class in one zip: a file or a folder per student id, or a course site's own download.

All of it is taken in, or nothing.

The archive is read where it lies, a file at a time; nothing of it is unpacked onto the disk under
a name of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from api.kit.problems import Problem
from api.kit.services import Services
from api.submissions.uploads import Received, check_file, clean_name, names_in, refuse_without_code
from grader.batch.roster import ClassRoster
from grader.batch.sources.reading import PLAIN, read_source, recognised
from grader.batch.sources.submitted import Submitted
from grader.editions.loader import Edition
from grader.errors import SubmissionError
from grader.intake.classes.class_archive import open_archive, unpack
from grader.intake.classes.grouping import Part, group_by_student
from grader.intake.classes.members import (
    KINDS,
    Member,
    SkippedMember,
    read_members,
    sort_out,
    unusable,
)
from grader.intake.files.file_names import suffix_of
from grader.words.message import message

IN_MEMORY_BYTES = 1 << 20
_ANSWERS = {
    "class.not-zip": (415, "unsupported-file"),
    "class.many-entries": (413, "too-many-files"),
    "class.too-large": (413, "file-too-large"),
    "class.member-damaged": (422, "damaged-archive"),
    "batch.broken-metadata": (422, "damaged-archive"),
}


@dataclass(kw_only=True)
class Entry(Part):
    """One student's part of the archive, and what of it is stored."""

    files: list[Received] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)  # the student's own, by member's path
    received_at: datetime | None = None  # as the course site says
    marked_late: bool = False  # by the course site, which does not say when it came


@dataclass(frozen=True, kw_only=True)
class ClassParts:
    """A class's archive: its entries by student, and the members that are nobody's work."""

    entries: list[Entry]
    left_out: list[SkippedMember]
    layout: str


def class_parts(
    file: IO[bytes], edition: Edition, roster: ClassRoster, *, unlisted: bool
) -> ClassParts:
    """Return an archive's parts; raise Problem where it is none, or is built to do harm."""
    try:
        members = read_members(open_archive(file))
        _, layout = recognised(members, sort_out(members)[0])
        if layout not in PLAIN:
            source = read_source(members, edition, roster)
            if not _names_differ(source.left_out):
                entries = [_entry(one, unlisted=unlisted) for one in source.submitted]
                return ClassParts(entries=entries, left_out=[*source.left_out], layout=layout)
            layout = PLAIN[0]
    except SubmissionError as error:
        raise Problem(*_ANSWERS[error.reason.code], error.reason) from None
    grouped = group_by_student(members, edition, roster.listed, unlisted=unlisted)
    entries = [Entry(**vars(part)) for part in grouped.parts]
    return ClassParts(entries=entries, left_out=grouped.left_out, layout=layout)


def _names_differ(left_out: Sequence[SkippedMember]) -> bool:
    """Return whether work is among what a course site did not name: somebody put it together."""
    return any(
        one.reason.code == "batch.no-person" and suffix_of(one.path) in KINDS for one in left_out
    )


def _entry(one: Submitted, *, unlisted: bool) -> Entry:
    """Return a person's part of a course site's download: whose is not clear waits for staff."""
    reason = one.refused or one.unclear
    if reason is not None and reason.code == "batch.not-listed":
        reason = None if unlisted else message("class.not-listed", student=one.student_id)
    if reason is None and not one.student_id:
        reason = message("class.no-id")
    members = [file.member for file in one.files]
    return Entry(
        student_id=one.student_id if reason is None else one.key,
        paths=[*dict.fromkeys(member.path for member in members)] or [one.key],
        members=members,
        reason=reason,
        names={file.member.path: file.path[-1] for file in one.files},
        received_at=one.received_at,
        marked_late=bool(one.about.get("late")),
    )


def store_entries(services: Services, parts: ClassParts, edition: Edition) -> None:
    """
    Store every student's files; what is wrong with one is noted with it.

    Raises:
        StorageError: The store is full or down; nothing of the class is taken in.

    """
    for entry in parts.entries:
        if entry.reason:
            continue
        handed_in = entry.members
        entry.members, aside = _usable(handed_in)
        try:
            entry.files = list(_store(services, entry))
            refuse_without_code([(one.name, one.inside) for one in entry.files], edition)
        except Problem as problem:
            told = [one.reason for one in aside] if problem.code == "no-code" else []
            entry.reason = [*told, *problem.reasons][0]
            entry.files, entry.members = [], handed_in
        else:
            parts.left_out.extend(aside)


def _usable(members: Sequence[Member]) -> tuple[list[Member], list[SkippedMember]]:
    """Return the files that may serve, and those that are left out beside them."""
    found = [(one, unusable(one)) for one in members]
    aside = [SkippedMember(path=one.path, reason=why) for one, why in found if why is not None]
    return [one for one, why in found if why is None], aside


def _store(services: Services, entry: Entry) -> Iterator[Received]:
    settings = services.settings
    if len(entry.members) > settings.max_files:
        reason = message("class.many-files", most=settings.max_files)
        raise Problem(413, "too-many-files", reason)
    left, names = settings.max_upload_bytes, set[str]()
    for member in entry.members:
        name = _own_name(member, entry.names.get(member.path, member.parts[-1]), names)
        names.add(name)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as copy:
            left -= _copy(member, copy, left)
            check_file(name, copy)
            inside = names_in(name, copy)
            yield Received(name=name, inside=inside, blob=services.blobs.put(copy))


def _copy(member: Member, target: IO[bytes], limit: int) -> int:
    """Unpack one file into *target*, trusting no header; return its size."""
    try:
        return unpack(member, target, limit)
    except SubmissionError as error:
        raise Problem(*_ANSWERS[error.reason.code], error.reason) from None


def _own_name(member: Member, given: str, taken: set[str]) -> str:
    """Return the file's own name; with its folders where another file has that name already."""
    name = clean_name(given)
    if name in taken:
        name = clean_name("_".join(member.parts))
    number, free = 2, name
    while free in taken:
        free, number = clean_name(f"{number}_{name}"), number + 1
    return free
