"""Which names mean the same object, or a part of it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Sequence

_PASS_ON = frozenset(("vars", "getattr", "iter", "next", "enumerate", "zip", "reversed", "list"))
_PASS_ON |= {"tuple", "sorted", "map", "filter"}
# Methods that hand out a part of what they belong to.
_PARTS = frozenset(("get", "items", "values", "setdefault", "pop", "children", "named_children"))
_PARTS |= {"modules", "named_modules", "parameters", "named_parameters", "get_submodule"}
_PARTS |= {"add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser"}


def roots(node: ast.AST | None, *, kept: bool = False) -> set[str]:
    """
    Return the names of which an expression's value may be, or be a part of.

    A value that is *kept* under a name comes of a method only where that hands out a part.
    """
    parts: Sequence[ast.AST] = ()
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
            parts = [value]
        case ast.NamedExpr(value=value) | ast.Await(value=value):
            parts = [value]
        case ast.Call(func=ast.Attribute(value=value, attr=method)):
            parts = [] if kept and method not in _PARTS else [value]
        case ast.Call(func=ast.Name(id="super"), args=[_, owner]):
            parts = [owner]
        case ast.Call(func=ast.Name(id=name), args=args) if name in _PASS_ON:
            parts = args
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.BoolOp(values=elements):
            parts = [one for one in elements if not isinstance(one, ast.Constant)]
        case ast.IfExp(body=body, orelse=orelse):
            parts = [body, orelse]
    return set[str]().union(*(roots(part, kept=kept) for part in parts))


def pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return what each part of a target is bound to, ``a, b = c, d`` and ``zip`` part by part."""
    match target, value:
        case ast.Tuple(elts=targets), ast.Tuple(elts=parts) if len(targets) == len(parts):
            return [*zip(targets, parts, strict=True)]
        case ast.Tuple(elts=targets), ast.Call(func=ast.Name(id="zip"), args=parts) if len(
            targets
        ) == len(parts):
            return [*zip(targets, parts, strict=True)]
        case ast.Tuple(elts=[_, item]), ast.Call(func=ast.Name(id="enumerate"), args=[parts, *_]):
            return pairs(item, parts)
    return [(target, value)]


def aliases_of(nodes: Iterable[ast.stmt], apart: Container[str]) -> dict[str, set[str]]:
    """
    Return which names may mean the same object, or a part of it, by each of them.

    ``a = b.rows`` and ``a = b = {}`` make one of ``a`` and ``b``; names in *apart* (imported
    libraries) mean nothing but themselves.
    """
    found = [
        (name, other)
        for node in nodes
        if isinstance(node, ast.Assign)
        for one, value in _same(node)
        for name in roots(one)
        for other in roots(value, kept=True)
    ]
    groups: dict[str, set[str]] = {}
    for name, other in found:
        if name in apart or other in apart:
            continue
        pair = groups.setdefault(name, {name}), groups.setdefault(other, {other})
        smaller, larger = sorted(pair, key=len)
        if smaller is not larger:  # in place, the few to the many: long chains cost little
            larger |= smaller
            groups |= dict.fromkeys(smaller, larger)
    return groups


def _same(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what an assignment makes the same: each target and the value, or what is in it."""
    first, *more = node.targets
    for target in more:
        yield first, target
    yield from pairs(first, node.value)
    if isinstance(node.value, ast.Dict):
        yield from ((first, value) for value in node.value.values)
