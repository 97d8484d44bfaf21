"""Where a function stands that is not defined: in a text cell, a comment, another function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.intake.lexical.definitions import Definition
from grader.intake.lexical.parsing import parse_cell
from grader.intake.model import Cell, Place


class UndefinedReason(StrEnum):
    """Why a function that stands in the submission is not defined."""

    NESTED = "nested"
    COMMENT = "comment"
    TEXT_CELL = "text-cell"


@dataclass(frozen=True, kw_only=True)
class UndefinedFunction:
    """
    A function that stands where nothing calls it.

    ``owner`` is the class or function around it. For a text cell ``index`` counts all cells.
    """

    why: UndefinedReason
    place: Place | None = None
    owner: str = ""
    index: int = 0


def find_undefined(
    path: str, cells: Sequence[Cell], text_cells: Sequence[Cell]
) -> UndefinedFunction | None:
    """Return where the function of a dotted *path* stands instead, None where it does not."""
    *_, name = path.split(".")
    for cell in reversed(cells):
        for owner, place in _nested(cell, name):
            if owner != path.rpartition(".")[0]:
                return UndefinedFunction(why=UndefinedReason.NESTED, place=place, owner=owner)
    for cell in reversed(cells):
        if (line := _line_of(cell.source, rf"^[ \t]*#[# \t]*(?:def|class)[ \t]+{name}\b")) or (
            line := _quoted(cell, name)
        ):
            return UndefinedFunction(why=UndefinedReason.COMMENT, place=cell.place(line))
    for cell in reversed(text_cells):
        if _line_of(cell.source, rf"^[> \t]*(?:def|class)[ \t]+{name}\b"):
            return UndefinedFunction(why=UndefinedReason.TEXT_CELL, index=cell.index)
    return None


def _line_of(text: str, pattern: str) -> int:
    """Return the 1-based line on which *pattern* is found, 0 where it is not."""
    match = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 0


def _nested(cell: Cell, name: str) -> Iterator[tuple[str, Place]]:
    """Yield the functions of a name that stand within others, with what is around them."""
    if name not in cell.source:
        return
    for statement in parse_cell(cell)[0]:
        waiting: list[tuple[ast.AST, tuple[str, ...]]] = [(statement.node, ())]
        while waiting:
            node, around = waiting.pop()
            if isinstance(node, Definition):
                if node.name == name:
                    yield ".".join(around), statement.place_of(node)
                around = (*around, node.name)
            waiting += [(c, around) for c in ast.iter_child_nodes(node) if isinstance(c, ast.stmt)]


def _quoted(cell: Cell, name: str) -> int:
    """Return the line of a definition within a text in quotes that nothing uses, 0 for none."""
    if name not in cell.source:
        return 0
    for statement in parse_cell(cell)[0]:
        match statement.node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                if line := _line_of(text, rf"^[ \t]*(?:def|class)[ \t]+{name}\b"):
                    return statement.place.line + line - 1
    return 0
