"""How a copied solution is made to look different, mechanically."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable

_NAMES = ["buf", "val", "tmp_data", "inp", "current", "coeff", "items", "acc", "elem", "res"]
_AS_FUNCTIONS = {"round": "round", "clamp": "clip", "abs": "absolute"}


def disguise(source: str, seed: int) -> str:
    """Return *source* with other names, order, formatting, loops, spellings and steps."""
    rng = random.Random(seed)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            _rename(node, rng)
    for change in (_Spelling(rng), _Loops(), _Steps(rng)):
        tree = change.visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = _shuffled(node.body, rng)
    return ast.unparse(ast.fix_missing_locations(tree))


def _rename(function: ast.FunctionDef, rng: random.Random) -> None:
    """Give the arguments and local values of a function names of its own."""
    arguments = [a for a in ast.walk(function.args) if isinstance(a, ast.arg) and a.arg != "self"]
    stored = [
        n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    names = dict.fromkeys([*(a.arg for a in arguments), *(n.id for n in stored)])
    new = {name: f"{rng.choice(_NAMES)}_{i}" for i, name in enumerate(names)}
    for argument in arguments:
        argument.arg, argument.annotation = new[argument.arg], None
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in new:
            node.id = new[node.id]


def _shuffled(body: list[ast.stmt], rng: random.Random) -> list[ast.stmt]:
    """Return a class's body with its methods in another order; what is no method stays first."""
    methods = [one for one in body if isinstance(one, ast.FunctionDef)]
    others = [one for one in body if not isinstance(one, ast.FunctionDef)]
    rng.shuffle(methods)
    return [*others, *methods]


class _Spelling(ast.NodeTransformer):
    """Operands change places; methods become functions of the same name."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult) and self.rng.random() < 0.7:
            node.left, node.right = node.right, node.left
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        function = node.func
        plain = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
        if not isinstance(function, ast.Attribute) or function.attr not in _AS_FUNCTIONS or plain:
            return node
        name = ast.Attribute(ast.Name("torch", ast.Load()), _AS_FUNCTIONS[function.attr])
        return ast.Call(name, [function.value, *node.args], node.keywords)


class _Loops(ast.NodeTransformer):
    """``for x in xs`` becomes a ``while`` over an index."""

    def __init__(self) -> None:
        self.count = 0

    def visit_For(self, node: ast.For) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        if node.orelse or not isinstance(node.iter, ast.Name):
            return node
        self.count += 1
        index = f"position{self.count}"
        taken = ast.parse(f"{ast.unparse(node.target)} = {node.iter.id}[{index}]").body
        body = [*taken, *node.body, *ast.parse(f"{index} = {index} + 1").body]
        test = ast.parse(f"{index} < len({node.iter.id})", mode="eval").body
        return [*ast.parse(f"{index} = 0").body, ast.While(test, body, [])]


class _Steps(ast.NodeTransformer):
    """What is returned gets a name first; a remark is printed on the way."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def visit_Return(self, node: ast.Return) -> ast.stmt | list[ast.stmt]:
        if node.value is None or isinstance(node.value, ast.Name | ast.Tuple):
            return node
        name = self.rng.choice(["answer", "outcome", "final"])
        stored = ast.Assign([ast.Name(name, ast.Store())], node.value)
        said: Iterable[ast.stmt] = ast.parse("print('done')").body
        return [stored, *said, ast.Return(ast.Name(name, ast.Load()))]
