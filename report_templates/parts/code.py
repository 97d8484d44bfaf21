"""The student's own code, highlighted, with findings in the margin of their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape
from pygments.lexers import PythonLexer
from pygments.token import Token

from report_templates.blocks import Block, Code, CodeLine, Listing, Prose
from report_templates.numbers import integer
from report_templates.reading import Json, mapping, mappings, number, text
from report_templates.source import Source
from report_templates.text import line, reveal, shorten

MOST_LINES = 150
MOST_APPENDIX_LINES = 1_200
LONGEST_LINE = 160
PIECE = 50

# The few kinds of tokens that are coloured; fewer elements are laid out faster.
_STYLES = (
    (Token.Comment, "comment"),
    (Token.Literal.String, "string"),
    (Token.Literal.Number, "literal"),
    (Token.Keyword, "keyword"),
    (Token.Name.Function, "defined"),
    (Token.Name.Class, "defined"),
)


def code_of(source: Source, task: str) -> tuple[Block, ...]:
    """Return the code that a task was answered with, or that none was found."""
    t = source.t
    given = mapping(mapping(source.extra, "code"), task)
    if not text(given, "source").strip():
        return (Prose(paragraphs=(t("code.missing", task=t.name("tasks", task)),), style="note"),)
    found = [f for f in mappings(source.extra, "findings") if text(f, "task") == task]
    found = found if source.kind == "feedback" else []
    return (_listing(source, given, MOST_LINES, found),)


def submitted_code(source: Source) -> tuple[Block, ...]:
    """Return the code of every task that has any."""
    tasks = mapping(source.extra, "code")
    return tuple(block for task in tasks for block in code_of(source, task))


def appendix(source: Source) -> tuple[Block, ...]:
    """Return all code that was handed in, cell by cell, not highlighted, up to a bound."""
    t = source.t
    left = MOST_APPENDIX_LINES
    blocks: list[Block] = []
    cells = mappings(source.extra, "appendix")
    for index, cell in enumerate(cells):
        if left <= 0:
            words = t("code.cells_left_out", count=integer(len(cells) - index))
            blocks.append(Prose(paragraphs=(words,), style="note"))
            break
        rows = _rows(cell)
        hidden = len(rows) - left
        shown = rows[:left]
        pieces = tuple("\n".join(shown[at : at + PIECE]) for at in range(0, len(shown), PIECE))
        more = t("code.lines_left_out", count=integer(hidden)) if hidden > 0 else ""
        blocks.append(Listing(title=line(cell.get("title"), 160), pieces=pieces, more=more))
        left -= len(rows)
    return tuple(blocks)


def _listing(source: Source, given: Json, limit: int, found: Sequence[Json]) -> Code:
    t = source.t
    rows = _rows(given)
    first = int(number(given, "first_line") or 1)
    hidden = len(rows) - limit
    return Code(
        title=line(given.get("title") or given.get("where"), 160),
        lines=tuple(_lines(source, rows[:limit], first, found)),
        more=t("code.lines_left_out", count=integer(hidden)) if hidden > 0 else "",
    )


def _lines(
    source: Source, rows: list[str], first: int, found: Sequence[Json]
) -> Iterator[CodeLine]:
    notes: dict[int, list[str]] = {}
    for finding in found:
        index = _about(finding) - first
        # A finding that names no line of these stands beside the first one.
        place = index if 0 <= index < len(rows) else 0
        notes.setdefault(place, []).append(line(finding.get("title"), 90))
    for index, code in enumerate(_highlight("\n".join(rows), len(rows))):
        yield CodeLine(
            number=str(first + index), code=code, notes=tuple(dict.fromkeys(notes.get(index, ())))
        )


def _rows(given: Json) -> list[str]:
    """Return the lines of some code, each safe to look at."""
    lines = text(given, "source").rstrip("\n").split("\n")
    return [shorten(reveal(row.expandtabs(4)), LONGEST_LINE) for row in lines]


def _about(finding: Json) -> int:
    """Return the line that a finding is about, 0 where it names none."""
    match = re.search(r"line (\d+)", text(finding, "where"))
    return int(match.group(1)) if match else 0


def _highlight(code: str, rows: int) -> list[Markup]:
    """Return *code* as *rows* lines of HTML, with a class on the tokens that are coloured."""
    lines = [Markup("")]
    for kind, words in PythonLexer(stripnl=False, ensurenl=True).get_tokens(code):
        style = next((css for token, css in _STYLES if kind in token), "")
        for place, piece in enumerate(words.split("\n")):
            if place:
                lines.append(Markup(""))
            if piece:
                shown = Markup('<span class="{}">{}</span>').format(style, piece)
                lines[-1] += shown if style else escape(piece)
    return (lines + [Markup("")] * rows)[:rows]
