"""A student's code line by line: safe to look at, highlighted, each line with its findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pygments.lexers import PythonLexer

from report_templates.reading import Json, mapping, number, text
from report_templates.text import reveal, shorten

Run = tuple[str, str]  # the class of some characters in a line, and the characters


def rows_of(excerpt: Json, longest: int) -> list[str]:
    """Return the lines of an excerpt, each safe to look at and of at most *longest* characters."""
    rows = text(excerpt, "source").rstrip("\n").split("\n")
    return [shorten(reveal(row.expandtabs(4)), longest) for row in rows]


def first_line(excerpt: Json) -> int:
    """Return the number of an excerpt's first line within its cell or file."""
    return int(number(excerpt, "first_line") or 1)


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
    found: Sequence[tuple[str, Json]], excerpt: Json, count: int
) -> dict[int, list[tuple[str, Json]]]:
    """
    Return findings, each with its mark, by the line of the excerpt that they stand beside.

    Lines are counted from 0 to *count*. A finding about another cell or file, as an error in a
    function that this one calls, or about no line of these, stands at the first.
    """
    beside: dict[int, list[tuple[str, Json]]] = {}
    for mark, finding in found:
        place = _line_within(excerpt, finding)
        beside.setdefault(place if 0 <= place < count else 0, []).append((mark, finding))
    return beside


def _line_within(excerpt: Json, finding: Json) -> int:
    """Return which line of an excerpt a finding is about, from 0; -1 for a place elsewhere."""
    where = mapping(mapping(finding, "where_message"), "values")
    cell = mapping(mapping(excerpt, "place_message"), "values").get("cell")
    same = where.get("cell") == cell if cell else where.get("file") == text(excerpt, "place")
    at = number(where, "line")
    return int(at) - first_line(excerpt) if same and at is not None else -1
