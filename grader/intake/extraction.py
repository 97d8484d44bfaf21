"""
Cells -> Program: the statements that the asked names rest on, and none of the others.

A notebook trains, plots and downloads between its definitions. What a name needs is found by
following names lexically; expression statements never run, and neither does an assignment that
would train or wait.
"""

from __future__ import annotations
import __future__

import ast
import builtins
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from grader.intake.lexical.effects import Effects, find_effects
from grader.intake.lexical.parsing import Statement, parse_cell
from grader.intake.lexical.scopes import dotted
from grader.intake.lexical.usage import Usage, usage_of
from grader.intake.model import Cell, Fragment, Place, Problem, ProblemKind, Program
from grader.sentences import say

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ALWAYS_RUN = (*_DEFINITIONS, ast.Import, ast.ImportFrom)
# Python sets the last four in a module, a class body and a method.
_BUILTINS = frozenset({*dir(builtins), "__file__", "__module__", "__qualname__", "__class__"})
# Names that star imports of numpy, torch and math are known to replace.
_OFTEN_REPLACED = frozenset(
    ["abs", "all", "any", "divmod", "float", "int", "max", "min", "pow", "round", "sum"]
)
# Beyond this many lookups a name means its last definition, wherever it is read.
_MOST_LOOKUPS = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """One statement with its usage, and why it must not run (``None`` where it may)."""

    statement: Statement
    usage: Usage
    skipped: str | None = None

    @property
    def touches(self) -> frozenset[str]:
        """Return the names whose value depends on whether this statement runs."""
        return self.usage.binds | self.usage.may_bind | self.usage.changes


_Lookup = tuple[str, int]


@dataclass(kw_only=True)
class _Closure:
    """
    The steps found necessary so far, and what was met on the way.

    ``early`` maps a name that is read before it is bound to the index of the step that reads it.
    """

    needed: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    unbound: set[str] = field(default_factory=set)
    early: dict[str, int] = field(default_factory=dict)


def extract(cells: Sequence[Cell], names: Sequence[str]) -> Program:
    """
    Return the program that defines *names* as far as *cells* do.

    The last definition of a name counts, with the statements that change it afterwards; what it
    reads is included in turn, as it stood where it was read. Never raises for a student's code.
    """
    parsed, problems = _parse(cells)
    steps, too_complex = _steps(parsed)
    bindings = _bindings(steps)
    closure = _close(steps, bindings, names)
    needed = closure.needed | _submodule_imports(steps, closure.needed)
    chosen = sorted(needed | _star_imports(steps, closure))
    return Program(
        fragments=tuple(_fragment(steps[i]) for i in chosen),
        defined=_defined(steps[i] for i in chosen),
        problems=(*problems, *too_complex, *_remarks(steps, bindings, closure)),
        missing=tuple(name for name in dict.fromkeys(names) if not bindings.run.get(name)),
        unresolved=tuple(sorted(closure.unbound - _BUILTINS - set(names))),
        compile_flags=_compile_flags(parsed),
    )


def _parse(cells: Iterable[Cell]) -> tuple[list[Statement], list[Problem]]:
    statements: list[Statement] = []
    problems: list[Problem] = []
    for cell in cells:
        found, wrong = parse_cell(cell)
        statements.extend(found)
        problems.extend(wrong)
    return statements, problems


def _steps(statements: Iterable[Statement]) -> tuple[list[_Step], list[Problem]]:
    """Return the steps that bind anything, each judged by what it would do if it ran."""
    used: list[tuple[Statement, Usage]] = []
    problems: list[Problem] = []
    for statement in statements:
        try:
            used.append((statement, usage_of(statement.node, statement.alias)))
        except RecursionError:
            message = say("problem", "too-deep")
            kind = ProblemKind.TOO_COMPLEX
            problems.append(Problem(kind=kind, message=message, place=statement.place))
    effects = find_effects(
        (usage for _, usage in used), (statement.node for statement, _ in used if statement.alias)
    )
    return list(_judged(used, effects)), problems


