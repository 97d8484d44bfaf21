"""A student's own code, line by line, with the findings that are about each line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from pygments.lexers import PythonLexer
from pygments.token import Token

from api.pages.messages import Words
from report_templates.reading import Json, number, text
from report_templates.text import line, reveal, shorten

MOST_LINES = 200
LONGEST_LINE = 240
_STYLES = (
    (Token.Comment, "comment"),
    (Token.Literal.String, "string"),
    (Token.Literal.Number, "digits"),
    (Token.Keyword, "keyword"),
    (Token.Name.Function, "defined"),
    (Token.Name.Class, "defined"),
    (Token.Name.Decorator, "defined"),
)


@dataclass(frozen=True, kw_only=True)
class CodeLine:
    """A line: its number, its highlighted text, and the marks of the findings about it."""

    number: str
    code: Markup
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CodeBlock:
    """The code of one task; *label* says it to those who do not see it."""

    title: str
    label: str
    lines: tuple[CodeLine, ...]
    more: str = ""


def build_code(given: Json, found: Sequence[tuple[str, Json]], t: Words) -> CodeBlock | None:
    """Return the code of a task with the marks of *found* beside their lines; None for none."""
    if not text(given, "source").strip():
        return None
    rows = [
        shorten(reveal(row.expandtabs(4)), LONGEST_LINE)
        for row in text(given, "source").rstrip("\n").split("\n")
    ]
    shown = rows[:MOST_LINES]
    first = int(number(given, "first_line") or 1)
    marks = _marks(found, first, len(shown))
    title = t.report.reword("title", line(given.get("title"), 160))
    return CodeBlock(
        title=title,
        label=t("result.code_label", title=title),
        lines=tuple(
            CodeLine(number=str(first + at), code=code, marks=tuple(marks.get(at, ())))
            for at, code in enumerate(_highlight("\n".join(shown), len(shown)))
        ),
        more=t.count("result.lines_left_out", len(rows) - len(shown)) if rows[MOST_LINES:] else "",
    )


def _marks(found: Sequence[tuple[str, Json]], first: int, count: int) -> dict[int, list[str]]:
    """Return the findings' marks by the place of their line; one without a line has none."""
    marks: dict[int, list[str]] = {}
    for mark, finding in found:
        place = _line_of(finding) - first
        if 0 <= place < count:
            marks.setdefault(place, []).append(mark)
    return marks


def _line_of(finding: Json) -> int:
    match = re.search(r"line (\d+)", text(finding, "where"))
    return int(match.group(1)) if match else 0


def _highlight(code: str, rows: int) -> list[Markup]:
    """Return *code* as *rows* lines of markup with the classes of their tokens."""
    lines = [Markup()]
    for kind, words in PythonLexer(stripnl=False, ensurenl=True).get_tokens(code):
        style = next((css for token, css in _STYLES if kind in token), "")
        for place, piece in enumerate(words.split("\n")):
            if place:
                lines.append(Markup())
            if piece:
                lines[-1] += _styled(style, piece)
    return (lines + [Markup()] * rows)[:rows]


def _styled(style: str, words: str) -> Markup:
    if not style or not words.strip():
        return escape(words)
    return Markup('<span class="{}">{}</span>').format(style, words)
