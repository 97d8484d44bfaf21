"""
Which of several definitions belongs to the challenge, and which is judged for the tasks.

The last definition counts, as everywhere, but not one that is recognisably the challenge's: it
stands under a heading or a comment that names the challenge, or its code rounds scales to powers
of two or makes integers of fewer than 8 bits, where the definition before it does not. Nobody
chooses the better one: what the later definition belongs to does not depend on what it is worth.

A section that alone defines what a task asks for is no challenge, whatever its heading says.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.intake.challenge.headings import (
    Headings,
    Section,
    Vocabulary,
    end_of,
    sections_by_comments,
)
from grader.intake.challenge.own_modules import OwnModules, own_modules
from grader.intake.challenge.traits import Traits, traits_of
from grader.intake.lexical.definitions import Definition
from grader.intake.lexical.magics import written_file
from grader.intake.lexical.parsing import Statement, parse_cell
from grader.intake.lexical.usage import usage_of
from grader.intake.model import Cell, Place, Submission
from grader.intake.program.steps import DEFINITIONS

_FEW_BITS = range(2, 8)


@dataclass(frozen=True, kw_only=True)
class Written:
    """
    One top-level statement, the names that it binds or changes, and where it belongs.

    ``taken`` are the definitions of own modules that it imports or runs: their file, and each.
    """

    statement: Statement
    names: frozenset[str]
    section: Section | None = None
    taken: Mapping[str, tuple[str, Definition]] = field(default_factory=dict)

    @property
    def node(self) -> ast.stmt:
        """Return the statement itself."""
        return self.statement.node

    @property
    def defines(self) -> bool:
        """Return whether it is a definition, or takes one from an own module."""
        return isinstance(self.node, DEFINITIONS) or bool(self.taken)


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A definition that is not judged for the tasks, and the one that is."""

    name: str
    later: Place
    judged: Place
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Division:
    """A notebook's statements in order, and those that the challenge writes anew."""

    cells: tuple[Cell, ...]
    written: tuple[Written, ...] = ()
    anew: frozenset[int] = frozenset()  # by their place in *written*
    set_aside: tuple[SetAside, ...] = ()
    modules: Mapping[str, Mapping[str, Definition]] = field(default_factory=dict)  # by their files
    headed: frozenset[str] = frozenset()  # files that stand under a heading of the challenge

    @property
    def main(self) -> tuple[Cell, ...]:
        """Return the notebook without what the challenge writes anew."""
        return self.without(self.anew)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections that write something anew, in order."""
        found = (self.written[i].section for i in sorted(self.anew))
        return tuple(dict.fromkeys(section for section in found if section is not None))

    def until(self, last: Section) -> tuple[Cell, ...]:
        """Return the notebook as it stood at the end of a section."""
        later = self.sections[self.sections.index(last) + 1 :]
        return self.without(i for i in self.anew if self.written[i].section in later)

    def without(self, left_out: Iterable[int]) -> tuple[Cell, ...]:
        """Return the cells with some statements blank; every other line stays where it is."""
        blank: dict[int, set[int]] = {}
        for i in left_out:
            statement = self.written[i].statement
            lines = range(statement.place.line, end_of(statement) + 1)
            blank.setdefault(statement.cell.index, set()).update(lines)
        return tuple(_blanked(cell, blank.get(cell.index, ())) for cell in self.cells)


def _blanked(cell: Cell, lines: Collection[int]) -> Cell:
    if not lines:
        return cell
    kept = ("" if i in lines else line for i, line in enumerate(cell.source.split("\n"), 1))
    return replace(cell, source="\n".join(kept))


def divide(
    submission: Submission,
    asked: Collection[str],
    words: Sequence[str],
    *,
    unanswered: Collection[str] = (),
) -> Division:
    """
    Return which statements of a notebook answer the challenge anew.

    *asked* are the names that the tasks need. Of one that is *unanswered* the first definition is
    no answer, but what the sheet gives: there the last one counts for the task.
    """
    modules, headed = own_modules(submission.cells, submission.beside), set[str]()
    written = list(_in_sections(submission, Vocabulary(words), modules, headed))
    _claim_back(written, asked)
    _find_by_code(written, asked, modules)
    anew = frozenset(_anew(written, frozenset(unanswered)))
    return Division(
        cells=submission.cells,
        written=tuple(written),
        anew=anew,
        set_aside=tuple(_set_aside(written, anew, asked)),
        modules=modules.definitions,
        headed=frozenset(headed),
    )


def _in_sections(
    submission: Submission, vocabulary: Vocabulary, modules: OwnModules, headed: set[str]
) -> Iterator[Written]:
    """
    Yield the statements in order, each with the section that heading or comment put it in.

    Files that are written under a heading of the challenge are added to *headed*.
    """
    headings, seen = Headings(vocabulary), set[ast.stmt]()
    texts = sorted(submission.text_cells, key=lambda cell: cell.index)
    for cell in submission.cells:
        while texts and texts[0].index < cell.index:
            headings.read(texts.pop(0).source)
        if (file := written_file(cell.source)) is not None:
            headed |= {modules.modules.find(file.path)} if headings.section else set()
            continue
        statements = parse_cell(cell)[0]
        for statement, section in sections_by_comments(cell, statements, vocabulary):
            taken = modules.taken_by(statement)
            taken = {name: made for name, made in taken.items() if made[1] not in seen}
            seen |= {made for _, made in taken.values()}
            yield Written(
                statement=statement,
                names=_names_of(statement) | taken.keys(),
                section=section or headings.section,
                taken=taken,
            )


def _names_of(statement: Statement) -> frozenset[str]:
    if statement.newer:
        return statement.newer.binds
    try:
        usage = usage_of(statement.node, statement.alias)
    except RecursionError:  # intake leaves such a statement out
        return frozenset()
    return usage.binds | usage.may_bind | usage.changes


def _claim_back(written: list[Written], asked: Collection[str]) -> None:
    """Take sections out of the challenge that alone define what a task asks for."""
    known: set[str] = set()
    for section in dict.fromkeys(one.section for one in written):
        mine = [i for i, one in enumerate(written) if one.section is section]
        if section is None:
            continue
        before = {n for one in written[: mine[0]] if one.section is None for n in one.names}
        defined = {n for i in mine for n in written[i].names if n in asked}
        if defined - before - known:
            for i in mine:
                written[i] = replace(written[i], section=None)
            known |= defined


def _find_by_code(written: list[Written], asked: Collection[str], modules: OwnModules) -> None:
    """Put into sections what says by its code alone that it is the challenge's."""
    kept: dict[str, Traits] = {}
    functions: dict[str, Definition] = {}
    section, held = Section(), set[str]()
    for i, one in enumerate(written):
        node = one.node
        if isinstance(node, ast.FunctionDef):
            functions[node.name] = node
        if one.section is not None:
            continue
        told = dict(_told(node, asked, functions)) | _told_of_taken(one, asked, modules)
        beyond = {name for name, its in told.items() if name in kept and its.beyond(kept[name])}
        if not beyond:
            kept |= told
            continue
        if beyond & held:
            section, held = Section(), set()
        held |= beyond
        written[i] = replace(one, section=section)


