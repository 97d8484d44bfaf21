"""Where a notebook says that an extra challenge begins: headings, and comments above code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.intake.lexical.parsing import Statement
from grader.intake.model import Cell

_HEADING = re.compile(r"(#{1,6})\s*(\S.*)")
_LONGEST_TITLE = 100
_LATIN = re.compile(r"[a-z0-9]")
_PLAIN_TITLE = (
    6  # the level of a cell's first line that names the challenge without being a heading
)


@dataclass(eq=False, kw_only=True)
class Section:
    """A part of a notebook that answers the challenge, and what the student calls it."""

    title: str = ""
    level: int = _PLAIN_TITLE
    statements: list[Statement] = field(default_factory=list)


@dataclass(frozen=True)
class Vocabulary:
    """The words that name the challenge."""

    words: Sequence[str]

    def names(self, text: str) -> bool:
        """Return whether *text* has one of the words in it, however it is spelled."""
        spelled = f" {_spelled(text)} "
        return any(
            f" {word} " in spelled if _LATIN.search(word) else word in spelled
            for word in map(_spelled, self.words)
        )


def _spelled(text: str) -> str:
    """Return text in small letters, words apart by one space: ``Power-of-2 (4bit)``."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"(?<=[0-9])(?=bits?\b)", " ", text)
    return " ".join(re.sub(r"[^\w']|_", " ", text).split())


@dataclass
class Headings:
    """The sections that the headings open, one inside another, as a notebook is read."""

    vocabulary: Vocabulary
    open: list[Section] = field(default_factory=list)

    @property
    def section(self) -> Section | None:
        """Return the section that code stands in now."""
        return self.open[-1] if self.open else None

    def read(self, text: str) -> None:
        """Read a cell of text: each heading ends what is not above it, and may open a section."""
        found = list(_headings(text))
        first = text.strip().partition("\n")[0].strip("*_ ")
        if not found and first and len(first) <= _LONGEST_TITLE and self.vocabulary.names(first):
            found = [(_PLAIN_TITLE, first)]
        for level, title in found:
            while self.open and self.open[-1].level >= level:
                self.open.pop()
            if self.vocabulary.names(title):
                self.open.append(Section(title=title[:_LONGEST_TITLE], level=level))


def _headings(text: str) -> Iterator[tuple[int, str]]:
    for line in text.split("\n"):
        if (match := _HEADING.fullmatch(line.strip())) is not None:
            yield len(match[1]), match[2].strip("#*_ ")


def sections_by_comments(
    cell: Cell, statements: Sequence[Statement], vocabulary: Vocabulary
) -> Iterator[tuple[Statement, Section | None]]:
    """
    Yield a cell's statements with the sections that comments right above them open.

    Such a section goes on to the cell's end; in a script that was a notebook, to a comment that
    was a heading.
    """
    lines = cell.source.split("\n")
    section: Section | None = None
    last = 0
    for statement in statements:
        first = statement.place.line
        for comment in _comments(lines[last : first - 1]):
            if vocabulary.names(comment):
                section = Section(title=comment.strip("#=-* ")[:_LONGEST_TITLE])
            elif comment.startswith("#") and cell.number is None:
                section = None
        last = max(last, end_of(statement))
        yield statement, section


def end_of(statement: Statement) -> int:
    """Return the last line of a statement within its cell."""
    if statement.folded is not None:
        return statement.folded
    if statement.newer is not None:
        return statement.place.line + statement.newer.source.count("\n")
    return statement.above + (statement.node.end_lineno or statement.node.lineno)


def _comments(lines: Sequence[str]) -> Iterator[str]:
    """Yield the comments that stand on lines of their own, without the first sign."""
    for line in lines:
        if line.startswith("#"):
            yield line[1:].strip()
