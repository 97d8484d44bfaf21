"""Cells -> top-level statements; a syntax error costs the block it stands in, not the cell."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.intake.lexical.grammar import NewerSyntax, newer
from grader.intake.lexical.magics import neutralise, unprompted
from grader.intake.lexical.mistakes import once, problem_of
from grader.intake.model import Cell, Fragment, Place, Problem

# Each attempt parses the cell once more, so large cells get fewer.
_MOST_ATTEMPTS = 20
_MOST_PROBLEMS = 200
_MOST_READ_AGAIN = 10  # blocks that no Python can parse, after which none is tried
_CHARACTERS_PER_CELL = 1_000_000
# Null bytes and endless integers are ValueErrors to the parser.
_UNPARSABLE = (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError)
_CONTINUES_BLOCK = re.compile(r"[ \t\f\u00a0\u3000#)\]}]|(?:else|elif|except|finally)\b|$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """
    One top-level statement; ``alias`` is set where it imports one of several names.

    ``lines`` is the text that was parsed, with ``above`` lines of the cell left out in front.
    ``folded`` is the line on which all of it stands, where it is a text within a script's line.
    A block for a ``newer`` Python is one statement, whose node says nothing.
    """

    node: ast.stmt
    cell: Cell
    lines: Sequence[str]
    above: int = 0
    alias: ast.alias | None = None
    folded: int | None = None
    newer: NewerSyntax | None = None

    @property
    def place(self) -> Place:
        """Return where it begins, decorators included."""
        return self.cell.place(self.folded or self.above + self._first_line())

    def _first_line(self) -> int:
        if self.newer:
            return self.newer.line
        return self.alias.lineno if self.alias else _first_line(self.node)

    def place_of(self, node: ast.stmt) -> Place:
        """Return where a statement inside this one begins."""
        return self.cell.place(self.folded or self.above + _first_line(node))

    def source(self) -> str:
        """Return its text as written, or the import of its one name."""
        if self.newer:
            return self.newer.source
        if self.alias:
            return _import_of(self.node, self.alias)
        first = self._first_line()
        lines = list(self.lines[first - 1 : self.node.end_lineno])
        lines[-1] = lines[-1].encode()[: self.node.end_col_offset].decode()
        if first == self.node.lineno:
            lines[0] = lines[0].encode()[self.node.col_offset :].decode()
        return "\n".join(lines)

    def fragment(self, defines: Sequence[str], module: str = "") -> Fragment:
        """Return the statement as a fragment to run, in a module of the student's own."""
        place = self.place
        return Fragment(
            source=self.source(),
            file=place.file,
            cell=place.cell,
            line=place.line,
            defines=tuple(defines),
            module=module,
            folded=self.folded is not None,
            python=self.newer.python if self.newer else None,
            counter=place.counter,
        )


Parsed = tuple[tuple[Statement, ...], tuple[Problem, ...]]


def parse_cell(cell: Cell, folded: int | None = None) -> Parsed:
    """
    Return the cell's statements that parse, and a problem for each place that does not.

    All of them stand on the line *folded*, where the cell's text is a string in a script.
    """
    try:
        found: Parsed = tuple(_statements(cell, cell.source)), ()
    except _UNPARSABLE:
        found = _salvage(cell)
    if folded is None:
        return found
    statements, problems = found
    place = cell.place(folded)
    return (
        tuple(replace(statement, folded=folded) for statement in statements),
        tuple(replace(problem, place=place) for problem in problems),
    )


def _statements(cell: Cell, text: str, above: int = 0) -> Iterator[Statement]:
    """Yield the statements of *text*; each name of an import is a statement of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student's "\d" is no concern of ours
        tree = ast.parse(text)
    lines = text.split("\n")
    for node in tree.body:
        aliases: Sequence[ast.alias | None] = [None]
        if isinstance(node, ast.Import | ast.ImportFrom):
            aliases = node.names
        for alias in aliases:
            yield Statement(node=node, cell=cell, lines=lines, above=above, alias=alias)


def _first_line(node: ast.stmt) -> int:
    """Return the line on which a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _import_of(node: ast.stmt, alias: ast.alias) -> str:
    """Return the import of one of a statement's names."""
    if isinstance(node, ast.ImportFrom):
        return ast.unparse(ast.ImportFrom(module=node.module, names=[alias], level=node.level))
    return ast.unparse(ast.Import(names=[alias]))


