"""Zip archives: members by name, read in memory, never unpacked onto a disk."""

from __future__ import annotations

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from grader.errors import SubmissionError
from grader.intake.model import IntakeLimits

# A member smaller than this is no bomb, whatever its ratio.
_HARMLESS_BYTES = 1_000_000
_CENTRAL_ENTRY = b"PK\x01\x02"
_CHUNK_BYTES = 1 << 16
_BROKEN = (
    zipfile.BadZipFile,
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


def members(name: str, data: bytes, limits: IntakeLimits) -> dict[str, Callable[[], bytes]]:
    """
    Return the archive's files by name, each with a function that reads it.

    Raises SubmissionError for archives that are damaged, encrypted or built to do harm: paths that
    leave the archive, links, devices, too many members, or members that unpack to far more than
    they are. What the headers claim is checked first, what really comes out while reading.
    """
    if data.count(_CENTRAL_ENTRY) > limits.entries:
        msg = f"{name}: more than {limits.entries} files inside; zip only the files asked for"
        raise SubmissionError(msg)
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN:
        msg = f"{name}: the zip archive is damaged or incomplete; make it again and upload it anew"
        raise SubmissionError(msg) from None
    infos = opened.infolist()
    for info in infos:
        _refuse_harmful(name, info, limits)
    return {
        _member_name(info): partial(_read, name, opened, info, limits)
        for info in infos
        if not _member_name(info).endswith("/")
    }


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return the member's path with forward slashes, as some Windows tools write the others."""
    return info.filename.replace("\\", "/")


def _refuse_harmful(name: str, info: zipfile.ZipInfo, limits: IntakeLimits) -> None:
    member = _member_name(info)
    shown = member[:80]
    if member.startswith("/") or re.match(r"[A-Za-z]:", member) or ".." in member.split("/"):
        msg = f"{name}: holds {shown!r}, a path that leaves the archive; zip the files again"
        raise SubmissionError(msg)
    mode = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
    if mode not in {0, stat.S_IFREG, stat.S_IFDIR}:
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "a device or pipe"
        msg = f"{name}: holds {shown!r}, {kind}; zip the files themselves"
        raise SubmissionError(msg)
    if info.flag_bits & 0x1:
        msg = f"{name}: is encrypted ({shown!r} asks for a password); zip it without a password"
        raise SubmissionError(msg)
    if _is_bomb(info.file_size, info.compress_size, limits):
        raise SubmissionError(_bomb(name, shown, info.file_size))


def _is_bomb(size: int, packed: int, limits: IntakeLimits) -> bool:
    return size > _HARMLESS_BYTES and size > limits.compression_ratio * max(packed, 1)


def _bomb(name: str, member: str, size: int) -> str:
    return (
        f"{name}: {member!r} unpacks to {size / 1e6:.0f} MB or more, over and above what any "
        "notebook does (a zip bomb?); zip only the files asked for"
    )


def _read(
    name: str, opened: zipfile.ZipFile, info: zipfile.ZipInfo, limits: IntakeLimits
) -> bytes:
    """Return one member's bytes, counting what comes out and trusting no header."""
    member = _member_name(info)
    chunks: list[bytes] = []
    size = 0
    try:
        with opened.open(info) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > limits.file_bytes:
                    msg = (
                        f"{name}: {member[:80]!r} is larger than {limits.file_bytes / 1e6:g} MB; "
                        "clear the outputs that hold large images and hand it in again"
                    )
                    raise SubmissionError(msg)
                chunks.append(chunk)
    except _BROKEN as error:
        msg = f"{name}: {member[:80]!r} cannot be unpacked ({error}); make the zip archive again"
        raise SubmissionError(msg) from None
    return b"".join(chunks)
