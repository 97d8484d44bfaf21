"""
What running a statement changes besides what it binds: objects, classes and other globals.

``limits.update(top=127)`` changes ``limits``; so does ``fill(limits)``, where the notebook's own
``fill`` sets items of its argument, and ``setup()``, where it declares ``global limits``. Found
lexically and on the safe side: a change too many only makes a harmless statement run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grader.intake.lexical.aliases import pairs, roots
from grader.intake.lexical.executed import is_namespace
from grader.intake.lexical.scopes import Function, all_args, bound_names, declared, dotted

# Methods of lists, dicts, sets, arrays, modules and parsers that change what they belong to.
_MUTATORS = frozenset(("append", "extend", "insert", "remove", "pop", "popitem", "clear", "sort"))
_MUTATORS |= {"setdefault", "update", "add", "discard", "appendleft", "extendleft", "popleft"}
_MUTATORS |= {"rotate", "move_to_end", "reverse", "fill", "put", "resize", "partition", "set"}
_MUTATORS |= {"push", "add_module", "register_buffer", "register_parameter", "load_state_dict"}
_MUTATORS |= {"add_argument"}
# A statement that only calls one of these shows something.
_READERS = frozenset(("items", "keys", "values", "item", "numpy", "mean", "std", "sum", "max"))
_READERS |= {"min", "abs", "head", "tail", "info", "describe", "size", "shape", "copy", "cpu"}
_READERS |= {"parameters", "named_parameters", "children", "named_children", "modules"}
_READERS |= {"named_modules", "state_dict", "tolist", "detach", "dim", "numel", "get", "count"}
_READERS |= {"index", "format", "join", "split", "eval", "train"}
# Functions of libraries that change their first argument.
_CHANGE_ARGUMENT = frozenset(("shuffle", "heapify", "heappush", "heappop", "insort", "copyto"))
_CHANGE_ARGUMENT |= {"insort_left", "insort_right", "place", "putmask", "fill_diagonal"}
_DEEPEST_CALLS = 10  # longer chains of calls are not followed
_OF_PROPERTIES = frozenset(("setter", "getter", "deleter"))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a call of one of the notebook's own functions changes."""

    parameters: tuple[str, ...]
    rest: str = ""
    is_static: bool = False
    changes_parameters: frozenset[str] = frozenset()
    changes_globals: frozenset[str] = frozenset()

    def given(self, call: ast.Call, offset: int) -> Iterator[ast.expr]:
        """Yield the arguments of a call that it changes; *offset* parameters are given already."""
        names = self.parameters[offset:]
        for i, argument in enumerate(call.args):
            name = names[i] if i < len(names) else self.rest
            if name in self.changes_parameters or isinstance(argument, ast.Starred):
                yield argument
        for keyword in call.keywords:
            if keyword.arg is None or keyword.arg in self.changes_parameters:
                yield keyword.value


Summaries = Mapping[str, Sequence[Summary]]


@dataclass(kw_only=True)
class Changes:
    """
    The roots that a block changes, the globals it sets by key, and whether any key may be.

    ``far`` are globals that a called function changes, by their qualified names.
    """

    names: set[str] = field(default_factory=set)
    far: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    any_global: bool = False


