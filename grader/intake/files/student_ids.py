"""Read student ids from file names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from grader.errors import EditionError
from grader.intake.files.file_names import stem_of

LMS_PREFIX = r"(?:.*[_\s-])?"
_PARTS = re.compile(r"[^A-Za-z0-9]+")
_SHORTEST = 5  # of an id that is told by its looks; "v12" is none
_DIGITS = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[A-Za-z]")
# As universities number their students, in many digits; dates are as long.
_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9]{7,12}")
_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
# Shorter ones are told only where nothing else in a name can be one; years and courses are none.
_SHORT_NUMBER = re.compile(r"(?!(?:19|20)\d\d$)[0-9]{4,6}|[A-Za-z][0-9]{2,6}")
_VERSION = re.compile(r"(?:v|ver|version|rev|r|draft|try)\.?\d+(?:\.\d+)*", re.IGNORECASE)
# What stands in names beside the id, in small letters.
_WORDS = frozenset(
    {
        *(
            "final",
            "last",
            "latest",
            "new",
            "newest",
            "old",
            "done",
            "complete",
            "completed",
            "ok",
        ),
        *("fix", "fixed", "update", "updated", "revise", "revised", "revision", "version", "ver"),
        *("submit", "submission", "resubmit", "resubmission", "late", "draft", "test", "backup"),
        *("bak", "report", "code", "notebook", "homework", "assignment", "lab"),
    }
)
_VERSION_AT_END = re.compile(r"(?<=\d)\.?(?:v|ver)\d+(?:\.\d+)*$", re.IGNORECASE)
_NUMBERED_WORD = re.compile(r"(?P<word>[^\W\d_]+)\d{1,2}")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
# What Canvas and Moodle put before a student's own name for a file, with numbers of theirs.
_PLATFORM = re.compile(
    r"^.*?_\d+_assignsubmission_(?:file|onlinetext)_?|^[^_]+(?:_LATE)?_\d+_\d+_", re.IGNORECASE
)


def student_id_from(names: Iterable[str], id_pattern: str) -> str | None:
    """
    Return the first student id that file names carry, by a regex with a group ``id``.

    A name is read as *id_pattern* has it, with any marks between its words, and with the id in
    front; a student's name, a version or a copy mark beside it is left out. A name that follows
    no pattern is read where one number in it, as universities give them, can be the id.
    """
    patterns = _patterns(id_pattern)
    for name in names:
        for found in _readings(stem_of(name), patterns):
            return found
    return None


def parts_of(name: str) -> tuple[str, ...]:
    """Return what stands between the marks in a file's name, its folders' included."""
    return tuple(part for part in _PARTS.split(name) if part)


def numbers_in(name: str) -> tuple[str, ...]:
    """Return the numbers in a file's name as universities give them, a course site's left out."""
    return tuple(part for part in parts_of(_PLATFORM.sub("", name)) if _is_number(part))


def another_in(name: str, student_id: str, known: Collection[str] = ()) -> str | None:
    """
    Return the id of another student that *name* carries, None where it carries none.

    An id is a number as universities give them, or what looks just like *student_id*, a letter for
    a letter and a digit for a digit, or one of the *known* ones. A name that carries *student_id*
    as well is that student's own.
    """
    if re.search(rf"(?<![A-Za-z0-9]){re.escape(student_id)}(?![A-Za-z0-9])", name, re.IGNORECASE):
        return None
    parts = parts_of(name)
    return next((part for part in parts if part in known or _is_id(part, student_id)), None)


def alike(student_id: str) -> str:
    """Return what ids have in common that a spreadsheet or a person may have made of one."""
    return re.sub(r"[._-]", "", student_id).lower().lstrip("0") or student_id


def _patterns(id_pattern: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """Return an edition's pattern, and the same with the id in front, as ``<id>_hw1``."""
    try:
        asked = re.compile(f"{LMS_PREFIX}(?:{id_pattern})", re.IGNORECASE)
    except re.error as error:
        msg = f"student_id pattern {id_pattern!r} is no regular expression ({error})"
        raise EditionError(msg) from None
    if "id" not in asked.groupindex:
        msg = f"student_id pattern {id_pattern!r} has no group named 'id': write (?P<id>...)"
        raise EditionError(msg)
    before, _, after = id_pattern.partition("(?P<id>")
    word = before.rstrip("_-")
    turned = after.endswith(")") and word and "(" not in word
    front = rf"(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*?)_(?:{word})(?:_.*)?"
    return asked, re.compile(front, re.IGNORECASE) if turned else None


def _readings(
    stem: str, patterns: tuple[re.Pattern[str], re.Pattern[str] | None]
) -> Iterator[str]:
    """Yield what *stem* may say, the surest first."""
    asked, turned = patterns
    tight = re.sub(r"\s*([_-])\s*|\s+", lambda mark: mark[1] or " ", stem)
    if (found := _matched(asked, tight)) and (told := _without_words(found)) and " " not in told:
        yield told
    own = _PLATFORM.sub("", _ascii_words(tight))
    if (found := _matched(asked, own)) and _tells(told := _without_words(found)):
        yield told
    if turned and (found := _matched(turned, own)) and _tells(told := _without_words(found)):
        yield told
    numbers = list(dict.fromkeys(numbers_in(own)))
    if len(numbers) == 1:
        yield numbers[0]


def _matched(pattern: re.Pattern[str], name: str) -> str:
    """Return the id that *pattern* finds in *name*, whatever marks stand between its words."""
    match = pattern.fullmatch(name) or pattern.fullmatch(re.sub(r"[\s-]", "_", name))
    return name[match.start("id") : match.end("id")] if match else ""


def _ascii_words(name: str) -> str:
    """Return *name* without what no id can hold: names in other letters."""
    return re.sub(r"[_\s-]*_[_\s-]*", "_", _FOREIGN.sub("_", name)).strip("_- ")


def _without_words(found: str) -> str:
    """Return the id among the words of *found*: its one number, or all that is no version."""
    found = _VERSION_AT_END.sub("", found)
    parts = [part for part in re.split(r"[\s_-]+", found) if part]
    kept = [part for part in parts if not _is_word(part)]
    if not kept:
        return ""
    for looks_right in (_is_number, _SHORT_NUMBER.fullmatch):
        fitting = list(dict.fromkeys(part for part in kept if looks_right(part)))
        others = [part for part in kept if part not in fitting]
        names = all(part.isalpha() and part[1:] for part in others)
        if len(fitting) == 1 and (names or looks_right is _is_number):
            return fitting[0]
    begin, end = found.index(kept[0]), found.rindex(kept[-1]) + len(kept[-1])
    return found[begin:end]


def _is_word(part: str) -> bool:
    """Return whether a part of a name says what the file is, and not whose."""
    numbered = _NUMBERED_WORD.fullmatch(part)
    word = (numbered["word"] if numbered else part).lower()
    return word in _WORDS or bool(_VERSION.fullmatch(part)) or bool(_DATE.fullmatch(part))


def _tells(part: str) -> bool:
    """Return whether a part of a name is an id by its looks alone."""
    return _is_number(part) or bool(_SHORT_NUMBER.fullmatch(part))


def _is_id(part: str, student_id: str) -> bool:
    if len(part) >= _SHORTEST and _shape(part) == _shape(student_id):
        return True
    return _is_number(part)


def _is_number(part: str) -> bool:
    return bool(_NUMBER.fullmatch(part)) and not _DATE.fullmatch(part)


def _shape(text: str) -> str:
    return _LETTERS.sub("a", _DIGITS.sub("9", text))
