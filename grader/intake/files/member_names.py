"""The names inside a zip as their letters were meant, in whatever encoding a tool wrote them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence

from grader.intake.files.encoding_guess import decode_all

_UTF8 = 0x800  # general purpose flag: the name is UTF-8
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field with the name in UTF-8


def member_names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    r"""
    Return every member's path with ``/`` between its folders.

    Where neither the flag nor Info-ZIP's extra field says that a name is UTF-8, the names of an
    archive are read together. ``\`` is a separator only where it is a whole letter: in Big5 and
    Shift-JIS it is the second byte of many.
    """
    told = [_told(info) for info in infos]
    silent = [at for at, name in enumerate(told) if name is None]
    read = decode_all([_raw(infos[at]) for at in silent])
    names = {**dict(enumerate(told)), **dict(zip(silent, read, strict=True))}
    return [(names[at] or "").replace("\\", "/") for at in range(len(infos))]


def _told(info: zipfile.ZipInfo) -> str | None:
    """Return the name that the archive says in UTF-8, None where it says none."""
    if info.flag_bits & _UTF8:
        return info.orig_filename.partition("\0")[0]
    return _unicode_path(info.extra, _raw(info))


def _raw(info: zipfile.ZipInfo) -> bytes:
    """Return the bytes of a name: zipfile reads those that are not UTF-8 as cp437, one by one."""
    return info.orig_filename.partition("\0")[0].encode("cp437")


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name in Info-ZIP's field; one that belongs to another name is out of date."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(field) > 5:
            version, checksum = struct.unpack_from("<BL", field)
            if version == 1 and checksum == zlib.crc32(raw):
                return field[5:].decode("utf-8", "replace")
    return None
