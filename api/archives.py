"""
A whole class in one zip: a file or a folder per student id, all taken in or none.

The archive is read where it lies, a file at a time; nothing of it is unpacked onto the disk under
a name of its own.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from api.owners import Roster, owner_of, owners_within
from api.problems import Problem
from api.services import Services
from api.storage import CHUNK_BYTES
from api.uploads import Received, check_file, clean_name, names_in, refuse_without_code
from grader.editions.loader import Edition
from grader.intake.archive import count_entries
from grader.intake.files import is_ignored
from grader.reasons import Reason

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
    members: list[zipfile.ZipInfo] = field(default_factory=list)
    files: list[Received] = field(default_factory=list)
    reason: Reason | None = None


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive; raise Problem where it is none, or is built to do harm."""
    if count_entries(file) > MOST_WITHIN:  # to be opened it would be listed in memory
        raise _many_entries(MOST_WITHIN)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise Problem(415, "unsupported-file", Reason.of("class.not-zip")) from None
    if len(archive.infolist()) > MOST_ENTRIES:
        raise _many_entries(MOST_ENTRIES)
    return archive


def _many_entries(most: int) -> Problem:
    return Problem(413, "too-many-files", Reason.of("class.many-entries", most=most))


def group_by_student(
    archive: zipfile.ZipFile, edition: Edition, roster: Roster, *, unlisted: bool = False
) -> list[Entry]:
    """
    Return the archive's files by student, each student's in the archive's order.

    Each file or folder at the top is a part. Where there is a roster, parts of students who are
    not on it are left out unless *unlisted* takes them in.
    """
    members = {_parts(info): info for info in archive.infolist() if _is_work(info)}
    shared = _shared_folder(list(members), edition, roster)
    parts: dict[str, list[tuple[tuple[str, ...], zipfile.ZipInfo]]] = {}
    for path, info in members.items():
        inside = path[1:] if shared else path
        parts.setdefault(inside[0], []).append((inside, info))
    entries: dict[str, Entry] = {}
    for top, found in parts.items():
        paths = [path for path, _ in found]
        who, reason = _owner(paths, edition, roster)
        if not reason and roster.ids and who not in roster.ids and not unlisted:
            reason = Reason.of("class.not-listed", student=who)
        entry = entries.setdefault(who or top, Entry(student_id=who or _top_name(paths)))
        entry.paths.append(top)
        entry.members += [info for _, info in found]
        entry.reason = reason
    return [entries[name] for name in sorted(entries)]


def _top_name(paths: Sequence[tuple[str, ...]]) -> str:
    """Return a part's folder, or its file without its ending."""
    return paths[0][0] if len(paths[0]) > 1 else PurePosixPath(paths[0][0]).stem


def _owner(
    paths: Sequence[tuple[str, ...]], edition: Edition, roster: Roster
) -> tuple[str, Reason | None]:
    """Return whose a part with these *paths* is; "" and the reason where that cannot be told."""
    top = _top_name(paths)
    if known := owner_of(top, edition, roster):
        return known, None
    names = [top, *(PurePosixPath(path[-1]).stem for path in paths if len(path) > 1)]
    found = sorted(owners_within(names, edition, roster))
    if len(found) == 1:
        return found[0], None
    if found:
        return "", Reason.of("class.several-ids", students=", ".join(found[:NAMED_IDS]))
    return "", Reason.of("class.no-id")


def store_entries(
    services: Services, archive: zipfile.ZipFile, entries: Sequence[Entry], edition: Edition
) -> None:
    """
    Store every student's files; what is wrong with one is noted with it.

    Raises:
        StorageError: The store is full or down; nothing of the class is taken in.

    """
    for entry in entries:
        if entry.reason:
            continue
        try:
            entry.files = list(_store(services, archive, entry))
            refuse_without_code([(one.name, one.inside) for one in entry.files], edition)
        except Problem as problem:
            [entry.reason] = problem.reasons
            entry.files = []


def _store(services: Services, archive: zipfile.ZipFile, entry: Entry) -> Iterator[Received]:
    settings = services.settings
    if len(entry.members) > settings.max_files:
        reason = Reason.of("class.many-files", most=settings.max_files)
        raise Problem(413, "too-many-files", reason)
    left, names = settings.max_upload_bytes, set[str]()
    for info in entry.members:
        name = _own_name(info, names)
        names.add(name)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as copy:
            left -= _copy(archive, info, copy, left)
            check_file(name, copy)
            inside = names_in(name, copy)
            yield Received(name=name, inside=inside, blob=services.blobs.put(copy))


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: IO[bytes], limit: int) -> int:
    """Unpack one file into *target*, trusting no header; return its size."""
    size = 0
    most = max(HARMLESS_BYTES, COMPRESSION_RATIO * info.compress_size)
    try:
        with archive.open(info) as source:
            while chunk := source.read(CHUNK_BYTES):
                size += len(chunk)
                if size > min(limit, most):
                    raise Problem(413, "file-too-large", _too_large(info, min(limit, most)))
                target.write(chunk)
    except BROKEN:
        reason = Reason.of("class.member-damaged", file=info.filename[-80:])
        raise Problem(422, "damaged-archive", reason) from None
    target.seek(0)
    return size


def _too_large(info: zipfile.ZipInfo, most: int) -> Reason:
    return Reason.of("class.too-large", file=info.filename[-80:], most=most >> 20)


def _own_name(info: zipfile.ZipInfo, taken: set[str]) -> str:
    """Return the file's own name; with its folders where another file has that name already."""
    name = clean_name(_parts(info)[-1])
    return clean_name("_".join(_parts(info))) if name in taken else name


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return a member's folders and name; some Windows tools separate them by backslashes."""
    parts = info.filename.replace("\\", "/").split("/")
    return tuple(part for part in parts if part not in {"", ".", ".."}) or ("unnamed",)


def _is_work(info: zipfile.ZipInfo) -> bool:
    return not info.is_dir() and not is_ignored("/".join(_parts(info)))


def _shared_folder(names: Sequence[tuple[str, ...]], edition: Edition, roster: Roster) -> bool:
    """Return whether everything lies in one folder that is no student's."""
    tops = {path[0] for path in names}
    nested = all(len(path) > 1 for path in names)
    if not nested or len(tops) != 1:
        return False
    [top] = tops
    return owner_of(top, edition, roster) is None and not owners_within([top], edition, roster)
