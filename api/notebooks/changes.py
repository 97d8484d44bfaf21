"""What a student changed between two attempts, line by line; markdown and outputs left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from api.notebooks.cells import Kind, ReadFile
from report_templates.page.text import reveal, shorten

MOST_LINES = 3000  # of each file: comparing takes long where there are many
LONGEST_LINE = 500
AROUND = 3  # lines that did not change, before and after those that did


class Place(NamedTuple):
    """A line of code: its text, its cell and its number there; *line* 0 begins a cell."""

    text: str
    cell: int
    line: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the comparison: *kind* is "same", "gone", "new", or "skip" for what is between."""

    kind: str
    text: str = ""
    cell: int = 0  # on the newer side, on the older one for what is gone
    line: int = 0


def compare(before: ReadFile | None, after: ReadFile | None) -> tuple[Row, ...]:
    """Return what changed with some lines around it; nothing where nothing did."""
    old, new = _places(before), _places(after)
    matcher = SequenceMatcher(None, [one.text for one in old], [one.text for one in new])
    groups = [*matcher.get_grouped_opcodes(AROUND)]
    return tuple(_rows(groups, old, new))


def is_cut(*files: ReadFile | None) -> bool:
    """Return whether a file has more lines than are compared."""
    return any(len(_every(file)) > MOST_LINES for file in files)


def _rows(
    groups: Sequence[Sequence[tuple[str, int, int, int, int]]],
    old: Sequence[Place],
    new: Sequence[Place],
) -> Iterator[Row]:
    for number, group in enumerate(groups):
        if number:
            yield Row(kind="skip")
        for tag, a, b, c, d in group:
            if tag == "equal":
                yield from (_row("same", one) for one in new[c:d])
            else:
                yield from (_row("gone", one) for one in old[a:b])
                yield from (_row("new", one) for one in new[c:d])


def _row(kind: str, place: Place) -> Row:
    text = shorten(reveal(place.text.expandtabs(4)), LONGEST_LINE)
    return Row(kind=kind, text=text, cell=place.cell, line=place.line)


def _places(file: ReadFile | None) -> list[Place]:
    return _every(file)[:MOST_LINES]


def _every(file: ReadFile | None) -> list[Place]:
    """Return the lines of all code cells, each cell begun by a line without text."""
    return [
        Place(text, cell.number, line)
        for cell in (file.cells if file else ())
        if cell.kind is Kind.CODE and cell.source.strip()
        for line, text in enumerate(["", *cell.source.rstrip("\n").split("\n")])
    ]
