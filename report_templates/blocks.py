"""What a page is made of: frozen records of finished strings, which the templates only print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from markupsafe import Markup

from report_templates.drawing import Picture

MOST_UNSPLIT = 14

Align = Literal["text", "number", "centre"]


@dataclass(frozen=True, kw_only=True)
class Caption:
    """A table's or figure's label and sentence: ``Table 3``, ``Ranges of the weights``."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column's heading, of which *subscript* is set lower."""

    title: str
    align: Align = "text"
    subscript: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of cells, as many as there are columns; *style* is a CSS class."""

    cells: tuple[str, ...]
    style: str = ""


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
    def whole(self) -> str:
        """Return ``whole`` for a table that is short enough never to be split over pages."""
        return "whole" if len(self.rows) <= MOST_UNSPLIT else ""


@dataclass(frozen=True, kw_only=True)
class ScoreLine:
    """One criterion: its points, what became of it, and the reason in one line."""

    number: str
    title: str
    points: str
    outcome: str
    outcome_label: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ScoreGroup:
    """A task and its criteria."""

    title: str
    points: str
    lines: tuple[ScoreLine, ...]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The score table."""

    kind: ClassVar[str] = "scores"
    caption: Caption
    headings: tuple[str, ...]
    groups: tuple[ScoreGroup, ...]
    total_label: str
    total: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart and its caption."""

    picture: Picture
    caption: Caption


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Figures side by side, two in a row unless *wide*."""

    kind: ClassVar[str] = "figures"
    figures: tuple[Figure, ...]
    wide: bool = False
    lead: str = ""

    @property
    def rows(self) -> tuple[tuple[Figure, ...], ...]:
        """Return the figures row by row."""
        across = 1 if self.wide else 2
        starts = range(0, len(self.figures), across)
        return tuple(self.figures[start : start + across] for start in starts)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One line of evidence in a callout."""

    label: str
    expected: str
    actual: str
    tolerance: str = ""


@dataclass(frozen=True, kw_only=True)
class Callout:
    """A finding: what was computed, what it should have been, and how to think about it."""

    id: str
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


@dataclass(frozen=True, kw_only=True)
class Equations:
    """Formulas that follow from one another."""

    kind: ClassVar[str] = "equations"
    equations: tuple[Equation, ...]


@dataclass(frozen=True, kw_only=True)
class CodeLine:
    """A line of a student's code, highlighted, with the findings that are about it."""

    number: str
    code: Markup
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Code:
    """A student's function or cell."""

    kind: ClassVar[str] = "code"
    title: str
    lines: tuple[CodeLine, ...]
    more: str = ""

    @property
    def whole(self) -> bool:
        """Return whether the code is short enough never to be split over pages."""
        return len(self.lines) <= MOST_UNSPLIT

    @property
    def noted(self) -> bool:
        """Return whether a margin is needed for notes."""
        return any(line.notes for line in self.lines)


Block = Table | Scores | Figures | Callouts | Prose | Facts | Listing | Equations | Code


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, what stands under it, and its place in the outline."""

    anchor: str
    number: str
    title: str
    level: int
    blocks: tuple[Block, ...]


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
    facts: tuple[Fact, ...]
    contents_label: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole document: metadata, running header, cover and sections."""

    language: str
    title: str
    subject: str
    created: str
    running_left: str
    running_right: str
    cover: Cover
    sections: tuple[Section, ...]

    @property
    def contents(self) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
        """Return the sections in two columns, the first no shorter than the second."""
        half = (len(self.sections) + 1) // 2
        return self.sections[:half], self.sections[half:]
