"""
Which names a piece of code binds, and where - found lexically.

Scopes follow the language reference, section 4.2: ``:=`` binds in the function around it, and a
comprehension, a function and a class keep to themselves what they bind.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BIND_NOTHING = (ast.Constant, ast.expr_context, ast.operator)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def bound_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that *nodes* bind in their own scope, on any path."""
    stack = [(node, False) for node in nodes]
    while stack:
        node, in_comprehension = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if not in_comprehension:
                yield name
            case ast.NamedExpr(target=ast.Name(id=name)):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=asname) if name != "*":
                yield asname or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
        inside = in_comprehension or isinstance(node, Comprehension)
        stack.extend(
            (child, inside) for child in _same_scope(node) if not isinstance(child, _BIND_NOTHING)
        )


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children that run in the scope *node* stands in."""
    if isinstance(node, ast.Lambda):
        yield from defaults(node.args)
    elif isinstance(node, Function):
        yield from [*node.decorator_list, *defaults(node.args)]
    elif isinstance(node, ast.ClassDef):
        yield from [*node.decorator_list, *node.bases, *node.keywords]
    else:
        yield from ast.iter_child_nodes(node)


def defaults(args: ast.arguments) -> list[ast.expr]:
    return [*args.defaults, *(default for default in args.kw_defaults if default)]


def all_args(args: ast.arguments) -> list[ast.arg]:
    rest = [arg for arg in (args.vararg, args.kwarg) if arg]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *rest]


def definite_names(node: ast.stmt) -> set[str]:
    """Return the names that *node* binds on every path through it."""
    match node:
        case ast.If():
            return _of_block(node.body) & _of_block(node.orelse)
        case ast.Try() | ast.TryStar():
            handlers = [_of_block(handler.body) for handler in node.handlers]
            body = _of_block([*node.body, *node.orelse])
            return body.intersection(*handlers) | _of_block(node.finalbody)
        case ast.With() | ast.AsyncWith():
            return set(bound_names(node.items)) | _of_block(node.body)
        case ast.For() | ast.AsyncFor() | ast.While() | ast.Match():
            return set()
        case ast.AnnAssign(value=None):
            return set()
    return set(bound_names([node]))


def _of_block(body: Iterable[ast.stmt]) -> set[str]:
    return set().union(*(definite_names(node) for node in body))


def declared(body: Iterable[ast.AST], *, nonlocals: bool = True) -> set[str]:
    """Return the names declared ``global`` (or ``nonlocal``) in a function's own body."""
    names: set[str] = set()
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Global) or (nonlocals and isinstance(node, ast.Nonlocal)):
            names.update(node.names)
        elif not isinstance(node, ast.expr):
            stack.extend(_same_scope(node))
    return names


def type_parameters(node: ast.AST) -> set[str]:
    """Return the names in ``def f[T]()``, which newer Pythons know."""
    return {parameter.name for parameter in getattr(node, "type_params", [])}


def root_name(node: ast.AST) -> str | None:
    """Return the name that attributes and items are taken from: ``a`` in ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def dotted(node: ast.AST) -> str | None:
    """Return ``"a.b.c"`` for an attribute of a name, ``None`` for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])