def _salvage(cell: Cell) -> Parsed:
    """
    Return what parses once magics are neutralised and the blocks that hold errors are blanked.

    A block runs from one line without indentation to the next. One that only suffered from an
    error elsewhere (a string left open above it) is tried once more by itself.
    """
    blocks = _Blocks(cell.source if cell.number is None else unprompted(cell.source))
    errors: dict[int, Exception] = {}
    attempts = _CHARACTERS_PER_CELL // len(cell.source)
    for _ in range(max(2, min(_MOST_ATTEMPTS, attempts))):
        try:
            statements = list(_statements(cell, neutralise(blocks.without(errors))))
        except _UNPARSABLE as error:
            block = blocks.at(getattr(error, "lineno", None), errors)
            if block is None:
                break
            errors[block] = error
        else:
            salvaged, problems = _one_by_one(cell, blocks, errors)
            together = sorted([*statements, *salvaged], key=lambda statement: statement.place.line)
            return tuple(together), problems
    return _one_by_one(cell, blocks, dict.fromkeys(range(len(blocks.starts))))


def _one_by_one(cell: Cell, blocks: _Blocks, errors: Mapping[int, Exception | None]) -> Parsed:
    """Return the statements of those blocks in *errors* that parse by themselves."""
    statements: list[Statement] = []
    problems: list[Problem] = []
    left = _MOST_READ_AGAIN
    for block in sorted(errors):
        above, text = blocks.text(block)
        try:
            statements.extend(_statements(cell, neutralise(text), above))
        except _UNPARSABLE as error:
            if left > 0 and (for_newer := newer(neutralise(text))) is not None:
                nothing = ast.Pass(lineno=1, end_lineno=1)
                lines = text.split("\n")
                statements.append(
                    Statement(node=nothing, cell=cell, lines=lines, above=above, newer=for_newer)
                )
                continue
            left -= 1
            known = errors[block]
            line = getattr(known, "lineno", None) or above + (getattr(error, "lineno", None) or 1)
            if len(problems) < _MOST_PROBLEMS:
                problems.append(problem_of(known or error, cell, max(1, line), text))
    return tuple(statements), once(problems)[:_MOST_ATTEMPTS]


class _Blocks:
    """A cell's text in blocks: each from one line without indentation to the next."""

    def __init__(self, source: str) -> None:
        self.lines = source.split("\n")
        self.starts: list[int] = []
        decorated = False
        for i, line in enumerate(self.lines):
            if _CONTINUES_BLOCK.match(line) and self.starts:
                continue
            if not decorated:
                self.starts.append(i)
            decorated = line.startswith("@")

    def text(self, block: int) -> tuple[int, str]:
        """Return how many lines stand above a block, and its text."""
        first, end = self._extent(block)
        return first, "\n".join(self.lines[first:end])

    def without(self, blanked: Container[int]) -> str:
        """Return the whole text with some blocks blank."""
        kept: list[str] = []
        for block in range(len(self.starts)):
            first, end = self._extent(block)
            kept.extend([""] * (end - first) if block in blanked else self.lines[first:end])
        return "\n".join(kept)

    def at(self, line: int | None, blanked: Container[int]) -> int | None:
        """Return the block of a 1-based line, or the last one above it that is not blank."""
        if line is None:
            return None
        block = bisect_right(self.starts, line - 1) - 1
        while block in blanked:
            block -= 1
        return block if block >= 0 else None

    def _extent(self, block: int) -> tuple[int, int]:
        ends = self.starts[block + 1 : block + 2]
        return self.starts[block], ends[0] if ends else len(self.lines)
