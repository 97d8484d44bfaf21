"""The zip that a whole class's work comes in: opened where it lies, never unpacked as a whole."""

from __future__ import annotations

import zipfile
from typing import IO

from grader.errors import SubmissionError
from grader.intake.classes.members import Member
from grader.intake.files.archive import BROKEN, count_entries
from grader.words.message import Message, message

MOST_ENTRIES = 20_000
MOST_WITHIN = 10 * MOST_ENTRIES  # with those of students' own archives
COMPRESSION_RATIO = 200  # beyond it, and a megabyte, an entry is a bomb
HARMLESS_BYTES = 1 << 20
CHUNK_BYTES = 1 << 20


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive; raise SubmissionError where it is none, or is built to do harm."""
    if count_entries(file) > MOST_WITHIN:  # to be opened it would be listed in memory
        raise SubmissionError(_many_entries(MOST_WITHIN))
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise SubmissionError(message("class.not-zip")) from None
    if len(archive.infolist()) > MOST_ENTRIES:
        raise SubmissionError(_many_entries(MOST_ENTRIES))
    return archive


def unpack(member: Member, target: IO[bytes], limit: int) -> int:
    """
    Unpack one file into *target*, trusting no header; return its size.

    Raise SubmissionError where it is larger than *limit*, a bomb, or damaged.
    """
    size = 0
    most = min(limit, max(HARMLESS_BYTES, COMPRESSION_RATIO * member.packed_bytes))
    try:
        with member.open() as source:
            while chunk := source.read(CHUNK_BYTES):
                size += len(chunk)
                if size > most:
                    raise SubmissionError(_too_large(member, most))
                target.write(chunk)
    except BROKEN:
        reason = message("class.member-damaged", file=member.path[-80:])
        raise SubmissionError(reason) from None
    target.seek(0)
    return size


def _too_large(member: Member, most: int) -> Message:
    return message("class.too-large", file=member.path[-80:], most=most >> 20)


def _many_entries(most: int) -> Message:
    return message("class.many-entries", most=most)
