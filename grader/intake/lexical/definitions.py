"""Where something is defined in what was handed in: in code that parses, and in any text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.intake.model import Fragment, Place, Program

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_NAMED = re.compile(r"^[ \t]*def[ \t]+(\w+)", re.MULTILINE)


def find_definition(program: Program, path: str) -> tuple[Fragment, Definition] | None:
    """
    Return the last definition of a name or ``Class.method``, with its fragment, if any.

    A method may be put into its class from outside, by a decorator or an assignment.
    """
    names = path.split(".")
    for fragment in reversed(program.fragments):
        defines = {name.rpartition("::")[2] for name in fragment.defines}
        if names[0] not in defines:
            continue
        node = _within(fragment.source, names)
        if node is None and len(names) == 2 and names[1] in defines:
            node = _within(fragment.source, names[1:])
        if node is not None:
            return fragment, node
    return None


def find_return(program: Program, path: str) -> Place | None:
    """Return where a function returns for the last time, or else where its code begins."""
    found = find_definition(program, path)
    if found is None:
        return None
    fragment, node = found
    lines = [child.lineno for child in _own_nodes(node) if isinstance(child, ast.Return)]
    line = 1 if fragment.folded else max(lines, default=node.lineno)
    return replace(fragment.place, line=fragment.line + line - 1)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in a definition itself, not in those inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Definition | ast.Lambda):
            yield child
            yield from _own_nodes(child)


def named_functions(text: str) -> list[str]:
    """Return the names of all functions that a text defines; it need not be valid Python."""
    return _NAMED.findall(text)


def named_definitions(text: str) -> list[str]:
    """Return the names of all functions and classes that a text defines, valid or not."""
    return _DEFINED.findall(text)


def _within(source: str, names: Sequence[str]) -> Definition | None:
    try:
        body: list[ast.stmt] = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    node: Definition | None = None
    for name in names:
        defined = (n for n in reversed(body) if isinstance(n, Definition))
        node = next((n for n in defined if n.name == name), None)
        if node is None:
            return None
        body = node.body
    return node
