"""What systems and people add to a file's name: copy marks, doubled endings, wide letters."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

NAME_BYTES = 120
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
CODE_SUFFIXES = (".ipynb", ".py")
# What mail programs, phones and editors put behind a notebook's own ending.
_TEXT_SUFFIXES = frozenset({".txt", ".json"})
_KNOWN_SUFFIXES = frozenset({*CODE_SUFFIXES, *_TEXT_SUFFIXES, ".pdf", ".zip"})
# "Copy" as Windows, macOS, GNOME, KDE and Google Drive write it in the languages of a course.
_COPY_WORDS = (
    r"copy|複製|拷貝|副本|复制|复件|拷贝|コピー|복사본|사본|kopie|kopia|kopi|kopio|kopya|copie|c[oó]pia"
    r"|копия|копія|bản sao|sao chép|salinan|másolat|αντίγραφο|สำเนา"
)
_QUOTES = "「」『』“”‘’\"'«»"  # noqa: RUF001
# Numbered by a browser or a course site: the highest is the newest.
_NUMBERED = re.compile(r"(?:\s*\((\d{1,3})\)|(?<=\w{5})-(\d{1,2}))$")
# Made by a person beside the original; a number of its own may follow, and macOS has but that.
_COPIED = re.compile(
    rf"(?:[\s_-]*\((?:another |\d+(?:st|nd|rd|th) )?(?:{_COPY_WORDS})\s*\d{{0,3}}\)"
    rf"|(?:[\s_—–-]+|\s*(?:の|的|의)\s*)(?:{_COPY_WORDS})[\s_]*(?:\(?\d{{1,3}}\)?)?"  # noqa: RUF001
    r"|-checkpoint|(?<=\w{5}) \d{1,2})$",
    re.IGNORECASE,
)
_COPY_OF = re.compile(
    rf"^(?:(?:{_COPY_WORDS})\s*(?:\(\d{{1,3}}\)\s*)?(?:of|von|de|di|do|av|af|van|z)\s+"
    rf"|(?:{_COPY_WORDS})\s*[—–-]\s*)",  # noqa: RUF001
    re.IGNORECASE,
)


def plain(name: str) -> str:
    """Return *name* as most systems would write it: composed letters, none of them full-width."""
    return unicodedata.normalize("NFKC", name).strip()


def safe_name(name: str) -> str:
    """Return a student's name of a file as one that leads nowhere else; its end stays."""
    last = _UNPRINTABLE.sub("_", name.replace("\\", "/").rpartition("/")[2])
    kept = last.encode("utf-8", "replace")[-NAME_BYTES:].decode("utf-8", "ignore")
    return "file" if kept in {"", ".", ".."} else kept


def suffix_of(name: str) -> str:
    """
    Return what a file's name says that it holds, in lower case: ``".ipynb"``.

    ``.ipynb.txt`` and ``.ipynb.json`` are notebooks that a mail program or an editor renamed.
    """
    endings = _endings(name)
    if len(endings) > 1 and endings[0] in _TEXT_SUFFIXES:
        return next((one for one in endings if one in CODE_SUFFIXES), endings[0])
    return endings[0] if endings else PurePosixPath(plain(name)).suffix.lower()


def stem_of(name: str) -> str:
    """Return a file's name without folders, endings and copy marks; a dot in an id ends none."""
    return without_copy_mark(_bare(PurePosixPath(plain(name)).name))


def without_copy_mark(stem: str) -> str:
    """Return a file's stem without ``(1)``, ``-1``, ``- Copy``, ``的副本`` or ``Copy of``."""
    before = ""
    while before != stem:
        before = stem
        kept = _COPY_OF.sub("", stem).strip(_QUOTES + " ")
        kept = _bare(_shorter(kept)).strip(_QUOTES + " ")
        stem = kept or before
    return stem


def copy_rank(name: str) -> tuple[bool, int]:
    """
    Return how late a file of several copies counts: the smallest is the one to grade.

    A copy that a person made beside the original comes after it. Of those that a browser or a
    course site numbered, the highest number is what was handed in last.
    """
    stem = _bare(PurePosixPath(plain(name)).name)
    made = bool(_COPIED.search(stem) or _COPY_OF.search(stem))
    number = _NUMBERED.search(stem)
    last = next((int(group) for group in number.groups() if group), 0) if number else 0
    return made, last if made else -last


def _endings(name: str) -> list[str]:
    """Return the known endings of a name from the last on, copy marks between them left out."""
    found, left = [], plain(name)
    while (ending := PurePosixPath(left).suffix.lower()) in _KNOWN_SUFFIXES:
        found.append(ending)
        left = _without_marks_at_end(left[: -len(ending)])
    return found


def _without_marks_at_end(stem: str) -> str:
    while (kept := _shorter(stem)) not in {stem, ""}:
        stem = kept
    return stem


def _shorter(stem: str) -> str:
    """Return a stem without a copy mark at its end."""
    return _NUMBERED.sub("", _COPIED.sub("", stem)).strip(_QUOTES + " ")


def _bare(name: str) -> str:
    """Return a name without its known endings."""
    while (ending := PurePosixPath(name).suffix.lower()) in _KNOWN_SUFFIXES:
        name = name[: -len(ending)].rstrip()
    return name