def _judged(used: Iterable[tuple[Statement, Usage]], effects: Effects) -> Iterator[_Step]:
    """
    Yield steps with the reason for which they are skipped.

    A statement that reads a name which only skipped statements bind is skipped as well;
    definitions and imports never are, as running one does nothing yet.
    """
    may_run: dict[str, bool] = {}
    for statement, usage in used:
        reason = None
        if not isinstance(statement.node, _ALWAYS_RUN):
            lacking = sorted(name for name in usage.reads_now if may_run.get(name) is False)
            needs = say("effect", "needs", name=lacking[0]) if lacking else None
            reason = effects.of(usage.calls_now) or needs
        step = _Step(statement=statement, usage=usage, skipped=reason)
        for name in usage.binds | usage.may_bind:
            may_run[name] = may_run.get(name, False) or reason is None
        yield step


@dataclass(frozen=True, kw_only=True)
class _Bindings:
    """The indices of the steps that bind or change each name, in order: those run, those not."""

    run: dict[str, list[int]] = field(default_factory=dict)
    skipped: dict[str, list[int]] = field(default_factory=dict)

    def last(self, name: str, before: int) -> int | None:
        """Return the last step that runs and touches *name* before an index."""
        return _last(self.run.get(name, ()), before)


def _last(indices: Sequence[int], before: int) -> int | None:
    position = bisect_left(indices, before)
    return indices[position - 1] if position else None


def _bindings(steps: Sequence[_Step]) -> _Bindings:
    bindings = _Bindings()
    for i, step in enumerate(steps):
        table = bindings.skipped if step.skipped else bindings.run
        for name in step.touches:
            table.setdefault(name, []).append(i)
    return bindings


def _close(steps: Sequence[_Step], bindings: _Bindings, names: Iterable[str]) -> _Closure:
    """
    Return the closure of *names*: what they rest on, and what that rests on.

    A lookup is a name and the index before which its bindings count; what a function reads when
    it is called is looked up both where the function is used and at the end.
    """
    closure, end = _Closure(), len(steps)
    waiting: list[_Lookup] = [(name, end) for name in names]
    seen = set(waiting)
    while waiting:
        name, before = waiting.pop()
        i = bindings.last(name, before)
        passed_over = _last(bindings.skipped.get(name, ()), before)
        if passed_over is not None and (i is None or passed_over > i):
            closure.skipped.add(passed_over)
        if i is None:
            found = [(name, end)] if name in bindings.run else []
            if not found:
                closure.unbound.add(name)
        else:
            closure.needed.add(i)
            _note_early(closure, bindings, steps[i].usage, i)
            found = list(_lookups(steps[i].usage, bindings, (name, before), i, end))
        for lookup in found:
            reached = lookup if len(seen) < _MOST_LOOKUPS else (lookup[0], end)
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return closure


def _lookups(
    usage: Usage, bindings: _Bindings, lookup: _Lookup, i: int, end: int
) -> Iterator[_Lookup]:
    """Yield what step *i*, found by *lookup*, rests on."""
    name, before = lookup
    if name not in usage.binds and bindings.last(name, i) is not None:
        yield name, i
    for read in usage.reads_now:
        yield read, i
    for read in usage.reads_later:
        yield read, before
        yield read, end
    for hint in usage.hints & bindings.run.keys():
        yield hint, end


def _note_early(closure: _Closure, bindings: _Bindings, usage: Usage, i: int) -> None:
    for name in usage.reads_now - _BUILTINS:
        if name in bindings.run and bindings.last(name, i) is None:
            closure.early.setdefault(name, i)


def _star_imports(steps: Sequence[_Step], closure: _Closure) -> set[int]:
    """Return the star imports, where they may bind a name that nothing else does."""
    if not (closure.unbound - _BUILTINS or closure.unbound & _OFTEN_REPLACED):
        return set()
    return {
        i
        for i, step in enumerate(steps)
        if step.statement.alias and step.statement.alias.name == "*"
    }


def _submodule_imports(steps: Sequence[_Step], needed: Iterable[int]) -> set[int]:
    """Return every ``import a.b`` of a package ``a`` that a needed import binds."""
    roots = {name for i in needed if steps[i].statement.alias for name in steps[i].usage.binds}
    return {
        i
        for i, step in enumerate(steps)
        if step.statement.alias and step.usage.may_bind and step.usage.may_bind <= roots
    }


