"""Whose a file says it is: student ids in file names, other than the one it is handed in under."""

from __future__ import annotations

import re
from collections.abc import Collection

_PARTS = re.compile(r"[^A-Za-z0-9]+")
_SHORTEST = 5  # of an id that is told by its looks; "v12" is none
_DIGITS = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[A-Za-z]")
# As universities number their students, in many digits; dates are as long.
_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9]{7,12}")
_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


def parts_of(name: str) -> tuple[str, ...]:
    """Return what stands between the marks in a file's name, its folders' included."""
    return tuple(part for part in _PARTS.split(name) if part)


def numbers_in(name: str) -> tuple[str, ...]:
    """Return the parts of a file's name that are numbers as universities give them."""
    return tuple(part for part in parts_of(name) if _is_number(part))


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


def _is_id(part: str, student_id: str) -> bool:
    if len(part) >= _SHORTEST and _shape(part) == _shape(student_id):
        return True
    return _is_number(part)


def _is_number(part: str) -> bool:
    return bool(_NUMBER.fullmatch(part)) and not _DATE.fullmatch(part)


def _shape(text: str) -> str:
    return _LETTERS.sub("a", _DIGITS.sub("9", text))
