"""What a definition's code makes: scales that are powers of two, integers of few bits."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.intake.lexical.definitions import Definition
from grader.intake.lexical.scopes import dotted

_LOGARITHMS = frozenset(("log2", "frexp", "bit_length"))
_POWERS = frozenset(("exp2", "ldexp", "pow", "power", "float_power"))
_BOUNDING = frozenset(("clamp", "clip", "clamp_", "clip_", "hardtanh", "minimum", "maximum"))
_BITS = range(2, 8)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Whether a definition rounds to powers of two, and the widths below 8 bits in it."""

    powers_of_two: bool = False
    widths: frozenset[int] = frozenset()

    def beyond(self, others: Traits) -> bool:
        """Return whether something of these is not in *others*."""
        more_powers = self.powers_of_two and not others.powers_of_two
        return more_powers or bool(self.widths - others.widths)


def traits_of(node: ast.AST, functions: Mapping[str, Definition]) -> Traits:
    """Return the traits of a definition, with those of the *functions* that it names."""
    named = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    helpers = [f for name, f in functions.items() if name in named and f is not node]
    nodes = [inner for each in (node, *helpers) for inner in ast.walk(each)]
    return Traits(
        powers_of_two=_takes_logarithm(nodes) and _raises_two(nodes),
        widths=frozenset([*_bounds(nodes), *_bits(nodes)]),
    )


def _called(node: ast.AST) -> str:
    name = dotted(node.func) or "" if isinstance(node, ast.Call) else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return name.rpartition(".")[2]


def _takes_logarithm(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a logarithm to the base two is taken: ``log2(x)``, ``log(x, 2)``."""
    for node in nodes:
        name = _called(node)
        if name in _LOGARITHMS:
            return True
        if name == "log" and isinstance(node, ast.Call) and 2 in map(_number, node.args[1:]):
            return True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            base = node.right.args if isinstance(node.right, ast.Call) else []
            if _called(node.right) == "log" and [_number(one) for one in base] == [2]:
                return True
    return False


def _raises_two(nodes: Sequence[ast.AST]) -> bool:
    """Return whether two is raised to a power that is no constant."""
    for node in nodes:
        if isinstance(node, ast.BinOp):
            base = 2 if isinstance(node.op, ast.Pow) else 1
            shifts = isinstance(node.op, ast.Pow | ast.LShift)
            if shifts and _number(node.left) == base and _number(node.right) is None:
                return True
        elif _called(node) in _POWERS:
            return True
    return False


def _bounds(nodes: Sequence[ast.AST]) -> Iterator[int]:
    """Yield the widths to which values are clamped: ``clamp(x, -8, 7)`` is 4."""
    for node in nodes:
        if isinstance(node, ast.Call) and _called(node) in _BOUNDING:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            numbers = {number for one in given if (number := _number(one)) is not None}
            for bits in _BITS:
                edge = 2 ** (bits - 1)
                if edge - 1 in numbers and not numbers.isdisjoint((-edge, 1 - edge)):
                    yield bits


def _bits(nodes: Sequence[ast.AST]) -> Iterator[int]:
    """Yield the widths that are named: ``bits = 4``, ``2 ** (4 - 1)``."""
    for node in nodes:
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(name, node.value) for name in filter(None, map(dotted, node.targets))]
        elif isinstance(node, ast.Call):
            pairs = [(k.arg, k.value) for k in node.keywords if k.arg]
        elif isinstance(node, ast.arguments):
            pairs = list(defaulted(node))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift):
            power = node.right
            less_one = isinstance(power, ast.BinOp) and isinstance(power.op, ast.Sub)
            pairs = [("bits", power.left)] if isinstance(power, ast.BinOp) and less_one else []
        for name, value in pairs:
            number = _number(value)
            if "bit" in name.lower() and number in _BITS and number is not None:
                yield int(number)


def defaulted(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of arguments that have a default, with it."""
    plain = [*arguments.posonlyargs, *arguments.args]
    for argument, value in zip(reversed(plain), reversed(arguments.defaults), strict=False):
        yield argument.arg, value
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument.arg, default


def _number(node: ast.AST) -> float | None:
    """Return the number that a constant or its negative is, None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _number(node.operand)
        return None if number is None else -number
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, int | float) and value is not True else None
