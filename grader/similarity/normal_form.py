"""
Python code -> the form in which names, formatting and order no longer differ.

Names of values are dropped, as are comments, docstrings, annotations, prints and conversions;
operands of sums and products are sorted; a method, a function of numpy and one of torch that do
the same have one name; the three ways to write a loop are one.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

VALUE = "v"  # any name of a value

# What does the same under several names, by the name that stands for all.
_MEANINGS = {
    "abs": ["absolute"],
    "max": ["amax", "maximum"],
    "min": ["amin", "minimum"],
    "clamp": ["clip", "clamp_", "clip_", "hardtanh"],
    "round": ["rint", "around", "round_"],
    "mul": ["multiply", "mul_"],
    "div": ["true_divide", "divide", "div_"],
    "pow": ["power", "float_power", "square"],
    "relu": ["relu_"],
    "view": ["flatten", "reshape"],
    "product": ["prod"],
    "pool": ["max_pool2d"],
}
_SAME = {name: meaning for meaning, names in _MEANINGS.items() for name in names}
_OPERATORS: dict[str, type[ast.operator]] = {
    "mul": ast.Mult,
    "div": ast.Div,
    "add": ast.Add,
    "sub": ast.Sub,
    "pow": ast.Pow,
}
# Calls that hand on the value they are given.
_NUMBERS = ("float", "int", "bool", "float32", "float64", "int8", "int32", "int64", "double")
_ARRAYS = ("as_tensor", "asarray", "array", "tensor", "from_numpy", "numpy", "item", "tolist")
_PLACES = ("cpu", "cuda", "to", "type", "astype", "long", "contiguous")
_COPIES = ("detach", "clone", "copy", "deepcopy", "list", "tuple", "iter", "enumerate")
_CONVERSIONS = frozenset((*_NUMBERS, *_ARRAYS, *_PLACES, *_COPIES))
_SILENT = frozenset(("print", "display", "log", "info", "debug", "warning"))
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of code in normal form: *size* counts its labels; lines are those of the source."""

    label: str
    children: tuple[Node, ...]
    first: int
    last: int
    text: str
    size: int


def normalize(statements: Iterable[ast.stmt], modules: frozenset[str]) -> list[Node]:
    """Return statements in normal form; *modules* are the names that mean imported modules."""
    return _Form(modules).block(statements)


def pieces(node: Node) -> Iterator[Node]:
    """Yield a node and everything in it."""
    yield node
    for child in node.children:
        yield from pieces(child)


