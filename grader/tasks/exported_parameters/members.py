"""
A zip that nobody vouches for: its files are read one by one, in memory, and never unpacked.

Only files that are asked for are read, and of each no more than was asked for, whatever its
header says. All others cost nothing.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO

from grader.intake.files.archive import BROKEN, count_entries
from grader.intake.files.member_names import member_names
from grader.intake.files.signatures import describe
from grader.words.message import Message, say
from grader.words.numbers import significant

MOST_PACKED_BYTES = 64_000_000  # 3 MB where they are packed, 48 MB where they are only stored
MOST_ENTRIES = 20_000  # 1,607, and as many again for each time that a notebook's cells ran
# Files of numbers shrink to a 95th, and to a 410th where all numbers are the same.
HIGHEST_RATIO = 600
HARMLESS_BYTES = 1_000_000
SHOWN = 80  # letters of a member's name
MOST_EARLIER = 4  # copies of one file that are looked at besides the last
_CHUNK_BYTES = 1 << 16
_ENCRYPTED = 0x1
# Others need memory that their headers ask for.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
UNREAD = say("parameters", "packed-otherwise")  # what we do not read, a person may
NO_ZIP = say("parameters", "no-zip")
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


@dataclass(frozen=True, kw_only=True)
class Members:
    """The files of an archive below the folder in which the sheet's files lie."""

    opened: zipfile.ZipFile
    copies: Mapping[str, Sequence[zipfile.ZipInfo]]  # by path; the last one counts
    root: str = ""  # "parameters/", where all lies in a folder
    ignored: tuple[Message, ...] = ()
    packed: zipfile.ZipInfo | None = None  # the one archive among all its files
    every: Collection[str] = ()  # the path of every file, wanted or not

    def __contains__(self, path: str) -> bool:
        """Return whether there is a file at *path*."""
        return path in self.copies

    def read(self, path: str, most: int) -> bytes | Message:
        """Return what the last file of a path holds, or why it cannot be read."""
        return _read(self.opened, self.copies[path][-1], most)

    def earlier(self, path: str, most: int) -> Iterator[bytes]:
        """Yield what earlier files of a path hold, the latest first, where they can be read."""
        for info in self.copies.get(path, ())[-2 : -2 - MOST_EARLIER : -1]:
            found = _read(self.opened, info, most)
            if isinstance(found, bytes):
                yield found


@dataclass
class _Listed:
    """An archive's files by path, and what was left out of them."""

    files: dict[str, list[zipfile.ZipInfo]] = field(default_factory=dict)
    ignored: list[Message] = field(default_factory=list)


def open_members(data: bytes, wanted: Collection[str]) -> Members | Message:
    """
    Return an archive's files, or why it cannot be opened.

    Of several folders that hold *wanted* files the one that holds most counts, of two that hold as
    many the later one. An archive that holds none, but one other archive, was packed twice: that
    one counts.
    """
    found = _open(data, wanted)
    if isinstance(found, Message) or found.copies or found.packed is None:
        return found
    with found.opened:
        held = _read(found.opened, found.packed, MOST_PACKED_BYTES)
    inner = _open(held, wanted) if isinstance(held, bytes) else held
    name = found.packed.filename
    if isinstance(inner, Message):
        return say("parameters", "in-file", file=name[:SHOWN], problem=inner)
    return replace(inner, root=f"{name[:SHOWN]}/{inner.root}")


def _open(data: bytes, wanted: Collection[str]) -> Members | Message:
    try:
        problem = _unfit(io.BytesIO(data))
        if problem is not None:
            return problem
        opened = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN:
        return say("parameters", "damaged")
    listed = _listed(opened)
    root = _root(listed.files, wanted)
    below = {name.removeprefix(root): infos for name, infos in listed.files.items()}
    inside = {name: infos for name, infos in below.items() if name in wanted}
    return Members(
        opened=opened,
        copies=inside,
        root=root,
        ignored=tuple(listed.ignored),
        packed=_lone_archive(listed.files),
        every=listed.files.keys(),
    )


