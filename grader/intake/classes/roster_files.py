"""Bytes -> the lines of a roster: encodings and separators as programs and spreadsheets write."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.intake.classes.roster_columns import Columns
from grader.intake.files.encoding_guess import SHEETS, likeliest

SEPARATORS = ",;\t|"
HEADING_WITHIN = 40  # lines; before it stand titles and remarks
# Encodings that people may say, and the codecs that read what Windows means by them.
ENCODINGS = {
    "big5": "cp950",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "big5-hkscs": "big5hkscs",
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
}
_NAMED = {codec: name for name, codec in ENCODINGS.items()} | {"gbk": "gbk"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAID = re.compile(r'"?sep=(?P<separator>[,;\t|])"?\n', re.IGNORECASE)
_CELLS = re.compile(rb'[,;\t\r\n"]+')  # none of these is ever a byte of a Chinese letter


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A roster's headings and its lines, each with its number in the file."""

    columns: Columns
    lines: tuple[tuple[int, tuple[str, ...]], ...]


class NoHeadingError(Exception):
    """No line names a column of ids; the number is that of the first line."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class BrokenCsvError(Exception):
    """A file that cannot be read as CSV, and the line at which it breaks."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def decode(content: bytes, encoding: str = "") -> str:
    """Return a roster's text, as *encoding* where it says nothing itself; raise UnicodeError."""
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), "")
    told = marked or _utf_16(content)
    if not told and encoding and not _is_utf8(content):
        told = ENCODINGS[encoding]
    text = content.decode(told or "utf-8")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def guess(content: bytes) -> str:
    """Return the likeliest of ENCODINGS for a file that is no UTF-8; ValueError: none reads it."""
    cells = [cell for cell in _CELLS.split(content) if not cell.isascii()]
    codec, _ = likeliest(cells[:500], SHEETS)
    if codec not in _NAMED:  # what looks like UTF-16 and is cut off
        msg = "in none of the encodings that spreadsheets save"
        raise ValueError(msg)
    return _NAMED[codec]


def read_sheet(text: str) -> Sheet:
    """
    Return the headings and the filled lines of a CSV text.

    The separator is what Excel's ``sep=;`` says, else the one by which a line near the top names
    the columns; lines above that are none of the roster's. Raise NoHeadingError, BrokenCsvError.
    """
    said = _SAID.match(text)
    body, skipped = (text[said.end() :], 1) if said else (text, 0)
    found = [
        (at, -columns.known, separator, columns)
        for separator in (said["separator"] if said else SEPARATORS)
        for at, columns in _headings(body, separator)
    ]
    if not found:
        raise NoHeadingError(1 + skipped)
    at, _, separator, columns = min(found, key=lambda one: one[:2])
    rest = "\n".join(body.split("\n")[at:])
    return Sheet(columns=columns, lines=tuple(_lines(rest, separator, at + skipped, text)))


def _headings(body: str, separator: str) -> Iterator[tuple[int, Columns]]:
    """Yield the first line that names the columns, if it stands near the top."""
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator)
    before = 0
    try:
        for row in reader:
            columns = Columns.of(row)
            if columns.are_headings:
                yield before, columns
                return
            before = reader.line_num
            if before > HEADING_WITHIN:
                return
    except csv.Error:
        return


def _lines(
    rest: str, separator: str, before: int, text: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(rest, newline=""), delimiter=separator, strict=True)
    try:
        next(reader)
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num + before, tuple(row)
    except csv.Error as error:
        raise BrokenCsvError(_broken_line(text, error), str(error)) from None


def _broken_line(text: str, error: csv.Error) -> int:
    """Return where a file breaks; the reader says so at its end, whatever line began it."""
    line = text.count("\n") + 1
    if str(error).startswith("unexpected end"):
        opened = [at for at, one in enumerate(text.split("\n"), 1) if one.count('"') % 2]
        line = opened[-1] if opened else line
    return line


def _utf_16(content: bytes) -> str:
    """Return the UTF-16 that a file without a mark is in, "" for none: half its bytes are 0."""
    head = content[:2000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 < len(head) or min(even, odd) * 5 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
