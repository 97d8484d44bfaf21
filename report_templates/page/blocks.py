"""What a page is made of: frozen records of finished strings, which the templates only print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from typing import ClassVar, Literal

from markupsafe import Markup

from report_templates.page.columns import PAGE, Widths, widths
from report_templates.page.numbers import UNKNOWN
from report_templates.page.pictures import Picture

# What is never split over pages: at most a sixth of a page, so that no more than that stays blank.
MOST_UNSPLIT = 6
# Rows of several lines, read one by one, and lines of code.
MOST_UNSPLIT_LONG, MOST_UNSPLIT_LINES = 3, 8
# The same page in em of the smaller type of the range tables.
SMALL_PAGE = 66.0

Align = Literal["text", "number", "centre"]


def splits_long(rows: int) -> str:
    """Return how a table with *rows* of several lines is split: not at all, or by two rows."""
    return "whole" if rows <= MOST_UNSPLIT_LONG else "by-two"


@dataclass(frozen=True, kw_only=True)
class Caption:
    """A table's or figure's label and sentence: ``Table 3``, ``Ranges of the weights``."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column's heading, with an optional *subscript*."""

    title: str
    align: Align = "text"
    subscript: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of cells, as many as there are columns; *style* is a CSS class."""

    cells: tuple[str, ...]
    style: str = ""


def filled(
    columns: Sequence[Column], rows: Sequence[Row]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Return *columns* and *rows* without the columns in which no row says anything."""
    said = [
        any(cell not in {"", UNKNOWN} for cell in cells)
        for cells in zip(*(row.cells for row in rows), strict=True)
    ]
    kept = tuple(replace(row, cells=tuple(compress(row.cells, said))) for row in rows)
    return tuple(compress(columns, said)), kept


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table, with a note under it."""

    kind: ClassVar[str] = "table"
    caption: Caption
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    style: str = ""

    @property
    def splits(self) -> str:
        """Return ``whole`` for a table that is never split over pages, else by how many rows."""
        if self.style == "evidence":
            return splits_long(len(self.rows))
        return "whole" if len(self.rows) <= MOST_UNSPLIT else "by-three"

    @cached_property
    def widths(self) -> Widths:
        """Return how wide the table and its columns are."""
        return widths(
            [column.title + column.subscript for column in self.columns],
            [row.cells for row in self.rows],
            [column.align == "number" for column in self.columns],
            SMALL_PAGE if self.style == "ranges" else PAGE,
        )

    @property
    def width(self) -> str:
        """Return the table's width as CSS."""
        return f"{self.widths.total:.1f}em" if self.widths.total else "100%"

    @property
    def least(self) -> str:
        """Return the width below which the table is scrolled on a small screen."""
        return f"{self.widths.least:.1f}em"

    @property
    def shares(self) -> tuple[str, ...]:
        """Return the columns' widths as a style sheet says them."""
        return tuple(f"{share:.1f}%" for share in self.widths.shares)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Words that lead to an anchor in the same document; *mark* is what both ends carry."""

    text: str
    anchor: str
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreLine:
    """One criterion: its points, outcome, reason, and a person's remark."""

    title: str
    points: str
    outcome: str
    outcome_label: str
    reason: str
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The criteria of one task, and the findings that are about it."""

    kind: ClassVar[str] = "scores"
    anchor: str
    caption: Caption
    headings: tuple[str, ...]
    lines: tuple[ScoreLine, ...]
    total_label: str
    total: str
    found_label: str = ""
    found: tuple[Reference, ...] = ()

    @property
    def splits(self) -> str:
        """Return how the table may be split over pages."""
        return splits_long(len(self.lines))


@dataclass(frozen=True, kw_only=True)
class OverviewLine:
    """One task: its question, its points, and what to look at."""

    number: str
    task: Reference
    outcome: str
    outcome_label: str
    notes: tuple[Reference, ...]
    points: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """
    The points of every task, on one page; *noted* where there is anything to look at.

    *sums* are the labelled lines between the tasks and the total: what the late rule takes off.
    """

    kind: ClassVar[str] = "overview"
    caption: Caption
    headings: tuple[str, ...]
    lines: tuple[OverviewLine, ...]
    total_label: str
    total: str
    sums: tuple[tuple[str, str], ...] = ()
    noted: bool = True


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart and its caption."""

    picture: Picture
    caption: Caption


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Figures side by side, *across* in a row."""

    kind: ClassVar[str] = "figures"
    figures: tuple[Figure, ...]
    across: Literal[1, 2, 3] = 2
    lead: str = ""

    @property
    def rows(self) -> tuple[tuple[Figure, ...], ...]:
        """Return the figures row by row."""
        starts = range(0, len(self.figures), self.across)
        return tuple(self.figures[start : start + self.across] for start in starts)


@dataclass(frozen=True, kw_only=True)
class Callout:
    """A finding: what was computed, what it should have been, and how to think about it."""

    id: str
    anchor: str
    mark: str
    title: str
    message: str
    hint: str
    where: str
    task: str
    cost: str
    style: str


@dataclass(frozen=True, kw_only=True)
class Callouts:
    """The findings of a submission."""

    kind: ClassVar[str] = "callouts"
    lead: str
    labels: tuple[tuple[str, str], ...]
    callouts: tuple[Callout, ...]

    def label(self, name: str) -> str:
        """Return the wording of *name* in the document's language."""
        return dict(self.labels)[name]


