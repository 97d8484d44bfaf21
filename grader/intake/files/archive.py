"""Zip archives: members by name, read in memory, never unpacked onto a disk."""

from __future__ import annotations

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO

from grader.errors import SubmissionError
from grader.intake.files.member_names import member_names
from grader.intake.model import IntakeLimits
from grader.words.message import message

# A member smaller than this is no bomb, whatever its ratio.
_HARMLESS_BYTES = 1_000_000
# Archives stored in an archive show their entries too: as many times more are no reason to refuse.
_STORED_ENTRIES = 10
_CENTRAL_ENTRY = b"PK\x01\x02"
_CHUNK_BYTES = 1 << 16
# What reading a damaged archive raises.
BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    OverflowError,
)


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file of an archive; of several with one name the last, as every program unpacks them."""

    read: Callable[[], bytes]
    copies: int = 1


def members(name: str, data: bytes, limits: IntakeLimits) -> dict[str, Member]:
    """
    Return the archive's files by name.

    Raises SubmissionError for archives that are damaged, encrypted or built to do harm: paths that
    leave the archive, links, devices, too many members, or members that unpack to far more than
    they are. What the headers claim is checked first, what really comes out while reading.
    """
    opened = _opened(name, data, limits)
    infos = opened.infolist()
    named = list(zip(member_names(infos), infos, strict=True))
    for member, info in named:
        _refuse_harmful(name, member, info, limits)
    copies = Counter(member for member, _ in named)
    return {
        member: Member(
            read=partial(_read, name, member, opened, info, limits), copies=copies[member]
        )
        for member, info in named
        if not member.endswith("/")
    }


def _opened(name: str, data: bytes, limits: IntakeLimits) -> zipfile.ZipFile:
    """Return an archive with no more members than *limits* allow, counted before it is opened."""
    many = message("zip.many-inside", file=name, most=limits.entries)
    if data.count(_CENTRAL_ENTRY) > limits.entries * _STORED_ENTRIES:
        raise SubmissionError(many)
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN:
        raise SubmissionError(message("zip.damaged", file=name)) from None
    if len(opened.infolist()) > limits.entries:
        raise SubmissionError(many)
    return opened


def names_inside(file: IO[bytes], most: int = 2_000) -> tuple[str, ...]:
    """
    Return the names of the files in an archive, without reading any of them.

    Return nothing for one that cannot be read, or that holds more than *most*: what is wrong with
    it is said where it is read.
    """
    try:
        fits = count_entries(file) <= most * _STORED_ENTRIES
        infos = zipfile.ZipFile(file).infolist() if fits else []
    except BROKEN:
        infos = []
    infos = infos if len(infos) <= most else []
    file.seek(0)
    return tuple(name for name in member_names(infos) if not name.endswith("/"))


def count_entries(file: IO[bytes]) -> int:
    """
    Return how many entries an archive has at most, holding a piece of it at a time.

    Those of archives that are stored in it count too, as they cannot be told apart unopened.
    """
    found, kept = 0, b""
    file.seek(0)
    while piece := file.read(_CHUNK_BYTES):
        found += (kept + piece).count(_CENTRAL_ENTRY)
        kept = piece[1 - len(_CENTRAL_ENTRY) :]
    file.seek(0)
    return found


def _refuse_harmful(name: str, member: str, info: zipfile.ZipInfo, limits: IntakeLimits) -> None:
    shown = repr(member[:80])
    if member.startswith("/") or re.match(r"[A-Za-z]:", member) or ".." in member.split("/"):
        raise SubmissionError(message("zip.outside", file=name, member=shown))
    mode = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
    if mode not in {0, stat.S_IFREG, stat.S_IFDIR}:
        kind = "link" if stat.S_ISLNK(mode) else "device"
        raise SubmissionError(message("zip.no-file", file=name, member=shown, kind=kind))
    if info.flag_bits & 0x1:
        raise SubmissionError(message("zip.encrypted", file=name, member=shown))
    if _is_bomb(info.file_size, info.compress_size, limits):
        size = f"{info.file_size / 1e6:.0f}"
        raise SubmissionError(message("zip.bomb", file=name, member=shown, size=size))


def _is_bomb(size: int, packed: int, limits: IntakeLimits) -> bool:
    return size > _HARMLESS_BYTES and size > limits.compression_ratio * max(packed, 1)


def _read(
    name: str, member: str, opened: zipfile.ZipFile, info: zipfile.ZipInfo, limits: IntakeLimits
) -> bytes:
    """Return one member's bytes, counting what comes out and trusting no header."""
    shown = repr(member[:80])
    chunks: list[bytes] = []
    size = 0
    try:
        with opened.open(info) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > limits.file_bytes:
                    most = f"{limits.file_bytes / 1e6:g}"
                    reason = message("zip.member-too-large", file=name, member=shown, most=most)
                    raise SubmissionError(reason)
                chunks.append(chunk)
    except BROKEN:
        reason = message("zip.member-damaged", file=name, member=shown)
        raise SubmissionError(reason) from None
    return b"".join(chunks)
