"""Statements that run or write a script: ``exec(open('x.py').read())`` and its relatives."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_NAMESPACES = frozenset(("globals", "locals", "vars"))
_READERS = frozenset(("open", "Path", "read_text", "read", "get_data"))


@dataclass(frozen=True, kw_only=True)
class Executed:
    """What a statement runs in the notebook's own namespace: a script's *path*, or a *text*."""

    path: str = ""
    text: str = ""


def executed(node: ast.stmt, opened: Mapping[str, str]) -> Executed | None:
    """
    Return what *node* runs with ``exec``, or with runpy into ``globals()``; ``None`` for nothing.

    *opened* maps names that hold a script's text to its path.
    """
    match node:
        case ast.With(items=[item], body=body) if reads := _scripts(item.context_expr):
            names = {**opened, **_held(item.optional_vars, reads[0])}
            for statement in body[:-1]:
                names |= opened_by(statement, names)
            return executed(body[-1], names) if len(body) <= 2 else None
        case ast.Expr(value=ast.Call(func=ast.Name(id="exec" | "execfile"), args=[first, *rest])):
            if all(map(is_namespace, rest)):
                return _of_argument(first, opened)
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=owner, attr="update"),
                args=[ast.Call(func=called) as ran],
            )
        ) if is_namespace(owner) and last_name(called) == "run_path":
            return Executed(path=next(iter(_scripts(ran)), ""))
    return None


def opened_by(node: ast.stmt, opened: Mapping[str, str]) -> dict[str, str]:
    """Return the names to which *node* assigns the text of a script, with the script's path."""
    match node:
        case ast.With(items=[item], body=body) if reads := _scripts(item.context_expr):
            names = {**opened, **_held(item.optional_vars, reads[0])}
            found = [opened_by(statement, names) for statement in body]
            return {name: path for each in found for name, path in each.items()}
        case ast.Assign(targets=[ast.Name() as target], value=value):
            if path := _read(value, opened):
                return _held(target, path)
    return {}


def written_by(node: ast.stmt) -> tuple[str, str] | None:
    """Return the path and the text of a script that *node* writes, ``None`` for none."""
    match node:
        case ast.With(
            items=[ast.withitem(context_expr=ast.Call(func=called, args=[_, mode, *_]) as file)],
            body=[ast.Expr(value=ast.Call(func=ast.Attribute(attr="write"), args=[text]))],
        ) if last_name(called) == "open" and _text(mode).startswith(("w", "x")):
            paths = _scripts(file)
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=owner, attr="write_text"), args=[text, *_])
        ):
            paths = _scripts(owner)
        case _:
            return None
    return (paths[0], _text(text)) if paths and _text(text) else None


def is_namespace(node: ast.AST) -> bool:
    """Return whether an expression is ``globals()`` or another name of the same."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[]) if name in _NAMESPACES:
            return True
    return False


def _of_argument(node: ast.expr, opened: Mapping[str, str]) -> Executed | None:
    if path := _read(node, opened) or next(iter(_scripts(node)), ""):
        return Executed(path=path)
    return Executed(text=text) if (text := _text(node)) else None


def _read(node: ast.expr, opened: Mapping[str, str]) -> str:
    """Return the path of the script whose text an expression gives, ``""`` for none."""
    for child in ast.walk(node):
        match child:
            case ast.Name(id=name) if name in opened:
                return opened[name]
            case ast.Call(func=called, args=[ast.Name(id=name)]) if (
                last_name(called) == "getsource"
            ):
                return f"{name}.py"
    reads = any(last_name(child) in _READERS for child in ast.walk(node))
    return next(iter(_scripts(node)), "") if reads else ""


def _held(target: ast.expr | None, path: str) -> dict[str, str]:
    return {target.id: path} if isinstance(target, ast.Name) else {}


def _scripts(node: ast.AST) -> Sequence[str]:
    return [text for text in _texts(node) if text.endswith(".py") and "\n" not in text]


def _texts(node: ast.AST) -> Iterator[str]:
    yield from (text for child in ast.walk(node) if (text := _text(child)))


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def last_name(node: ast.AST) -> str:
    """Return the last part of a name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
