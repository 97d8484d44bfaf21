"""What a file looks like from its first bytes, in words for a message."""

from __future__ import annotations

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"version https://git-lfs", "a git-LFS pointer, not the file itself"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<?xml", "an XML document"),
    (b"<<<<<<<", "a file with unresolved git conflicts"),
)
_OFFICE: tuple[tuple[bytes, str], ...] = (
    (b"word/", "a Word document"),
    (b"xl/", "an Excel workbook"),
    (b"ppt/", "a PowerPoint presentation"),
)


def describe(data: bytes) -> str | None:
    """Return what *data* looks like (``"a PDF"``), or ``None`` where it may be text."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, name in _STARTS:
        if head.startswith(start.lower()):
            return name
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return office_document(data) or "a zip archive"
    return None


def office_document(data: bytes) -> str | None:
    """Return which Office document a zip archive is, or ``None``."""
    if b"[Content_Types].xml" not in data:
        return None
    return next((name for folder, name in _OFFICE if folder in data), "an Office document")


def is_zip(data: bytes) -> bool:
    """Return whether *data* starts as a zip archive that is not an Office document."""
    return describe(data) == "a zip archive"
