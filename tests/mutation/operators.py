"""
Mutation operators: ways of breaking a right function, each applied at every place that it fits.

An operator takes the parsed function and yields the changed expressions or statements one by one;
nothing here knows what the function computes. What the lab allows is not a mutation: rounding down
and 128 for 127 are no operators.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

Replace = Callable[[ast.AST, ast.AST], None]
_SWAPPED_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Pow: ast.Mult,
}
_SWAPPED_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_SWAPPED_NAMES = {
    "max": "min",
    "min": "max",
    "amax": "mean",
    "prod": "sum",
    "maximum": "minimum",
    "minimum": "maximum",
}
_DROPPED_CALLS = ("round", "rint", "abs", "absolute", "clamp", "clip", "relu", "pool")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a function's sheet tells: names of layers, and what its arguments can be changed by."""

    layers: tuple[str, ...]
    # Of the first argument, "{}", in place; and of the list of scales where the last one is that.
    change: str = "{} *= 1.5"
    entry: str | None = None


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A function's changed source, and in words what was changed."""

    operator: str
    change: str
    source: str


def mutants_of(source: str, function: str, sheet: Sheet) -> Iterator[Mutant]:
    """Yield every mutant of the *function* defined in *source*, no two with the same text."""
    original = ast.unparse(ast.parse(source))
    seen = {original}
    mutated = {
        **{name: partial(mutate, source, function) for name, mutate in OPERATORS.items()},
        **{name: partial(mutate, source, function, sheet) for name, mutate in OF_SHEET.items()},
    }
    for operator, mutate in mutated.items():
        for tree, change in mutate():
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text not in seen:
                seen.add(text)
                yield Mutant(operator=operator, change=change, source=text)


Mutated = Iterator[tuple[ast.Module, str]]


def _sites(source: str, function: str, choose: Callable[[ast.AST], list[ast.AST]]) -> Mutated:
    """
    Yield the tree with each replacement that *choose* offers for one of its nodes.

    It is one tree, put right again before the next: parsing it anew thousands of times is slow.
    """
    tree = ast.parse(source)
    owner = _named(tree, function)
    for old in _nodes(tree, function):
        for new in choose(old):
            place = f"{getattr(old, 'lineno', 0)}:{getattr(old, 'col_offset', 0)}"
            change = f"{place} {_line(ast.unparse(old))} -> {_line(ast.unparse(new))}"
            _swap(owner, old, new)
            yield tree, change
            _swap(owner, new, old)


def _line(text: str) -> str:
    return " ".join(text.split())


def _named(tree: ast.Module, name: str) -> ast.FunctionDef:
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name]
    return found[-1]


def _nodes(tree: ast.Module, function: str) -> list[ast.AST]:
    """Return a function's nodes; its signature's, which are not to be changed, as ``pass``."""
    owner = _named(tree, function)
    inside = {id(n) for part in (owner.args, *owner.decorator_list) for n in ast.walk(part)}
    inside |= {id(n) for n in ast.walk(owner.returns)} if owner.returns else set()
    return [ast.Pass() if id(node) in inside else node for node in ast.walk(owner)]


def _swap(root: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(root):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list) and any(item is old for item in value):
                setattr(parent, name, [new if item is old else item for item in value])
                return


# -- the operators ------------------------------------------------------------------------------


def _operator_swapped(source: str, function: str) -> Mutated:
    def choose(node: ast.AST) -> list[ast.AST]:
        if isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED_OPERATORS:
            return [ast.BinOp(node.left, _SWAPPED_OPERATORS[type(node.op)](), node.right)]
        if isinstance(node, ast.AugAssign) and type(node.op) in _SWAPPED_OPERATORS:
            swapped = _SWAPPED_OPERATORS[type(node.op)]()
            return [ast.AugAssign(node.target, swapped, node.value)]
        return []

    return _sites(source, function, choose)


def _factor_dropped(source: str, function: str) -> Mutated:
    def choose(node: ast.AST) -> list[ast.AST]:
        return [node.left, node.right] if isinstance(node, ast.BinOp) else []

    return _sites(source, function, choose)


def _constant_changed(source: str, function: str) -> Mutated:
    def choose(node: ast.AST) -> list[ast.AST]:
        if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
            return []
        n = node.value
        others = [1] if n == 0 else [n // 4, 2 * n + 1, -n]
        return [ast.Constant(other) for other in others]

    return _sites(source, function, choose)


def _statement_dropped(source: str, function: str) -> Mutated:
    def choose(node: ast.AST) -> list[ast.AST]:
        droppable = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.For, ast.If)
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return [ast.Pass()] if isinstance(node, droppable) and not docstring else []

    return _sites(source, function, choose)


def _call_dropped(source: str, function: str) -> Mutated:
    """``x.round()`` and ``torch.round(x)`` become ``x``."""

    def choose(node: ast.AST) -> list[ast.AST]:
        if not isinstance(node, ast.Call):
            return []
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name.rstrip("_") not in _DROPPED_CALLS:
            return []
        return [_receiver(node)]

    return _sites(source, function, choose)


def _receiver(call: ast.Call) -> ast.AST:
    """Return what a call works on: its object, or its first argument where that is a module."""
    if isinstance(call.func, ast.Attribute):
        owner = call.func.value
        modules = ("torch", "np", "F", "self")
        if not (isinstance(owner, ast.Name) and owner.id in modules):
            return owner
    return call.args[0]


def _function_swapped(source: str, function: str) -> Mutated:
    def choose(node: ast.AST) -> list[ast.AST]:
        if isinstance(node, ast.Attribute) and node.attr in _SWAPPED_NAMES:
            return [ast.Attribute(node.value, _SWAPPED_NAMES[node.attr], node.ctx)]
        if isinstance(node, ast.Name) and node.id in _SWAPPED_NAMES:
            return [ast.Name(_SWAPPED_NAMES[node.id], node.ctx)]
        return []

    return _sites(source, function, choose)


