"""What the student's own source says, used only to choose between hypotheses that fit alike."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence

from grader.intake.lexical.definitions import find_definition
from grader.intake.model import Program

_FOLDED = (ast.Constant, ast.UnaryOp, ast.BinOp)
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
    ast.LShift: lambda number, places: number * 2.0**places,
}
SMALLEST_POWER = 32.0  # smaller ones are kernels, classes and places as often as powers
_DIVIDE = ("div", "divide", "floor_divide", "true_divide")
_ROUND = ("round", "rint", "floor", "int", "trunc")
_CONVERSIONS = frozenset(("double", "float", "int", "long", "to", "type"))


def find_function(program: Program | None, callable_path: str) -> ast.AST | None:
    """Return the last definition of a function or ``Class.method``; None where it is not found."""
    found = None if program is None else find_definition(program, callable_path)
    return found[1] if found is not None and _text(found[1]) else None


def only_returns(node: ast.AST | None) -> bool:
    """Return whether a function does nothing but return something, beside its docstring."""
    body = node.body if isinstance(node, ast.FunctionDef) else []
    told = [one for one in body if not isinstance(one, ast.Pass) and not _is_text(one)]
    return len(told) == 1 and isinstance(told[0], ast.Return)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _text(node: ast.AST) -> str:
    """Return the source of *node*, "" where it is nested too deep or has too long a number."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return ""


def numbers_in(node: ast.AST | None) -> tuple[float, ...]:
    """Return every number that the source writes out, expressions like ``255 / 2`` worked out."""
    if node is None:
        return ()
    found = (_folded(child) for child in ast.walk(node) if isinstance(child, _FOLDED))
    return tuple(number for number in found if number is not None)


def binary_places(node: ast.AST | None) -> frozenset[int]:
    """Return by how many places the source shifts, and of which powers of two it makes use."""
    if node is None:
        return frozenset()
    operations = [n for n in ast.walk(node) if isinstance(n, ast.BinOp)]
    moved = [n.right for n in operations if isinstance(n.op, ast.LShift | ast.RShift)]
    moved += [n.right for n in operations if isinstance(n.op, ast.Pow) and _folded(n.left) == 2.0]
    places = [number for side in moved if (number := _folded(side)) is not None]
    powers = [math.log2(n) for n in numbers_in(node) if n >= SMALLEST_POWER]
    return frozenset(int(n) for n in (*places, *powers) if n.is_integer())


def mentions(node: ast.AST | None, text: str) -> int:
    """Return how often an expression occurs in the source, spacing aside."""
    return 0 if node is None else _text(node).count(text)


def divides(node: ast.AST | None, text: str) -> bool:
    """Return whether something is divided by an expression that contains *text*."""
    if node is None:
        return False
    pairs = (
        (child.op, child.right if isinstance(child, ast.BinOp) else child.value)
        for child in ast.walk(node)
        if isinstance(child, ast.BinOp | ast.AugAssign)
    )
    return any(isinstance(op, ast.Div) and text in _text(by) for op, by in pairs)


def multiplies(node: ast.AST | None, text: str) -> bool:
    """Return whether something is multiplied by an expression that contains *text*."""
    if node is None:
        return False
    products = (n for n in ast.walk(node) if isinstance(n, ast.BinOp | ast.AugAssign))
    return any(isinstance(n.op, ast.Mult) and text in _text(n) for n in products)


def shifts_to_the_right(node: ast.AST) -> int:
    """Return how often the source shifts something to the right."""
    calls = (_text(n.func) for n in ast.walk(node) if isinstance(n, ast.Call))
    operators = (n.op for n in ast.walk(node) if isinstance(n, ast.BinOp | ast.AugAssign))
    return sum(isinstance(op, ast.RShift) for op in operators) + sum(
        name.endswith("right_shift") for name in calls
    )


def divisions_by(node: ast.AST, number: float) -> int:
    """Return how often the source divides something by a *number* that it writes out."""
    binary = (n for n in ast.walk(node) if isinstance(n, ast.BinOp))
    divisors = [n.right for n in binary if isinstance(n.op, ast.Div | ast.FloorDiv)]
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    divisors += [n.args[-1] for n in calls if n.args and _text(n.func).endswith(_DIVIDE)]
    return sum(_folded(divisor) == number for divisor in divisors)


def multiplies_clamped(node: ast.AST | None) -> bool:
    """Return whether the result of a clamp is multiplied by something."""
    if node is None:
        return False
    bodies = [held for n in ast.walk(node) if isinstance(held := getattr(n, "body", None), list)]
    return _has_factor(node, _is_clamp) or any(map(_multiplies_clamped_name, bodies))


def _multiplies_clamped_name(statements: Sequence[ast.stmt]) -> bool:
    """Return whether a variable is multiplied that was assigned the result of a clamp before."""
    clamped: set[str] = set()
    for statement in statements:
        if _has_factor(statement, lambda side: isinstance(side, ast.Name) and side.id in clamped):
            return True
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            change = clamped.add if _is_clamp(statement.value) else clamped.discard
            change(statement.targets[0].id)
    return False


def _has_factor(node: ast.AST, is_meant: Callable[[ast.expr], bool]) -> bool:
    """Return whether a product in the source has a factor of some kind."""
    products = (n for n in ast.walk(node) if isinstance(n, ast.BinOp))
    return any(
        isinstance(product.op, ast.Mult) and is_meant(_unconverted(side))
        for product in products
        for side in (product.left, product.right)
    )


def _unconverted(node: ast.expr) -> ast.expr:
    """Return what ``node.float()`` and the like are called on."""
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if is_call and node.func.attr in _CONVERSIONS:  # type: ignore[attr-defined]
        return _unconverted(node.func.value)  # type: ignore[attr-defined]
    return node


def clamps(node: ast.AST | None) -> bool:
    """Return whether the source clamps, or clips, anything."""
    return mentions(node, "clamp") + mentions(node, "clip") > 0


def rounds_a_name(node: ast.AST) -> bool:
    """Return whether the source rounds, or makes whole, a variable or attribute as it is."""
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call) and n.args)
    return any(
        isinstance(call.args[0], ast.Name | ast.Attribute) and _text(call.func).endswith(_ROUND)
        for call in calls
    )


def _is_clamp(node: ast.expr) -> bool:
    node = _unconverted(node)
    if not isinstance(node, ast.Call):
        return False
    return _text(node.func).endswith(("clamp", "clip"))


def _folded(node: ast.AST) -> float | None:
    if isinstance(node, ast.Constant):
        return _as_float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _folded(node.operand)
        return None if number is None else -number
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _folded(node.left), _folded(node.right)
    combine = _OPERATIONS.get(type(node.op))
    if left is None or right is None or combine is None:
        return None
    try:
        return combine(left, right)
    except (ArithmeticError, ValueError):
        return None


def _as_float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def ignores_arguments(node: ast.AST | None, *, after: int) -> bool:
    """Return whether a function never reads its arguments after the first *after* ones."""
    if not isinstance(node, ast.FunctionDef):
        return False
    names = {a.arg for a in (*node.args.posonlyargs, *node.args.args)[after:]}
    inside = (n for statement in node.body for n in ast.walk(statement))
    return not names & {n.id for n in inside if isinstance(n, ast.Name)}


def names_bound_in(node: ast.AST | None) -> set[str]:
    """Return the names that a function's source binds: its arguments, and what it assigns."""
    if node is None:
        return set()
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return (bound | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}) - {"self"}