class _Scan(ast.NodeVisitor):
    """Collects what a block changes, functions in it left out except for nested ones."""

    def __init__(
        self, summaries: Summaries, *, nested: bool, defined: Container[str] = ()
    ) -> None:
        self.changes = Changes()
        self.aliases: dict[str, set[str]] = {}
        self._summaries = summaries
        self._nested = nested
        self._defined = defined  # functions and classes: calling one of their methods shows

    def _change(self, node: ast.AST | None) -> None:
        waiting, seen = [*roots(node)], set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += self.aliases.get(name, ())
        self.changes.names |= seen

    def _alias(self, target: ast.expr, value: ast.expr) -> None:
        for one, meant in pairs(target, value):
            for name in roots(one):
                self.aliases.setdefault(name, set()).update(roots(meant, kept=True) - {name})

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._stored(target)
            self._alias(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self._stored(node.target)
            self._alias(node.target, node.value)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._change(node.target)  # a list or a tensor is changed in place
        self._stored(node.target)
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name):
                self._change(target)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._alias(node.target, node.iter)
        self.generic_visit(node)

    def visit_withitem(self, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            self._alias(node.optional_vars, node.context_expr)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            known = call.func.attr in _READERS or f".{call.func.attr}" in self._summaries
            if not known and dotted(call.func.value) not in self._defined:
                self._change(call.func.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self._called(node)
        self.generic_visit(node)

    def _called(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in {"setattr", "delattr"} and node.args:
            self._change(node.args[0])
        if name == "exec":  # what a computed text binds is not known
            self.changes.any_global |= all(map(is_namespace, node.args[1:]))
            self._change(node.args[1] if node.args[1:] else None)
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method in _MUTATORS or (method.endswith("_") and not method.endswith("__")):
                self._change(node.func.value)
                self._change(node.args[0] if node.args else None)  # nn.init.zeros_(x)
            if method in _CHANGE_ARGUMENT and node.args:
                self._change(node.args[0])
            if is_namespace(node.func.value):
                self._updated(node)
        self._applied(node, dotted(node.func), offset=0)
        if isinstance(node.func, ast.Attribute):
            self._applied(node, f".{node.func.attr}", offset=1)

    def _applied(self, node: ast.Call, key: str | None, *, offset: int) -> None:
        """Note what the notebook's own functions of a name change when *node* calls them."""
        for summary in self._summaries.get(key or "", ()):
            self.changes.far |= summary.changes_globals
            bound = 0 if summary.is_static else offset
            for argument in summary.given(node, bound):
                self._change(argument)
            changes_self = summary.changes_parameters.intersection(summary.parameters[:bound])
            if changes_self and isinstance(node.func, ast.Attribute):
                self._change(node.func.value)

    def _stored(self, target: ast.AST) -> None:
        """Note a store into an object, or into the namespace by a key."""
        if isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self._stored(part)
        elif isinstance(target, ast.Subscript) and is_namespace(target.value):
            key = target.slice
            self._bound([key.value] if isinstance(key, ast.Constant) else None)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self._change(target)

    def _updated(self, node: ast.Call) -> None:
        """Note the names that ``globals().update(...)`` binds."""
        assert isinstance(node.func, ast.Attribute)
        if node.func.attr not in {"update", "setdefault", "__setitem__"}:
            return
        keys: list[object] = [keyword.arg for keyword in node.keywords]
        for argument in node.args[:1]:
            match argument:
                case ast.Constant(value=value):
                    keys.append(value)
                case ast.Dict(keys=given):
                    keys += [k.value if isinstance(k, ast.Constant) else None for k in given]
                case _:
                    keys.append(None)
        self._bound(keys)

    def _bound(self, keys: Sequence[object] | None) -> None:
        names = {key for key in keys or [None] if isinstance(key, str)}
        self.changes.bound |= names
        self.changes.any_global |= keys is None or None in keys

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: Function) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
            self._decorated(decorator, node)
        if self._nested:
            for statement in node.body:
                self.visit(statement)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
            self._decorated(decorator, None)
        for statement in node.body:
            self.visit(statement)
        keys = [".__init_subclass__"] if node.bases else []
        for made_by in (one.value for one in node.keywords if one.arg == "metaclass"):
            keys += [dotted(made_by) or "", ".__new__"]
        for summary in (one for key in keys for one in self._summaries.get(key, ())):
            self.changes.far |= summary.changes_globals

    def _decorated(self, decorator: ast.expr, node: Function | None) -> None:
        """
        Note what a decorator may change: what it is given, and the classes in annotations.

        fastcore's ``@patch`` puts a function into the class that its first parameter is
        annotated with; ``@add_to_class(Net)`` into the one that it is given; a method such as
        singledispatch's ``@area.register`` into its object.
        """
        if isinstance(decorator, ast.Call):
            for argument in [*decorator.args, *(k.value for k in decorator.keywords)]:
                self._change(argument)
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr not in _OF_PROPERTIES:
            self._change(called.value)
        name = dotted(decorator)
        for summary in self._summaries.get(name or "", ()):
            self.changes.far |= summary.changes_globals
        if node is not None:
            for arg in all_args(node.args)[:1]:
                self._change(arg.annotation)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Leave out what runs later."""


# -- the notebook's own functions -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Names:
    """What is known of a module's names: its own, and those of libraries and definitions."""

    qualify: Callable[[str], str]
    libraries: frozenset[str] = frozenset()
    definitions: frozenset[str] = frozenset()

    @cached_property
    def known(self) -> frozenset[str]:
        """Return the names of libraries and definitions together."""
        return self.definitions | self.libraries


Named = tuple[str, Function, Names]
"""A key by which a function is called, the function, and the names of its module."""


def functions_in(statements: Iterable[ast.stmt], names: Names, owner: str = "") -> Iterator[Named]:
    """Yield the functions, methods (``.name``) and constructors (``Class``) in *statements*."""
    for node in statements:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield f".{name}" if owner else name, node, names
                if owner and name == "__init__":
                    yield owner, node, names
            case ast.ClassDef(name=name, body=body):
                yield from functions_in(body, names, name)
            case ast.If() | ast.For() | ast.While():
                yield from functions_in([*node.body, *node.orelse], names, owner)
            case ast.With(body=body):
                yield from functions_in(body, names, owner)
            case ast.Try():
                handlers = [s for handler in node.handlers for s in handler.body]
                yield from functions_in(
                    [*node.body, *handlers, *node.orelse, *node.finalbody], names, owner
                )


def summarize(functions: Sequence[Named]) -> Summaries:
    """Return what each function changes when it is called, through those that it calls too."""
    summaries: dict[str, list[Summary]] = {}
    for _ in range(_DEEPEST_CALLS):
        found: dict[str, list[Summary]] = {}
        for key, node, names in functions:
            is_constructor = node.name == "__init__" and not key.startswith(".")
            summary = _summary(node, summaries, names, skip=int(is_constructor))
            found.setdefault(key, []).append(summary)
        if found == summaries:
            break
        summaries = found
    return summaries


def _summary(node: Function, summaries: Summaries, names: Names, *, skip: int) -> Summary:
    scan = _Scan(summaries, nested=True, defined=names.known)
    for statement in node.body:
        scan.visit(statement)
    parameters = [arg.arg for arg in [*node.args.posonlyargs, *node.args.args]]
    given = {arg.arg for arg in all_args(node.args)}
    binds = set(bound_names(node.body))
    global_names = declared(node.body, nonlocals=False)
    changed = scan.changes.names - (binds - global_names) - given - {*_inside(node)}
    bound = {*_global_in(node)} | scan.changes.bound
    return Summary(
        parameters=tuple(parameters[skip:]),
        rest=node.args.vararg.arg if node.args.vararg else "",
        is_static=any(dotted(d) == "staticmethod" for d in node.decorator_list),
        changes_parameters=frozenset(scan.changes.names & given),
        changes_globals=frozenset(map(names.qualify, (changed | bound) - names.libraries))
        | scan.changes.far,
    )


def _global_in(node: Function) -> Iterator[str]:
    """Yield the globals that a function binds, and those that functions within it do."""
    for child in ast.walk(node):
        if isinstance(child, Function):
            yield from {*bound_names(child.body)} & declared(child.body, nonlocals=False)


def _inside(node: Function) -> Iterator[str]:
    """Yield the names that functions within a function keep to themselves."""
    for child in ast.walk(node):
        if isinstance(child, Function | ast.Lambda) and child is not node:
            yield from (arg.arg for arg in all_args(child.args))
        if isinstance(child, Function) and child is not node:
            yield from bound_names(child.body)


def patches_of(node: ast.stmt, libraries: Container[str]) -> Iterator[str]:
    """Yield the attributes that a statement gives to what libraries have: ``nn.Module.q = q``."""
    for child in ast.walk(node):
        match child:
            case ast.Attribute(value=owner, attr=name, ctx=ast.Store()):
                pass
            case ast.Call(
                func=ast.Name(id="setattr"), args=[owner, ast.Constant(value=str(name)), *_]
            ):
                pass
            case _:
                continue
        if any(root in libraries for root in roots(owner)):
            yield name


# -- statements -----------------------------------------------------------------------------------


def changes_of(node: ast.stmt, summaries: Summaries, defined: Container[str]) -> Changes:
    """Return what running a top-level statement changes; *defined* are functions and classes."""
    scan = _Scan(summaries, nested=False, defined=defined)
    scan.visit(node)
    return scan.changes
