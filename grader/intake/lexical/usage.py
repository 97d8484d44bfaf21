"""
What one top-level statement binds, changes, reads and calls - found lexically, nothing is run.

Scopes follow the language reference, section 4.2: what a class body binds is invisible to the
functions in it, and a comprehension has a scope of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.intake.lexical.executed import is_namespace
from grader.intake.lexical.scopes import (
    Comprehension,
    Function,
    all_args,
    bound_names,
    declared,
    defaults,
    definite_names,
    dotted,
    root_name,
    type_parameters,
)

_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """
    How a statement uses module-level names.

    ``binds`` are names bound whenever it runs, ``may_bind`` those bound on some path only.
    ``changes`` are names whose attributes or items it sets. ``reads_now`` are needed when it runs,
    ``reads_later`` when a function defined in it runs; ``hints`` stand in quoted annotations.
    ``calls_now`` are dotted names called when it runs (``.name`` for any method), ``bodies`` the
    calls of each function (by name), class (by name: its constructor) and method (``.name``).
    """

    binds: frozenset[str]
    may_bind: frozenset[str]
    changes: frozenset[str]
    reads_now: frozenset[str]
    reads_later: frozenset[str]
    hints: frozenset[str]
    calls_now: frozenset[str]
    bodies: Mapping[str, frozenset[str]]


def usage_of(node: ast.stmt, alias: ast.alias | None = None) -> Usage:
    """
    Return how a top-level statement (or one name of an import) uses names.

    Raises RecursionError for code nested more deeply than Python's stack.
    """
    if alias is not None:
        return _import_usage(alias)
    walker = _Walker()
    walker.visit(node)
    sometimes = set(bound_names([node]))
    always = definite_names(node) if sometimes else sometimes
    return Usage(
        binds=frozenset(always),
        may_bind=frozenset(sometimes - always),
        changes=frozenset(walker.changes),
        reads_now=frozenset(walker.reads_now),
        reads_later=frozenset(walker.reads_later),
        hints=frozenset(walker.hints),
        calls_now=frozenset(walker.calls_now),
        bodies={name: frozenset(calls) for name, calls in walker.bodies.items()},
    )


def _called_name(node: ast.expr) -> str:
    return dotted(node.func) or "" if isinstance(node, ast.Call) else ""


def _import_usage(alias: ast.alias) -> Usage:
    """``import a.b`` binds ``a`` but hides no other import of ``a``."""
    none: frozenset[str] = frozenset()
    name = frozenset({alias.asname or alias.name.partition(".")[0]} - {"*"})
    sure = "." not in alias.name or alias.asname is not None
    return Usage(
        binds=name if sure else none,
        may_bind=none if sure else name,
        changes=none,
        reads_now=none,
        reads_later=none,
        hints=none,
        calls_now=none,
        bodies={},
    )


@dataclass(frozen=True)
class _Scope:
    """A scope around the node being visited."""

    kind: str
    names: set[str] = field(default_factory=set)
    global_names: frozenset[str] = frozenset()


class _Walker(ast.NodeVisitor):
    """Collects one statement's reads, changes and calls."""

    def __init__(self) -> None:
        self.reads_now: set[str] = set()
        self.reads_later: set[str] = set()
        self.hints: set[str] = set()
        self.changes: set[str] = set()
        self.calls_now: set[str] = set()
        self.bodies: dict[str, set[str]] = {}
        self._scopes: list[_Scope] = []
        self._owners: tuple[str, ...] = ()
        self._depth = 0  # of functions around the node: what they read is read later
        self._quoted = False
        self._class_name = ""
        self._bound: set[str] = set()  # by an earlier part of the same statement

    def _bind(self, name: str) -> None:
        """Note a binding in the scope at hand; functions know theirs beforehand."""
        if not self._scopes:
            self._bound.add(name)
        elif self._scopes[-1].kind == "class":
            self._scopes[-1].names.add(name)

    def _is_global(self, name: str) -> bool:
        for distance, scope in enumerate(reversed(self._scopes)):
            if name in scope.global_names:
                return True
            if name in scope.names and (scope.kind != "class" or distance == 0):
                return False
        return True

    def _read(self, name: str) -> None:
        if self._is_global(name) and (self._depth or name not in self._bound):
            later = self.reads_later if self._depth else self.reads_now
            (self.hints if self._quoted else later).add(name)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Skip what most nodes of a large literal are, quickly."""

    def visit_Load(self, node: ast.Load) -> None:
        """Skip what every name that is read carries."""

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def visit_alias(self, node: ast.alias) -> None:
        self._bind(node.asname or node.name.partition(".")[0])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        for part in [node.iter, node.target, *node.body, *node.orelse]:
            self.visit(part)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        before = set(self._bound)
        for part in node.body:
            self.visit(part)
        after_body, self._bound = self._bound, before
        for part in node.orelse:
            self.visit(part)
        self._bound &= after_body

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        if node.value:
            self.visit(node.value)
        self.visit(node.target)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._changed(node)
        self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._changed(node)
        if isinstance(node.ctx, ast.Load):
            self._read_by_key(node.value, node.slice)
        self.generic_visit(node)

    def _changed(self, node: ast.Attribute | ast.Subscript) -> None:
        root = root_name(node)
        if isinstance(node.ctx, ast.Store) and root and not self._depth and self._is_global(root):
            self.changes.add(root)

    def visit_Call(self, node: ast.Call) -> None:
        called = set(_called(node))
        self.calls_now |= called if not self._depth else set()
        for owner in self._owners:
            self.bodies[owner] |= called
        if called & {"setattr", "delattr"} and node.args and not self._depth:
            root = root_name(node.args[0])
            self.changes |= {root} if root and self._is_global(root) else set()
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
            self._read_by_key(node.func.value, node.args[0])
        self.generic_visit(node)

    def _read_by_key(self, owner: ast.expr, key: ast.expr) -> None:
        """Note a global that is read as ``globals()['top']``."""
        is_global = is_namespace(owner) and (not self._depth or _called_name(owner) == "globals")
        if is_global and isinstance(key, ast.Constant) and isinstance(key.value, str):
            (self.reads_later if self._depth else self.reads_now).add(key.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: Function) -> None:
        for expression in [*node.decorator_list, *defaults(node.args)]:
            self.visit(expression)
        for annotation in [*(arg.annotation for arg in all_args(node.args)), node.returns]:
            self._annotation(annotation)
        around = self._owners
        self._owners = around or self._keys(node.name)
        for owner in self._owners:
            self.bodies.setdefault(owner, set())
        self._body(node.args, node.body, type_parameters(node))
        self._owners = around
        self._bind(node.name)

    def _keys(self, name: str) -> tuple[str, ...]:
        """Return the names under which a call reaches a function that stands here."""
        if not (self._scopes and self._scopes[-1].kind == "class"):
            return (name,)
        classes = self.bodies.keys() & {self._class_name}
        return (f".{name}", *classes) if name in _CONSTRUCTORS else (f".{name}",)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in defaults(node.args):
            self.visit(default)
        self._body(node.args, [node.body], set())

    def _body(self, args: ast.arguments, body: Sequence[ast.AST], names: set[str]) -> None:
        outside = declared(body)
        names = names | {arg.arg for arg in all_args(args)} | (set(bound_names(body)) - outside)
        global_names = frozenset(declared(body, nonlocals=False))
        self._scopes.append(_Scope("function", names, global_names))
        self._depth += 1
        for node in body:
            self.visit(node)
        self._depth -= 1
        self._scopes.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for expression in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(expression)
        if not self._owners:
            self._class_name = node.name
            self.bodies[node.name] = {name for base in node.bases if (name := dotted(base))}
        self._scopes.append(_Scope("class", type_parameters(node)))
        for statement in node.body:
            self.visit(statement)
        self._scopes.pop()
        self._bind(node.name)

    def _comprehension(self, node: Comprehension) -> None:
        """The first iterable is evaluated outside the comprehension's scope."""
        self.visit(node.generators[0].iter)
        targets = set(bound_names(generator.target for generator in node.generators))
        self._scopes.append(_Scope("comprehension", targets))
        for i, generator in enumerate(node.generators):
            for part in [*([generator.iter] if i else []), generator.target, *generator.ifs]:
                self.visit(part)
        for element in _elements(node):
            self.visit(element)
        self._scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def _annotation(self, node: ast.expr | None) -> None:
        """Visit an annotation; names in a quoted one are hints, not needed to run."""
        if node is None:
            return
        self.visit(node)
        quoted, self._quoted = self._quoted, True
        for child in ast.walk(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                for name in _names_in(child.value):
                    self._read(name)
        self._quoted = quoted


def _elements(node: Comprehension) -> list[ast.expr]:
    return [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]


def _names_in(text: str) -> list[str]:
    try:
        tree = ast.parse(text[:200], mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _called(node: ast.Call) -> Iterator[str]:
    """Yield what a call may reach: a dotted name, a method of that name, ``download=True``."""
    if name := dotted(node.func):
        yield name
    if isinstance(node.func, ast.Attribute):
        yield f".{node.func.attr}"
    if any(keyword.arg == "download" for keyword in node.keywords):
        yield "download="