class _Form:
    """One file's names, and the rules that need them."""

    def __init__(self, modules: frozenset[str]) -> None:
        self.modules = modules

    def block(self, body: Iterable[ast.stmt]) -> list[Node]:
        return [node for one in body for node in self.statement(one)]

    def statement(self, node: ast.stmt) -> list[Node]:  # noqa: PLR0911  a case for each kind
        """Return a statement as nodes: none where it says nothing."""
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Assert() | ast.Global():
                return []
            case ast.Import() | ast.ImportFrom() | ast.Nonlocal() | ast.Continue() | ast.Delete():
                return []
            case ast.Expr(value=value):
                return [] if _is_silent(value) else [self.expression(value)]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return [_node("def", self.block(node.body), node)]
            case ast.Return(value=value):
                return [_node("=", self.some(value), node)]  # as if it had a name first
            case ast.AugAssign(target=target, op=op, value=value):
                changed = self.operation(node, op, [target, value])
                return [_node("=", [*self.target(target), changed], node)]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return [_node("=", [*self.target(target), self.expression(value)], node)]
            case ast.Assign(targets=targets, value=value):
                named = [n for target in targets for n in self.target(target)]
                return [_node("=", [*named, self.expression(value)], node)]
            case ast.For() | ast.While():
                return [_node("loop", _sorted(self.block(node.body)), node)]
            case ast.With(body=body):
                return self.block(body)
            case ast.If(test=test, body=body, orelse=orelse):
                parts = [self.expression(test), *_sorted(self.block([*body, *orelse]))]
                return [_node("if", parts, node)]
            case ast.Try(body=body):
                return self.block(body)
        return [_node(type(node).__name__, self.parts(node), node)]

    def target(self, node: ast.expr) -> list[Node]:
        """Return what an assignment's target says: its attribute, nothing where it is a name."""
        return [self.expression(node)] if isinstance(node, ast.Attribute) else []

    def some(self, node: ast.expr | None) -> list[Node]:
        return [] if node is None else [self.expression(node)]

    def expression(self, node: ast.expr) -> Node:  # noqa: PLR0911, PLR0912  a case for each kind
        match node:
            case ast.Name():
                return _node(VALUE, (), node)
            case ast.Constant(value=value):
                return _node(_constant(value), (), node)
            case ast.Attribute(value=ast.Name(id="self")):
                return _node(VALUE, (), node)  # its layers do the same one after another
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                known = name in self.modules
                return _node(f".{attr}", () if known else (_node(VALUE, (), node),), node)
            case ast.Attribute(value=value, attr=attr):
                return _node(f".{attr}", [self.expression(value)], node)
            case ast.Call():
                return self.call(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(node, op, [left, right])
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return _node(_constant(-value), (), node)
            case ast.Subscript(value=value, slice=ast.Name()):
                return self.expression(value)  # an element of it, in a loop
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.comparison(node, left, op, right)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return _node("loop", [self.expression(node.elt)], node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                branches = _sorted([self.expression(body), self.expression(orelse)])
                return _node("if", [self.expression(test), *branches], node)
            case ast.NamedExpr(value=value) | ast.Starred(value=value) | ast.Await(value=value):
                return self.expression(value)
            case ast.JoinedStr():
                return _node("text", (), node)
        return _node(type(node).__name__, self.parts(node), node)

    def parts(self, node: ast.AST) -> list[Node]:
        """Return the parts of whatever has no rule of its own, in their order."""
        found: list[Node] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                found.append(self.expression(child))
            elif isinstance(child, ast.stmt):
                found.extend(self.statement(child))
            elif isinstance(child, ast.ExceptHandler | ast.match_case | ast.slice):
                found.extend(self.parts(child))
        return found

    def call(self, node: ast.Call) -> Node:
        """Return a call: a method's object is its first argument, keywords come last."""
        name, owner = self.callee(node.func)
        given = [*owner, *node.args]
        arguments = [self.expression(one) for one in given]
        if name in _CONVERSIONS and arguments:
            return arguments[0]
        arguments += _sorted(self.expression(keyword.value) for keyword in node.keywords)
        if name in _OPERATORS and len(arguments) == 2:
            return self.operation(node, _OPERATORS[name](), given)
        if name == "range":
            return _node(VALUE, (), node)
        return _node(name, arguments, node)

    def callee(self, node: ast.expr) -> tuple[str, list[ast.expr]]:
        """Return what is called, and the object on which it is, where that is a value."""
        match node:
            case ast.Name(id=name):
                return (_SAME.get(name, name) if _is_known(name) else "f"), []
            case ast.Attribute(value=ast.Name(id="self")):
                return "own", []
            case ast.Attribute(value=value, attr=attr):
                name = _SAME.get(attr, attr)
                return name, [] if self.is_module(value) else [value]
        return "f", [node]

    def is_module(self, node: ast.expr) -> bool:
        """Return whether an expression is a module, or the object to which a method belongs."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and (node.id in self.modules or node.id == "self")

    def operation(self, node: ast.AST, op: ast.operator, operands: Sequence[ast.expr]) -> Node:
        """Return an operation; a sum or product is flat, and its operands are sorted."""
        label = type(op).__name__
        parts = [self.expression(one) for one in operands]
        if isinstance(op, ast.Add | ast.Mult):
            flat = [
                p for part in parts for p in (part.children if part.label == label else [part])
            ]
            parts = _sorted(flat)
        return _node(label, parts, node)

    def comparison(self, node: ast.AST, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Node:
        """Return a comparison, smaller first."""
        if type(op) in _MIRRORED:
            left, right, op = right, left, _MIRRORED[type(op)]()
        return _node(type(op).__name__, [self.expression(left), self.expression(right)], node)


def _is_known(name: str) -> bool:
    return hasattr(builtins, name) or name in _SAME or name in _CONVERSIONS


def _is_silent(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in _SILENT
    return False


def _constant(value: object) -> str:
    """Return a number as one text, however it is written: 127 and 127.0 are the same."""
    if isinstance(value, bool) or value is None or value is ...:
        return str(value)
    return f"{value:g}" if isinstance(value, int | float) and abs(value) < 1e300 else "text"


def _sorted(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=attrgetter("text"))


def _node(label: str, children: Sequence[Node], at: ast.AST) -> Node:
    first = getattr(at, "lineno", 0)
    return Node(
        label=label,
        children=tuple(children),
        first=first,
        last=getattr(at, "end_lineno", None) or first,
        text=f"{label}({','.join(child.text for child in children)})" if children else label,
        size=1 + sum(child.size for child in children),
    )
