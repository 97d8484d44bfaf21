"""A student's own code, line by line, with the findings that are about each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from pygments.token import Token

from api.pages.messages import Words
from grader.results.file.schema import Excerpt, Finding
from report_templates.page.listing import by_line, first_line, highlighted, rows_of
from report_templates.page.text import line

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


def build_code(
    given: Excerpt | None, found: Sequence[tuple[str, Finding]], t: Words
) -> CodeBlock | None:
    """Return the code of a task with the marks of *found* beside their lines; None for none."""
    if given is None or not given.source.strip():
        return None
    rows = rows_of(given, LONGEST_LINE)
    shown = rows[:MOST_LINES]
    first, beside = first_line(given), by_line(found, given, len(shown))
    title = line(t.report.told(given.title, given.title_message), 160)
    return CodeBlock(
        title=title,
        label=t("result.code_label", title=title),
        lines=tuple(
            CodeLine(
                number=str(first + at),
                code=Markup("").join(_styled(style, words) for style, words in runs),
                marks=tuple(mark for mark, _ in beside.get(at, ())),
            )
            for at, runs in enumerate(highlighted(shown, _STYLES))
        ),
        more=t.count("result.lines_left_out", len(rows) - len(shown)) if rows[MOST_LINES:] else "",
    )


def _styled(style: str, words: str) -> Markup:
    if not style or not words.strip():
        return escape(words)
    return Markup('<span class="{}">{}</span>').format(style, words)
