"""A terminal or pipe in any encoding: what it cannot show is written in letters that it can."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

_HANDLER = "grader.readable"
# Signs of ours, and the punctuation of sentences; other letters lose their accents or become "?".
_INSTEAD = {
    "✓": "v",
    "✗": "x",
    "·": ".",
    "…": "...",
    "±": "+/-",
    "×": "x",  # noqa: RUF001
    "−": "-",  # noqa: RUF001
    "–": "-",  # noqa: RUF001
    "—": "-",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "‘": "'",  # noqa: RUF001
    "’": "'",  # noqa: RUF001
    "“": '"',
    "”": '"',
}


def accept_any_encoding() -> None:
    """Make standard output and error write every text, whatever the system's encoding."""
    codecs.register_error(_HANDLER, _readable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _readable(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for letters that an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_letter(one, error.encoding) for one in text), error.end


def _letter(letter: str, encoding: str) -> str:
    if letter in _INSTEAD:
        return _INSTEAD[letter]
    for told in (unicodedata.normalize("NFKC", letter), unicodedata.normalize("NFKD", letter)[:1]):
        try:
            told.encode(encoding)
        except UnicodeError:
            continue
        return told
    return "?"
