"""What a file looks like from its first bytes; ``refusals.toml`` has the words for it."""

from __future__ import annotations

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"version https://git-lfs", "git-lfs"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "old-office"),
    (b"<!doctype html", "html"),
    (b"<html", "html"),
    (b"<?xml", "xml"),
    (b"<<<<<<<", "git-conflict"),
)
_OFFICE: tuple[tuple[bytes, str], ...] = (
    (b"word/", "word"),
    (b"xl/", "excel"),
    (b"ppt/", "powerpoint"),
)


def describe(data: bytes) -> str | None:
    """Return what *data* looks like (``"pdf"``), or ``None`` where it may be text."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, name in _STARTS:
        if head.startswith(start.lower()):
            return name
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return office_document(data) or "zip"
    return None


def office_document(data: bytes) -> str | None:
    """Return which Office document a zip archive is, or ``None``."""
    if b"[Content_Types].xml" not in data:
        return None
    return next((name for folder, name in _OFFICE if folder in data), "office")


def is_zip(data: bytes) -> bool:
    """Return whether *data* starts as a zip archive that is not an Office document."""
    return describe(data) == "zip"