def _told_of_taken(one: Written, asked: Collection[str], modules: OwnModules) -> dict[str, Traits]:
    """Return the traits of the definitions that a statement takes from own modules."""
    return {
        name: traits_of(made, modules.functions(path))
        for name, (path, made) in one.taken.items()
        if name in asked
    }


def _told(
    node: ast.stmt, asked: Collection[str], functions: Mapping[str, Definition]
) -> Iterator[tuple[str, Traits]]:
    """Yield the asked name that a statement defines, or the setting of bits, and its traits."""
    if isinstance(node, DEFINITIONS) and node.name in asked:
        yield node.name, traits_of(node, functions)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name, value = node.targets[0].id, node.value
        if "bit" in name.lower() and isinstance(value, ast.Constant):
            few = {value.value} & {*_FEW_BITS} if type(value.value) is int else set[int]()
            yield name, Traits(widths=frozenset(few))


def _anew(written: Sequence[Written], unanswered: Collection[str]) -> Iterator[int]:
    """Yield the statements of the challenge that bind or change what stood before them."""
    before: set[str] = set()
    for i, one in enumerate(written):
        if one.section is None:
            before |= one.names
        elif one.names & before and not one.names & {*unanswered}:
            yield i


def _set_aside(
    written: Sequence[Written], anew: Collection[int], asked: Collection[str]
) -> Iterator[SetAside]:
    """Yield each asked name with its last definition, where the challenge's comes later."""
    for name in sorted(asked):
        kept = [one for i, one in enumerate(written) if name in one.names and i not in anew]
        mine = [written[i] for i in sorted(anew) if name in written[i].names]
        if kept and mine:
            section = mine[-1].section
            yield SetAside(
                name=name,
                later=mine[-1].statement.place,
                judged=_defining(kept, name).statement.place,
                title=section.title if section else "",
            )


def _defining(kept: Sequence[Written], name: str) -> Written:
    found = (o for o in reversed(kept) if getattr(o.node, "name", "") == name)
    return next(found, kept[-1])


def groups(division: Division, asked: Collection[str]) -> Iterator[tuple[Section, ...]]:
    """Yield sections that are one answer: until one of them defines an asked name once more."""
    together: list[Section] = []
    defined: set[str] = set()
    for section in division.sections:
        mine = {
            name
            for i in division.anew
            if division.written[i].section is section
            for name in division.written[i].names & {*asked}
        }
        if mine & defined:
            yield tuple(together)
            together, defined = [], set()
        together.append(section)
        defined |= mine
    if together:
        yield tuple(together)


def written_anew(division: Division, sections: Collection[Section]) -> list[Written]:
    """Return what some sections write anew."""
    every = [division.written[i] for i in sorted(division.anew)]
    return [one for one in every if one.section in sections]
