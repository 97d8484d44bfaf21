"""
The student's own code, highlighted, with findings in the margin of their lines.

A listing is laid out here, in columns, and is one run of text on the page: a box for each line
would cost more time than everything else in the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from unicodedata import category, east_asian_width

from markupsafe import Markup, escape
from pygments.token import Token

from grader.results.file.schema import Excerpt, Finding
from report_templates import wording
from report_templates.page.blocks import Block, Code, CodePiece, Listing, Prose, Reference
from report_templates.page.listing import Run, by_line, first_line, highlighted, rows_of
from report_templates.page.numbers import integer
from report_templates.page.text import code_point, line
from report_templates.parts.grading.score import MOST_FINDINGS, ordered_findings
from report_templates.source import Source

MOST_LINES = 150
MOST_APPENDIX_LINES = 1_200
LONGEST_LINE = 160
LONGEST_TEXT = 2_000  # a paragraph of a text cell is one line
# What fits a line of the page in the size that the style sheet gives code, without and with notes.
COLUMNS, NOTED_COLUMNS = 96, 70
GUTTER = 5
# A line that goes on below is indented past its own start, up to here.
HANGING, MOST_HANGING = 4, 24

# The few kinds of tokens that are coloured; fewer elements are laid out faster.
_STYLES = (
    (Token.Comment, "comment"),
    (Token.Literal.String, "string"),
    (Token.Keyword, "keyword"),
    (Token.Name.Function, "defined"),
    (Token.Name.Class, "defined"),
)


def code_of(source: Source, task: str) -> tuple[Block, ...]:
    """Return the code that a task was answered with, or that none was found where it is due."""
    t = source.t
    given = source.extra.code.get(task)
    if given is None and task in source.titles.file_tasks:
        return ()
    if given is None or not given.source.strip():
        missing = t("code.missing", task=source.task_title(task))
        return (Prose(paragraphs=(missing,), style="note"),)
    marked = (
        enumerate(ordered_findings(source)[:MOST_FINDINGS], 1) if source.kind == "feedback" else ()
    )
    found = [(str(mark), f) for mark, f in marked if f.task == task]
    return (_listing(source, given, MOST_LINES, found),)


def submitted_code(source: Source) -> tuple[Block, ...]:
    """Return the code of every task that has any."""
    return tuple(block for task in source.extra.code for block in code_of(source, task))


def appendix(source: Source) -> tuple[Block, ...]:
    """Return all cells that were handed in, code highlighted and numbered, up to a bound."""
    t = source.t
    left = MOST_APPENDIX_LINES
    blocks: list[Block] = []
    cells = source.extra.appendix
    for cell in cells:
        if left <= 0:
            break
        blocks.append(_text(source, cell, left) if cell.is_text else _listing(source, cell, left))
        left -= len(cell.source.rstrip("\n").split("\n"))
    left_out = len(cells) - len(blocks) + (source.extra.appendix_left_out or 0)
    if left_out:
        words = t("code.cells_left_out", count=integer(left_out))
        blocks.append(Prose(paragraphs=(words,), style="note"))
    return tuple(blocks)


def _text(source: Source, cell: Excerpt, limit: int) -> Listing:
    """Return a text cell as it stands, without numbers."""
    rows = rows_of(cell, LONGEST_TEXT)
    hidden = len(rows) - limit
    more = source.t("code.lines_left_out", count=integer(hidden)) if hidden > 0 else ""
    title = wording.told(source, cell.title, cell.title_message, 160)
    return Listing(title=title, pieces=("\n".join(rows[:limit]),), more=more)


def _listing(
    source: Source, given: Excerpt, limit: int, found: Sequence[tuple[str, Finding]] = ()
) -> Code:
    t = source.t
    rows = rows_of(given, LONGEST_LINE)
    first, shown = first_line(given), rows[:limit]
    hidden = len(rows) - limit
    notes = _notes(by_line(found, given, len(shown)))
    columns = NOTED_COLUMNS if notes else COLUMNS
    lines = [
        numbered(first + place, runs, columns)
        for place, runs in enumerate(highlighted(shown, _STYLES))
    ]
    starts = sorted({0, *notes})
    pieces = tuple(
        CodePiece(notes=notes.get(start, ()), code=Markup("\n").join(lines[start:end]))
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    )
    return Code(
        title=wording.told(source, given.title, given.title_message, 160),
        pieces=pieces,
        count=len(lines),
        more=t("code.lines_left_out", count=integer(hidden)) if hidden > 0 else "",
    )


def _notes(
    beside: Mapping[int, Sequence[tuple[str, Finding]]],
) -> dict[int, tuple[Reference, ...]]:
    """Return the notes in the margin of each line; what is titled alike is noted once."""
    notes: dict[int, tuple[Reference, ...]] = {}
    for place, found in beside.items():
        marks: dict[str, str] = {}
        for mark, finding in found:
            marks.setdefault(line(finding.title, 90), mark)
        notes[place] = tuple(
            Reference(text=title, anchor=f"finding-{mark}", mark=mark)
            for title, mark in marks.items()
        )
    return notes


def numbered(number: int, runs: Sequence[Run], columns: int) -> Markup:
    """Return a line with its number before it, cut into lines of at most *columns* columns."""
    made = [Markup('<span class="n">{:>4}</span> ').format(number)]
    whole = "".join(words for _, words in runs)
    hanging = min(len(whole) - len(whole.lstrip()), MOST_HANGING) + HANGING
    cuts = _cuts(whole, columns, hanging)
    at = 0
    for style, words in runs:
        end = at + len(words)
        for start, stop in pairwise(sorted({at, end, *(cut for cut in cuts if at < cut < end)})):
            if start in cuts:
                made.append(Markup("\n" + " " * (GUTTER + hanging)))
            made.append(_styled(style, words[start - at : stop - at]))
        at = end
    return Markup("").join(made)


def _cuts(words: str, columns: int, hanging: int) -> list[int]:
    """Return where to cut *words*: after a gap in the last third of a line, else at its end."""
    cuts: list[int] = []
    used = gap = 0
    for place, char in enumerate(words):
        wide = _columns(char)
        if used + wide > columns:
            cut = gap if gap > place - columns // 3 else place
            cuts.append(cut)
            used = hanging + sum(map(_columns, words[cut:place]))
        used += wide
        gap = place + 1 if char in " ,(" else gap
    return cuts


def _columns(char: str) -> int:
    """Return how many columns *char* takes; what no typeface may have stands as its number."""
    if char.isascii():
        return 1
    if ord(char) > 0xFFFF or category(char) == "So":
        return len(code_point(char))
    return 2 if east_asian_width(char) in "WF" else 1


def _styled(style: str, words: str) -> Markup:
    return Markup('<span class="{}">{}</span>').format(style, words) if style else escape(words)
