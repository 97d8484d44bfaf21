"""The student's own code as the report shows it: each task's function, and all cells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.editions.schema import TaskSpec
from grader.intake.model import Cell, Fragment, Program
from grader.model import Excerpt

APPENDIX_CHARACTERS = 200_000

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def task_code(tasks: Sequence[TaskSpec], program: Program) -> dict[str, Excerpt]:
    """Return the code of each task's function, by task; one that is not defined is left out."""
    found = {}
    for task in tasks:
        for fragment in reversed(program.fragments):
            node = _definition(fragment, task.callable)
            if node is not None:
                found[task.id.value] = _excerpt(fragment, node, task.callable)
                break
    return found


def appendix(cells: Sequence[Cell]) -> tuple[tuple[Excerpt, ...], int]:
    """
    Return every code cell as handed in, up to a bound on all of them together.

    With them comes how many cells are left out.
    """
    left = APPENDIX_CHARACTERS
    shown = []
    filled = [cell for cell in cells if cell.source.strip()]
    for cell in filled:
        source = cell.source[:left]
        if not source.strip():
            break
        place = cell.place().owner
        shown.append(Excerpt(title=place, place=place, source=source, first_line=1))
        left -= len(source)
    return tuple(shown), len(filled) - len(shown)


def _definition(fragment: Fragment, callable_path: str) -> Definition | None:
    """Return the definition that a dotted path leads to within a fragment."""
    names = callable_path.split(".")
    if names[0] not in fragment.defines:
        return None
    try:
        body: list[ast.stmt] = ast.parse(fragment.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    node: Definition | None = None
    for name in names:
        node = next((n for n in reversed([*_definitions(body)]) if n.name == name), None)
        if node is None:
            return None
        body = node.body
    return node


def _definitions(body: Sequence[ast.stmt]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def _excerpt(fragment: Fragment, node: Definition, callable_path: str) -> Excerpt:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = fragment.source.split("\n")[first - 1 : node.end_lineno]
    place = fragment.place.owner
    return Excerpt(
        title=f"{callable_path} ({place})",
        place=place,
        source=_dedented(lines),
        first_line=fragment.line + first - 1,
    )


def _dedented(lines: Sequence[str]) -> str:
    """Return lines without the indentation of the first; a docstring may stand further left."""
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] if not line[:margin].strip() else line for line in lines)
