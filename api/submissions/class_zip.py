"""
A whole class in one zip: a file or a folder per student id, all taken in or none.

The archive is read where it lies, a file at a time; nothing of it is unpacked onto the disk under
a name of its own.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from api.kit.ids import alike
from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.storage import CHUNK_BYTES
from api.submissions.class_zip_members import (
    Member,
    SkippedMember,
    folders_without,
    person_of,
    read_members,
    sort_out,
    unusable,
)
from api.submissions.owners import Roster, owner_of, owners_within
from api.submissions.uploads import Received, check_file, clean_name, names_in, refuse_without_code
from grader.editions.loader import Edition
from grader.intake.files.archive import count_entries
from grader.intake.files.file_names import stem_of
from grader.words.message import Message, message

MOST_ENTRIES = 20_000
MOST_WITHIN = 10 * MOST_ENTRIES  # with those of students' own archives
COMPRESSION_RATIO = 200  # beyond it, and a megabyte, an entry is a bomb
HARMLESS_BYTES = 1 << 20
IN_MEMORY_BYTES = 1 << 20
NAMED_IDS = 5  # of those that one part may carry
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)


@dataclass(kw_only=True)
class Entry:
    """One student's part of the archive, and what is wrong with it."""

    student_id: str  # its folder's or file's name where it is not known whose it is
    paths: list[str] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    files: list[Received] = field(default_factory=list)
    reason: Message | None = None


@dataclass(frozen=True, kw_only=True)
class ClassParts:
    """A class's archive: its entries by student, and the members that are nobody's work."""

    entries: list[Entry]
    left_out: list[SkippedMember]


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive; raise Problem where it is none, or is built to do harm."""
    if count_entries(file) > MOST_WITHIN:  # to be opened it would be listed in memory
        raise _many_entries(MOST_WITHIN)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise Problem(415, "unsupported-file", message("class.not-zip")) from None
    if len(archive.infolist()) > MOST_ENTRIES:
        raise _many_entries(MOST_ENTRIES)
    return archive


def _many_entries(most: int) -> Problem:
    return Problem(413, "too-many-files", message("class.many-entries", most=most))


def group_by_student(
    archive: zipfile.ZipFile, edition: Edition, roster: Roster, *, unlisted: bool = False
) -> ClassParts:
    """
    Return the archive's files by student, each student's in the archive's order.

    Each file or folder at the top is a part; parts that a course site names for one person are
    one. Where there is a roster, parts of students who are not on it are left out unless
    *unlisted* takes them in. Every member of the archive is in an entry or among what is left out.
    """
    members = read_members(archive)
    work, left_out = sort_out(members)
    depth = 1 if _shared_folder([one.parts for one in work], edition, roster) else 0
    entries: dict[str, Entry] = {}
    for found in _by_person(work, depth, edition, roster):
        paths = [one.parts[depth:] for one in found]
        who, reason = _owner(paths, edition, roster)
        top = _top_name(paths[0])
        entry = entries.setdefault(who or f"/{paths[0][0]}", Entry(student_id=who or top))
        entry.paths += dict.fromkeys(path[0] for path in paths)
        entry.members += found
        entry.reason = reason or _no_place(who, roster, unlisted=unlisted)
    for entry in _empty_folders(members, work, depth, edition, roster):
        entries.setdefault(f"/{entry.paths[0]}", entry)
    _ask_about_alike(entries.values(), roster)
    listed = sorted(entries.values(), key=lambda one: (one.student_id, one.paths))
    return ClassParts(entries=listed, left_out=left_out)


def _by_person(
    work: Sequence[Member], depth: int, edition: Edition, roster: Roster
) -> Iterator[list[Member]]:
    """Yield what lies at the top together, and what a course site names for one person."""
    for found in _grouped(work, lambda one: person_of(one.parts[depth])):
        tops = _grouped(found, lambda one: one.parts[depth])
        _, reason = _owner([one.parts[depth:] for one in found], edition, roster)
        if len(tops) > 1 and reason is not None:  # the name only looks like a course site's
            yield from tops
        else:
            yield found


def _grouped(members: Iterable[Member], key: Callable[[Member], str]) -> list[list[Member]]:
    groups: dict[str, list[Member]] = {}
    for one in members:
        groups.setdefault(key(one), []).append(one)
    return list(groups.values())


def _no_place(who: str, roster: Roster, *, unlisted: bool) -> Message | None:
    """Return why a part waits for staff: its id is not on the roster, or nearly one that is."""
    if not roster.ids or who in roster.ids:
        return None
    if near := roster.alike(who):
        return message("class.alike", student=who, other=near)
    return None if unlisted else message("class.not-listed", student=who)


def _ask_about_alike(entries: Iterable[Entry], roster: Roster) -> None:
    """Note where ids of one archive differ only in case, marks or leading zeros, unless listed."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.reason is not None:
            continue
        other = first.setdefault(alike(entry.student_id), entry)
        if other is not entry and not {entry.student_id, other.student_id} <= roster.ids:
            for one, two in ((entry, other), (other, entry)):
                who, like = one.student_id, two.student_id
                one.reason = one.reason or message("class.alike", student=who, other=like)


