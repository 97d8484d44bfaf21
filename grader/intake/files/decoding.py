"""Bytes -> text, with the encodings that editors really write."""

from __future__ import annotations

import codecs
import io
import re
import tokenize

from grader.errors import SubmissionError
from grader.intake.files.signatures import describe
from grader.words.message import Message, message

_BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A cookie may name any codec of Python's; only plain character sets are text to a person.
_CHARACTER_SETS = re.compile(
    r"utf-?8|ascii|us-ascii|latin|iso-?8859|cp\d|windows-\d|big5|gb|hz|euc|shift|koi8|mac", re.I
)


def decode_notebook(name: str, data: bytes) -> str:
    """Return a notebook's text: UTF-8, or what its byte-order mark says."""
    try:
        return clean(data.decode(_marked(data) or "utf-8"))
    except UnicodeError:
        raise SubmissionError(_not_text(name)) from None


def decode_script(name: str, data: bytes) -> str:
    """Return a script's text by its byte-order mark, its encoding cookie, or as UTF-8."""
    try:
        encoding = _marked(data) or tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        if not (encoding.startswith("utf-16") or _CHARACTER_SETS.match(encoding)):
            raise SubmissionError(_not_text(name))
        return clean(data.decode(encoding))
    except (SyntaxError, LookupError, ValueError):
        raise SubmissionError(_not_text(name)) from None


def clean(text: str) -> str:
    r"""Return *text* with ``\n`` line ends, and U+FFFD for halves of surrogate pairs."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def refuse_other_formats(name: str, data: bytes) -> None:
    """Raise SubmissionError where *data* is empty, or evidently neither notebook nor script."""
    if not data.strip():
        raise SubmissionError(message("file.empty", file=name))
    if found := describe(data):
        raise SubmissionError(message("file.other-format", file=name, found=found))


def _marked(data: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)


def _not_text(name: str) -> Message:
    return message("file.not-utf8", file=name)