def _comparison_swapped(source: str, function: str) -> Mutated:
    def choose(node: ast.AST) -> list[ast.AST]:
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED_COMPARISONS:
            swapped = _SWAPPED_COMPARISONS[type(node.ops[0])]()
            return [ast.Compare(node.left, [swapped], node.comparators)]
        return []

    return _sites(source, function, choose)


def _argument_swapped(source: str, function: str) -> Mutated:
    """One use of a parameter becomes another parameter."""
    arguments = [a.arg for a in _named(ast.parse(source), function).args.args if a.arg != "self"]

    def choose(node: ast.AST) -> list[ast.AST]:
        if not isinstance(node, ast.Name) or node.id not in arguments[:3]:
            return []
        others = [a for a in arguments[:3] if a != node.id]
        return [ast.Name(other, node.ctx) for other in others]

    return _sites(source, function, choose)


def _layer_swapped(source: str, function: str, sheet: Sheet) -> Mutated:
    """A layer's scale becomes the next layer's, a layer handed on the one after it."""

    def choose(node: ast.AST) -> list[ast.AST]:
        if isinstance(node, ast.Attribute) and node.attr == "output_scale":
            following = [
                ast.Attribute(layer, node.attr, node.ctx) for layer in _next(node.value, sheet)
            ]
            return [*following, ast.Attribute(node.value, "weight.scale", node.ctx)]
        if isinstance(node, ast.Attribute) and node.attr == "input_scale":
            first = ast.Attribute(node.value, sheet.layers[0], node.ctx)
            return [ast.Attribute(first, "output_scale", node.ctx)]
        if isinstance(node, ast.Call):
            return [
                ast.Call(node.func, [*node.args[:i], other, *node.args[i + 1 :]], node.keywords)
                for i, argument in enumerate(node.args)
                for other in _next(argument, sheet)
            ]
        return []

    return _sites(source, function, choose)


def _next(owner: ast.AST, sheet: Sheet) -> list[ast.expr]:
    """Return ``self.conv2`` for ``self.conv1``, nothing for what is no layer."""
    if not isinstance(owner, ast.Attribute) or owner.attr not in sheet.layers:
        return []
    following = sheet.layers[(sheet.layers.index(owner.attr) + 1) % len(sheet.layers)]
    return [ast.Attribute(owner.value, following, owner.ctx)]


def _loop_shortened(source: str, function: str) -> Mutated:
    """A loop leaves out the first or the last of what it walks over."""

    def choose(node: ast.AST) -> list[ast.AST]:
        if not isinstance(node, ast.For | ast.comprehension):
            return []
        found: list[ast.AST] = []
        for part in ("[1:]", "[:-1]"):
            shortened = copy.deepcopy(node)
            walked = ast.unparse(node.iter)
            text = f"list({walked}){part}"
            shortened.iter = ast.parse(text, mode="eval").body
            found.append(shortened)
        return found

    return _sites(source, function, choose)


def _return_changed(source: str, function: str) -> Mutated:
    """The returned values are swapped, inverted, negated, or made a constant."""

    def choose(node: ast.AST) -> list[ast.AST]:
        if not isinstance(node, ast.Return) or node.value is None:
            return []
        text = ast.unparse(node.value)
        if isinstance(node.value, ast.Tuple):
            one, other = (ast.unparse(e) for e in node.value.elts)
            changed = [f"({other}, {one})", f"({one}, 1 / {other})", f"({one}, -{other})"]
            changed += [f"({one}, 2.5)", f"({one} * {other}, {other})", f"{one}"]
        else:
            changed = [f"1 / ({text})", f"-({text})", f"({text}) * 2.5", "2.5"]
        return [ast.Return(ast.parse(c, mode="eval").body) for c in changed]

    return _sites(source, function, choose)


def _argument_changed(source: str, function: str, sheet: Sheet) -> Mutated:
    """The first argument, or the list of scales, is changed in place."""
    arguments = [a.arg for a in _named(ast.parse(source), function).args.args if a.arg != "self"]
    first, last = arguments[0], arguments[-1]
    start = [sheet.change.format(first)]
    end = [*start] if function != "forward" else []
    if sheet.entry is not None:
        end += [f"{last}.append({sheet.entry})", f"{last}.reverse()", f"{last}.clear()"]
    for text in start:
        tree = ast.parse(source)
        _named(tree, function).body.insert(0, ast.parse(text).body[0])
        yield tree, f"first statement: {text}"
    for text in end:
        tree = ast.parse(source)
        owner = _named(tree, function)
        returned = owner.body[-1]
        if isinstance(returned, ast.Return) and returned.value is not None:
            kept = ast.Assign([ast.Name("kept", ast.Store())], returned.value)
            body = [kept, ast.parse(text).body[0], ast.Return(ast.Name("kept", ast.Load()))]
            owner.body[-1:] = body
            yield tree, f"last statement: {text}"


OPERATORS: dict[str, Callable[[str, str], Mutated]] = {
    "operator swapped": _operator_swapped,
    "factor dropped": _factor_dropped,
    "constant changed": _constant_changed,
    "statement dropped": _statement_dropped,
    "call dropped": _call_dropped,
    "function swapped": _function_swapped,
    "comparison swapped": _comparison_swapped,
    "argument swapped": _argument_swapped,
    "loop shortened": _loop_shortened,
    "return changed": _return_changed,
}
OF_SHEET: dict[str, Callable[[str, str, Sheet], Mutated]] = {
    "scale of another layer": _layer_swapped,
    "argument changed": _argument_changed,
}
