"""A student's code line by line: safe to look at, highlighted, each line with its findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pygments.lexers import PythonLexer

from grader.results.file.schema import Excerpt, Finding
from grader.words.message import Message, Value
from report_templates.page.text import reveal, shorten

Run = tuple[str, str]  # the class of some characters in a line, and the characters


def rows_of(excerpt: Excerpt, longest: int) -> list[str]:
    """Return the lines of an excerpt, each safe to look at and of at most *longest* characters."""
    rows = excerpt.source.rstrip("\n").split("\n")
    return [shorten(reveal(row.expandtabs(4)), longest) for row in rows]


def first_line(excerpt: Excerpt) -> int:
    """Return the number of an excerpt's first line within its cell or file."""
    return excerpt.first_line or 1


def highlighted(rows: Sequence[str], styles: Sequence[tuple[Any, str]]) -> list[list[Run]]:
    """Return each row as runs; *styles* are kinds of tokens with their classes."""
    lines: list[list[Run]] = [[]]
    for kind, words in PythonLexer(stripnl=False, ensurenl=True).get_tokens("\n".join(rows)):
        style = next((css for token, css in styles if kind in token), "")
        for place, piece in enumerate(words.split("\n")):
            if place:
                lines.append([])
            if piece:
                lines[-1].append((style, piece))
    return (lines + [[]] * len(rows))[: len(rows)]


def by_line(
    found: Sequence[tuple[str, Finding]], excerpt: Excerpt, count: int
) -> dict[int, list[tuple[str, Finding]]]:
    """
    Return findings, each with its mark, by the line of the excerpt that they stand beside.

    Lines are counted from 0 to *count*. A finding about another cell or file, as an error in a
    function that this one calls, or about no line of these, stands at the first.
    """
    beside: dict[int, list[tuple[str, Finding]]] = {}
    for mark, finding in found:
        place = _line_within(excerpt, finding)
        beside.setdefault(place if 0 <= place < count else 0, []).append((mark, finding))
    return beside


def _line_within(excerpt: Excerpt, finding: Finding) -> int:
    """Return which line of an excerpt a finding is about, from 0; -1 for a place elsewhere."""
    where = _values(finding.where_message)
    cell = _values(excerpt.place_message).get("cell")
    same = where.get("cell") == cell if cell else where.get("file") == excerpt.place
    at = where.get("line")
    return int(at) - first_line(excerpt) if same and isinstance(at, int | float) else -1


def _values(place: Value | None) -> Mapping[str, Value]:
    return place.values if isinstance(place, Message) else {}
