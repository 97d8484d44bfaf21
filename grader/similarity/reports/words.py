"""
Text -> words in the form in which layout no longer differs, and the hashes of their runs.

Ligatures, full-width forms and capitals are the same; a word hyphenated at the end of a line is
one word; a Chinese character is a word.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

RUN = 6  # words: shorter ones stand in every report of a lab
_CHINESE = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(f"[{_CHINESE}]|(?:(?![{_CHINESE}])\\w)+")
# PDFium writes U+FFFE, or U+0002, for a hyphen that the line's end has brought.
_HYPHENATION = re.compile("(?<=\\w)[-\u00ad\u2010\ufffe\x02][ \t]*[\r\n]+[ \t]*(?=\\w)")
_PAGE_NUMBER = re.compile(r"(?m)^[ \t]*(?:page )?\d+(?:[ \t]*/[ \t]*\d+)?[ \t\r]*$", re.IGNORECASE)


def normal_text(text: str) -> str:
    """Return *text* with one form for each character, no page numbers and no hyphenation."""
    plain = unicodedata.normalize("NFKC", text).replace("\xad", "")
    return _HYPHENATION.sub("", _PAGE_NUMBER.sub("", plain))


def words_of(text: str) -> list[str]:
    """Return the words of a text in normal form."""
    return [found.group().casefold() for found in _WORD.finditer(normal_text(text))]


def runs(words: Sequence[str]) -> Iterator[int]:
    """Yield a hash of every ``RUN`` words that follow each other, in their order."""
    for start in range(len(words) - RUN + 1):
        yield hash_of(" ".join(words[start : start + RUN]))


def hash_of(text: str) -> int:
    """Return a hash of 63 bits that is the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def passages(text: str, hashes: frozenset[int], least: int) -> list[str]:
    """Return the passages of *text* whose runs are among *hashes*, of *least* words and more."""
    plain = normal_text(text)
    places = [found.span() for found in _WORD.finditer(plain)]
    words = [plain[start:end].casefold() for start, end in places]
    found: list[str] = []
    first = last = -1
    for at, run in enumerate(runs(words)):
        if run not in hashes:
            continue
        if at > last:  # the run before ended here, at the latest
            found += _passage(plain, places, first, last, least)
            first = at
        last = at + RUN
    return [*found, *_passage(plain, places, first, last, least)]


def _passage(
    text: str, places: Sequence[tuple[int, int]], first: int, last: int, least: int
) -> list[str]:
    if first < 0 or last - first < least:
        return []
    return [" ".join(text[places[first][0] : places[last - 1][1]].split())]