def _lone_archive(files: Mapping[str, Sequence[zipfile.ZipInfo]]) -> zipfile.ZipInfo | None:
    """Return the one archive that an archive holds, None where it holds none or several."""
    found = [infos[-1] for name, infos in files.items() if name.lower().endswith(".zip")]
    return found[0] if len(found) == 1 else None


def _unfit(file: IO[bytes]) -> Message | None:
    """Return why a file is no archive that may be opened, None where it may."""
    beginning = file.read(16)
    if not beginning.startswith(_BEGINNINGS):
        found = describe(beginning)
        return say("parameters", "other-file", found=found) if found else NO_ZIP
    size = file.seek(0, 2)
    if size > MOST_PACKED_BYTES:
        most = MOST_PACKED_BYTES // 1_000_000
        return say("parameters", "too-large", size=size // 1_000_000, most=most)
    if count_entries(file) > MOST_ENTRIES:
        return say("parameters", "too-many", most=MOST_ENTRIES)
    return None


def _listed(opened: zipfile.ZipFile) -> _Listed:
    listed = _Listed()
    infos = opened.infolist()
    for name, info in zip(member_names(infos), infos, strict=True):
        shown = repr(name[:SHOWN])
        if _is_outside(name):
            listed.ignored.append(say("parameters", "outside", member=shown))
        elif _is_special(info):
            listed.ignored.append(say("parameters", "no-file", member=shown))
        elif not name.endswith("/") and not _is_of_a_mac(name):
            listed.files.setdefault(_plain(name), []).append(info)
    return listed


def _is_outside(name: str) -> bool:
    drive = re.match(r"[A-Za-z]:", name) is not None
    return name.startswith("/") or drive or ".." in name.split("/") or not name.strip()


def _is_special(info: zipfile.ZipInfo) -> bool:
    """Return whether a member is a link or a device."""
    mode = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
    return mode not in {0, stat.S_IFREG, stat.S_IFDIR}


def _is_of_a_mac(name: str) -> bool:
    """Return whether macOS put a file there beside the one that was meant."""
    parts = name.split("/")
    return parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def _plain(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in {"", "."})


def _root(files: Collection[str], wanted: Collection[str]) -> str:
    """Return the folder below which most wanted files lie, with its ``/``, or nothing."""
    count = Counter(root for name in files for root in _roots(name) if name[len(root) :] in wanted)
    last = {root: place for place, root in enumerate(count)}
    return max(count, key=lambda root: (count[root], last[root]), default="")


def _roots(name: str) -> Iterator[str]:
    """Yield every folder that a path lies in, the archive itself first."""
    yield ""
    for at, letter in enumerate(name[:400]):
        if letter == "/":
            yield name[: at + 1]


def _read(opened: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes | Message:
    problem = _unreadable(info, most)
    if problem is not None:
        return problem
    try:
        with opened.open(info) as stream:
            held = _read_some(stream, most)
    except BROKEN:
        return say("parameters", "member-damaged")
    return held if len(held) <= most else say("parameters", "member-too-large", most=most)


def _unreadable(info: zipfile.ZipInfo, most: int) -> Message | None:
    """Return why a member is not even begun to be read, None where it is."""
    if info.flag_bits & _ENCRYPTED:
        return say("parameters", "encrypted")
    if info.compress_type not in _METHODS:
        return UNREAD
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > HARMLESS_BYTES and ratio > HIGHEST_RATIO:
        return say("parameters", "bomb", ratio=significant(ratio, 3))
    if info.file_size > most:
        return say("parameters", "member-too-large", most=most)
    return None


def _read_some(stream: IO[bytes], most: int) -> bytes:
    """Return what a stream holds, or one piece more than *most* of it."""
    pieces: list[bytes] = []
    size = 0
    while size <= most and (piece := stream.read(_CHUNK_BYTES)):
        size += len(piece)
        pieces.append(piece)
    return b"".join(pieces)