def _fragment(step: _Step) -> Fragment:
    return step.statement.fragment(sorted(step.touches))


def _defined(steps: Iterable[_Step]) -> dict[str, Place]:
    """Return where each name, each ``Class.method`` and each ``Class.attribute = `` stands."""
    places: dict[str, Place] = {}
    for step in steps:
        statement, node = step.statement, step.statement.node
        for name in step.usage.binds | step.usage.may_bind:
            places[name] = statement.place
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, _DEFINITIONS):
                    places[f"{node.name}.{method.name}"] = statement.place_of(method)
        elif isinstance(node, ast.Assign):
            for name in filter(None, map(dotted, node.targets)):
                places[name] = statement.place
    return places


def _remarks(steps: Sequence[_Step], bindings: _Bindings, closure: _Closure) -> list[Problem]:
    """Return what a person should know about the choice of statements."""
    return [
        *(_not_run(steps[i]) for i in sorted(closure.skipped)),
        *_duplicates(steps, bindings, closure),
        *(twice for i in sorted(closure.needed) for twice in _methods_twice(steps[i].statement)),
        *(_too_early(name, steps[i]) for name, i in sorted(closure.early.items())),
    ]


def _not_run(step: _Step) -> Problem:
    names = ", ".join(sorted(step.touches)[:5])
    message = say("problem", "not-run", names=names, effect=step.skipped)
    place = step.statement.place
    return Problem(kind=ProblemKind.SKIPPED_STATEMENT, message=message, place=place)


def _duplicates(
    steps: Sequence[_Step], bindings: _Bindings, closure: _Closure
) -> Iterator[Problem]:
    """Yield a problem for each needed function or class that hides an earlier one."""
    nodes = {i: steps[i].statement.node for i in closure.needed}
    names = {node.name for node in nodes.values() if isinstance(node, _DEFINITIONS)}
    for name in sorted(names):
        defining = [i for i in bindings.run[name] if _defines(steps[i], name)]
        if set(defining) - closure.needed:
            yield _duplicate(name, len(defining), steps[defining[-1]].statement.place)


def _methods_twice(statement: Statement) -> Iterator[Problem]:
    """Yield a problem for each method that a class defines again, property setters aside."""
    if not isinstance(statement.node, ast.ClassDef):
        return
    defined: dict[str, list[_Definition]] = {}
    for method in statement.node.body:
        if isinstance(method, _DEFINITIONS) and not _extends_itself(method):
            defined.setdefault(method.name, []).append(method)
    for name, methods in defined.items():
        if len(methods) > 1:
            yield _duplicate(
                f"{statement.node.name}.{name}", len(methods), statement.place_of(methods[-1])
            )


def _duplicate(name: str, times: int, last: Place) -> Problem:
    message = say("problem", "defined-twice", name=name, times=times, where=last)
    return Problem(kind=ProblemKind.DUPLICATE_DEFINITION, message=message, place=last)


def _extends_itself(node: _Definition) -> bool:
    """Return whether a decorator is built on the name itself: ``@scale.setter``."""
    names = filter(None, map(dotted, node.decorator_list))
    return any(name.startswith(f"{node.name}.") for name in names)


def _defines(step: _Step, name: str) -> bool:
    node = step.statement.node
    return isinstance(node, _DEFINITIONS) and node.name == name


def _too_early(name: str, step: _Step) -> Problem:
    message = say("problem", "too-early", name=name)
    place = step.statement.place
    return Problem(kind=ProblemKind.USED_BEFORE_DEFINITION, message=message, place=place)


def _compile_flags(statements: Iterable[Statement]) -> int:
    """Return the flag of the one ``from __future__`` import that still changes anything."""
    imported = {
        statement.alias.name
        for statement in statements
        if statement.alias
        and isinstance(statement.node, ast.ImportFrom)
        and statement.node.module == "__future__"
    }
    return __future__.annotations.compiler_flag if "annotations" in imported else 0
