"""Why a piece of code does not parse, in a person's words and at the place of the cause."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from grader.intake.lexical.definitions import named_definitions
from grader.intake.model import Cell, Place, Problem, ProblemKind
from grader.words.message import Message, say

_CONFLICT_MARK = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?")
_CHARACTER = re.compile(r"character (?:'(.)' )?\(?U\+([0-9A-F]{4,6})")
_TOO_COMPLEX = (RecursionError, MemoryError)


def problem_of(error: Exception, cell: Cell, line: int, text: str) -> Problem:
    """Return the problem behind *error*, raised for *text* on a 1-based *line* of its cell."""
    hides = tuple(dict.fromkeys(named_definitions(text)))
    if isinstance(error, _TOO_COMPLEX):
        message = say("problem", "too-deep")
        kind = ProblemKind.TOO_COMPLEX
        return Problem(kind=kind, message=message, place=cell.place(line), hides=hides)
    if (mark := _conflict_mark(cell.source)) is not None:
        message = say("problem", "conflict-mark")
        kind = ProblemKind.CONFLICT_MARK
        return Problem(kind=kind, message=message, place=cell.place(mark), hides=hides)
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    message = _of_character(reason) or say("problem", "does-not-parse", text=reason)
    kind = ProblemKind.SYNTAX_ERROR
    return Problem(kind=kind, message=message, place=cell.place(line), hides=hides)


def once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Merge problems of the same kind at the same place."""
    kept: dict[tuple[str, Place | None], Problem] = {}
    for problem in problems:
        key = (problem.kind, problem.place)
        before = kept.get(key)
        hides = (*before.hides, *problem.hides) if before else problem.hides
        kept[key] = replace(before or problem, hides=tuple(dict.fromkeys(hides)))
    return tuple(kept.values())


def _conflict_mark(source: str) -> int | None:
    """Return the line of the first mark of a merge conflict, if *source* has any."""
    if "<<<<<<<" not in source and ">>>>>>>" not in source:
        return None
    lines = source.split("\n")
    marks = [i for i, text in enumerate(lines, 1) if _CONFLICT_MARK.fullmatch(text.rstrip())]
    if not any(lines[mark - 1].startswith(("<<<<<<<", ">>>>>>>")) for mark in marks):
        return None
    return marks[0]


def _of_character(reason: str) -> Message | None:
    """Return what a character is that Python refuses, None where that is not the reason."""
    match = _CHARACTER.search(reason)
    if match is None:
        return None
    character = chr(int(match[2], 16))
    code, name = f"U+{match[2]}", unicodedata.name(character, "").lower()
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain.strip() and plain.isascii():
        return say("problem", "wide-character", character=character, point=code, plain=plain)
    shown = name or "?"
    if not plain.strip() or unicodedata.category(character) in ("Cf", "Zs", "Cc"):
        return say("problem", "invisible-character", point=code, name=shown)
    return say("problem", "no-python-character", character=character, point=code, name=shown)
