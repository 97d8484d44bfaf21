"""The student's own code as the report shows it: each task's function, and all cells."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import merge

from grader.editions.schema import TaskSpec
from grader.intake.lexical.definitions import Definition, find_definition
from grader.intake.model import Cell, Fragment, Program
from grader.model import Excerpt
from grader.words.message import Message, say

APPENDIX_CHARACTERS = 200_000


def task_code(tasks: Sequence[TaskSpec], program: Program) -> dict[str, Excerpt]:
    """Return the code of each task's function, by task; one that is not defined is left out."""
    found = {}
    for task in tasks:
        defined = find_definition(program, task.callable)
        if defined is not None:
            found[task.id] = _excerpt(*defined, task.callable)
    return found


def appendix(
    cells: Sequence[Cell], text_cells: Sequence[Cell] = ()
) -> tuple[tuple[Excerpt, ...], int]:
    """
    Return every cell as handed in, code and text, up to a bound on all of them together.

    With them comes how many cells are left out.
    """
    left = APPENDIX_CHARACTERS
    shown = []
    texts = {id(cell) for cell in text_cells}
    filled = [c for c in merge(cells, text_cells, key=lambda c: c.index) if c.source.strip()]
    for cell in filled:
        source = cell.source[:left]
        if not source.strip():
            break
        is_text = id(cell) in texts
        title = text_below(cell) if is_text else cell.place().owner
        shown.append(
            Excerpt(title=title, place=title, source=source, first_line=1, is_text=is_text)
        )
        left -= len(source)
    return tuple(shown), len(filled) - len(shown)


def text_below(cell: Cell) -> Message:
    """Return what a text cell is called: by the code cell above it, where there is one."""
    if not cell.number:
        return say("title", "text-first")
    return say("title", "text-below", cell=cell.number)


def _excerpt(fragment: Fragment, node: Definition, callable_path: str) -> Excerpt:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = fragment.source.split("\n")[first - 1 : node.end_lineno]
    place = fragment.place.owner
    return Excerpt(
        title=say("title", "code", name=callable_path, where=place),
        place=place,
        source=_dedented(lines),
        first_line=fragment.line + first - 1,
    )


def _dedented(lines: Sequence[str]) -> str:
    """Return lines without the indentation of the first; a docstring may stand further left."""
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] if not line[:margin].strip() else line for line in lines)