@dataclass(frozen=True, kw_only=True)
class Prose:
    """Paragraphs, made of measured facts."""

    kind: ClassVar[str] = "prose"
    paragraphs: tuple[str, ...]
    style: str = ""

    @property
    def whole(self) -> bool:
        """Return whether this is short enough never to be split over pages."""
        return len(self.paragraphs) <= MOST_UNSPLIT_LONG


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A label and its value, *mono* for what is compared letter by letter."""

    label: str
    value: str
    mono: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A list of labels and values."""

    kind: ClassVar[str] = "facts"
    facts: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Text as it was printed or handed in, in *pieces* short enough to be laid out quickly."""

    kind: ClassVar[str] = "listing"
    title: str
    pieces: tuple[str, ...]
    more: str = ""


@dataclass(frozen=True, kw_only=True)
class Equation:
    """A formula, its number, and the words before it."""

    picture: Picture
    number: str
    lead: str = ""
    tex: str = ""


@dataclass(frozen=True, kw_only=True)
class Equations:
    """Formulas that follow from one another."""

    kind: ClassVar[str] = "equations"
    equations: tuple[Equation, ...]


@dataclass(frozen=True, kw_only=True)
class CodePiece:
    """Lines of a student's code, numbered and highlighted, with the findings about the first."""

    code: Markup
    notes: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Code:
    """A student's function or cell, of *count* lines."""

    kind: ClassVar[str] = "code"
    title: str
    pieces: tuple[CodePiece, ...]
    count: int
    more: str = ""

    @property
    def whole(self) -> bool:
        """Return whether the code is short enough never to be split over pages."""
        return self.count <= MOST_UNSPLIT_LINES

    @property
    def noted(self) -> bool:
        """Return whether a margin is needed for notes."""
        return any(piece.notes for piece in self.pieces)


Block = Table | Scores | Overview | Figures | Callouts | Prose | Facts | Listing | Equations | Code


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, what stands under it, and its place in the outline."""

    anchor: str
    number: str
    title: str
    level: int
    blocks: tuple[Block, ...]
    front: bool = False  # on the first page, before the contents


@dataclass(frozen=True, kw_only=True)
class Cover:
    """The head of the first page."""

    kicker: str
    title: str
    student_label: str
    student: str
    score_label: str
    score: str
    maximum: str
    waiting: str  # the points that wait for staff, "" where none do
    facts: tuple[Fact, ...]
    contents_label: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole document: metadata, running header, cover and sections."""

    language: str
    title: str
    subject: str
    author: str  # the program: no document is the student's own writing
    created: str
    running_left: str
    running_right: str
    cover: Cover
    sections: tuple[Section, ...]

    @property
    def front(self) -> tuple[Section, ...]:
        """Return the sections that go before the contents."""
        return tuple(section for section in self.sections if section.front)

    @property
    def rest(self) -> tuple[Section, ...]:
        """Return the sections that the contents lead to."""
        return tuple(section for section in self.sections if not section.front)

    @property
    def contents(self) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
        """Return those sections in two columns, the first no shorter than the second."""
        half = (len(self.rest) + 1) // 2
        return self.rest[:half], self.rest[half:]