def _empty_folders(
    members: Sequence[Member],
    work: Sequence[Member],
    depth: int,
    edition: Edition,
    roster: Roster,
) -> Iterator[Entry]:
    """Yield an entry for each student's folder in which there is nothing to take."""
    for path in folders_without(members, work):
        if len(path) == depth + 1:
            who, _ = _owner([(path[depth], "")], edition, roster)
            reason = message("class.empty-folder")
            yield Entry(student_id=who or path[depth], paths=[path[depth]], reason=reason)


def _top_name(path: tuple[str, ...]) -> str:
    """Return a part's folder, or its file without its ending."""
    return path[0] if len(path) > 1 else stem_of(path[0])


def _owner(
    paths: Sequence[tuple[str, ...]], edition: Edition, roster: Roster
) -> tuple[str, Message | None]:
    """Return whose a part with these *paths* is; "" and the reason where that cannot be told."""
    tops = list(dict.fromkeys(_top_name(path) for path in paths))
    if len(tops) == 1 and (known := owner_of(tops[0], edition, roster)):
        return known, None
    names = [*tops, *(stem_of(path[-1]) for path in paths if len(path) > 1)]
    found = sorted(owners_within(names, edition, roster))
    if len(found) == 1:
        return found[0], None
    if found:
        return "", message("class.several-ids", students=", ".join(found[:NAMED_IDS]))
    called = sorted(roster.called(tops[0]))
    if len(called) == 1:
        return called[0], None
    if called:
        return "", message("class.several-named", students=", ".join(called[:NAMED_IDS]))
    return "", message("class.no-id")


def store_entries(
    services: Services, archive: zipfile.ZipFile, parts: ClassParts, edition: Edition
) -> None:
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
            entry.files = list(_store(services, archive, entry))
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


def _store(services: Services, archive: zipfile.ZipFile, entry: Entry) -> Iterator[Received]:
    settings = services.settings
    if len(entry.members) > settings.max_files:
        reason = message("class.many-files", most=settings.max_files)
        raise Problem(413, "too-many-files", reason)
    left, names = settings.max_upload_bytes, set[str]()
    for member in entry.members:
        name = _own_name(member, names)
        names.add(name)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as copy:
            left -= _copy(archive, member, copy, left)
            check_file(name, copy)
            inside = names_in(name, copy)
            yield Received(name=name, inside=inside, blob=services.blobs.put(copy))


def _copy(archive: zipfile.ZipFile, member: Member, target: IO[bytes], limit: int) -> int:
    """Unpack one file into *target*, trusting no header; return its size."""
    size = 0
    most = max(HARMLESS_BYTES, COMPRESSION_RATIO * member.info.compress_size)
    try:
        with archive.open(member.info) as source:
            while chunk := source.read(CHUNK_BYTES):
                size += len(chunk)
                if size > min(limit, most):
                    raise Problem(413, "file-too-large", _too_large(member, min(limit, most)))
                target.write(chunk)
    except BROKEN:
        reason = message("class.member-damaged", file=member.path[-80:])
        raise Problem(422, "damaged-archive", reason) from None
    target.seek(0)
    return size


def _too_large(member: Member, most: int) -> Message:
    return message("class.too-large", file=member.path[-80:], most=most >> 20)


def _own_name(member: Member, taken: set[str]) -> str:
    """Return the file's own name; with its folders where another file has that name already."""
    name = clean_name(member.parts[-1])
    if name in taken:
        name = clean_name("_".join(member.parts))
    number, free = 2, name
    while free in taken:
        free, number = clean_name(f"{number}_{name}"), number + 1
    return free


def _shared_folder(names: Sequence[tuple[str, ...]], edition: Edition, roster: Roster) -> bool:
    """Return whether everything lies in one folder that is no student's."""
    tops = {path[0] for path in names}
    nested = all(len(path) > 1 for path in names)
    if not nested or len(tops) != 1:
        return False
    [top] = tops
    below = {_top_name(path[1:]) for path in names}
    if len({who for name in below if (who := owner_of(name, edition, roster))}) > 1:
        return True
    named = owners_within([top], edition, roster) or roster.called(top)
    return owner_of(top, edition, roster) is None and not named
