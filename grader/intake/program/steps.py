"""Statements -> steps: what each binds, changes and reads, and whether it may run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from grader.intake.lexical.aliases import aliases_of
from grader.intake.lexical.effects import PLOTTING, Effects, find_effects
from grader.intake.lexical.mutation import (
    Names,
    Summaries,
    changes_of,
    functions_in,
    patches_of,
    summarize,
)
from grader.intake.lexical.parsing import Statement
from grader.intake.lexical.usage import Usage, usage_of
from grader.intake.model import Problem, ProblemKind
from grader.intake.program.modules import Import, Modules, own_imports, parse_piece
from grader.words.message import Value, named, say

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ALWAYS_RUN = (*DEFINITIONS, ast.Import, ast.ImportFrom)
_MOST_MODULES = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One statement with its usage, and why it must not run (``None`` where it may).

    Names are qualified: those of an own module as ``module::name``, the notebook's as they are.
    ``also`` are names that it changes only by what it calls; ``takes`` maps the names that an
    import binds to those of own modules that they come from. ``any_global`` may bind any name,
    ``patches`` are attributes that it gives to what libraries have.
    """

    statement: Statement
    usage: Usage
    module: str = ""
    skipped: Value | None = None  # the effect for which it does not run
    also: frozenset[str] = frozenset()
    takes: Mapping[str, str] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()
    any_global: bool = False
    patches: frozenset[str] = frozenset()

    @property
    def touches(self) -> frozenset[str]:
        """Return the names whose value depends on whether this statement runs."""
        return self.usage.binds | self.usage.may_bind | self.usage.changes | self.also


def qualified(module: str, name: str) -> str:
    """Return a name of an own module as all of intake knows it."""
    return f"{module}::{name}" if module else name


def plain(name: str) -> str:
    """Return a qualified name as it stands in the code."""
    return name.rpartition("::")[2]


@dataclass(kw_only=True)
class Steps:
    """All steps in the order in which they run, own modules first."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # that each module binds
    effects: Effects = field(default_factory=lambda: Effects(aliases={}, of_bodies={}))
    lost: set[str] = field(default_factory=set)  # names that nothing binds which may run


def find_steps(statements: Iterable[Statement], modules: Modules) -> Steps:
    """Return the steps of the notebook and of the own modules that it imports."""
    found = Steps()
    by_module = _with_modules(list(statements), modules, found)
    used = {name: [*_used(body, name, found)] for name, body in by_module.items()}
    found.names = {name: _public(body) for name, body in used.items() if name}
    steps: dict[str, list[Step]] = {}
    for name, uses in used.items():  # what a module imports first: its stars bring names on
        steps[name] = [*_importing(uses, name, modules, found)]
        if name:
            found.names[name] = _with_stars(found.names[name], steps[name])
    names = {name: _names(body, name) for name, body in steps.items()}
    functions = [
        named
        for name, body in steps.items()
        for named in functions_in((step.statement.node for step in body), names[name])
    ]
    summaries = summarize(functions)
    for name, body in steps.items():
        found.steps += _changing(body, names[name], summaries)
    found.effects = _effects(found.steps)
    may_run: dict[str, bool] = {}
    found.steps = list(_judged(found.steps, found.effects, may_run))
    found.lost = {plain(name) for name, runs in may_run.items() if not runs}
    return found


def _with_modules(
    statements: list[Statement], modules: Modules, found: Steps
) -> dict[str, list[Statement]]:
    """Return the statements of every own module that is imported, what it imports first."""
    ordered: dict[str, list[Statement]] = {}
    parsed: dict[str, list[Statement]] = {"": statements}

    def visit(name: str, body: list[Statement]) -> None:
        for wanted in _imported(body, modules, name):
            if wanted not in parsed and len(parsed) < _MOST_MODULES:
                parsed[wanted] = _parsed(wanted, modules, found)
                visit(wanted, parsed[wanted])
        ordered[name] = body

    visit("", statements)
    return ordered


def _imported(body: Iterable[Statement], modules: Modules, inside: str) -> dict[str, None]:
    wanted: dict[str, None] = {}
    for statement in body:
        for one in own_imports(statement.node, modules, inside):
            wanted[one.module] = None
            if one.name and modules.path(f"{one.module}.{one.name}"):
                wanted[f"{one.module}.{one.name}"] = None
    return wanted


def _parsed(module: str, modules: Modules, found: Steps) -> list[Statement]:
    statements: list[Statement] = []
    for piece in modules.files.get(modules.path(module) or "", ()):
        read, wrong = parse_piece(piece)
        statements += read
        found.problems += wrong
    return statements


_Used = list[tuple[Statement, Usage]]


def _used(
    body: Iterable[Statement], module: str, found: Steps
) -> Iterator[tuple[Statement, Usage]]:
    for statement in body:
        try:
            usage = _usage(statement)
            yield statement, _qualified(usage, module) if module else usage
        except RecursionError:
            message = say("problem", "too-deep")
            kind = ProblemKind.TOO_COMPLEX
            found.problems.append(Problem(kind=kind, message=message, place=statement.place))


def _usage(statement: Statement) -> Usage:
    block = statement.newer
    usage = usage_of(statement.node, statement.alias)
    return replace(usage, binds=block.binds, reads_later=block.words) if block else usage


def _qualified(usage: Usage, module: str) -> Usage:
    def of(names: Iterable[str]) -> frozenset[str]:
        return frozenset(qualified(module, name) for name in names)

    return replace(
        usage,
        binds=of(usage.binds),
        may_bind=of(usage.may_bind),
        changes=of(usage.changes),
        reads_now=of(usage.reads_now),
        reads_later=of(usage.reads_later),
        hints=of(usage.hints),
    )


def _public(body: _Used) -> tuple[str, ...]:
    names = (plain(name) for _, usage in body for name in usage.binds | usage.may_bind)
    return tuple(dict.fromkeys(names))


def _with_stars(names: Sequence[str], steps: Iterable[Step]) -> tuple[str, ...]:
    """Return a module's *names* with those that its star imports of own modules bring."""
    taken = (plain(name) for step in steps for name in step.takes)
    return tuple(dict.fromkeys([*names, *taken]))


def _importing(body: _Used, module: str, modules: Modules, found: Steps) -> Iterator[Step]:
    """Yield a module's steps with what they take from own modules."""
    for statement, usage in body:
        node = statement.node
        one = node if statement.alias is None else _alone(node, statement.alias)
        imports = list(own_imports(one, modules, module))
        taken: dict[str, str] = {}
        reads: set[str] = set()
        for each in imports:
            _take(each, module, modules, found, taken, reads)
        is_star = statement.alias is not None and statement.alias.name == "*" and bool(imports)
        is_from = isinstance(node, ast.ImportFrom)
        if not is_from:  # an import within a block or a function
            reads.update(taken.values())
        yield Step(
            statement=statement,
            usage=replace(
                usage,
                may_bind=frozenset(taken) if is_star else usage.may_bind,
                reads_later=usage.reads_later | reads,
            ),
            module=module,
            takes=taken,
            imports=frozenset(_packages(imports, modules)),
        )


def _alone(node: ast.stmt, alias: ast.alias) -> ast.stmt:
    if isinstance(node, ast.ImportFrom):
        return ast.ImportFrom(module=node.module, names=[alias], level=node.level)
    return ast.Import(names=[alias])


def _packages(imports: Iterable[Import], modules: Modules) -> Iterator[str]:
    """Yield the modules that have to be there, and the packages around them."""
    for one in imports:
        names = [one.module]
        if one.name and modules.path(f"{one.module}.{one.name}"):
            names.append(f"{one.module}.{one.name}")
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: i + 1]) for i in range(len(parts)))


def _take(  # noqa: PLR0913, PLR0917  what is found is added to the last two
    one: Import,
    module: str,
    modules: Modules,
    found: Steps,
    taken: dict[str, str],
    reads: set[str],
) -> None:
    """Note the names that an import binds to names of an own module, and all that it may use."""
    names = found.names.get(one.module, ())
    if one.name is None:
        reads.update(qualified(one.module, name) for name in names)
    elif one.name == "*":
        taken.update(
            (qualified(module, name), qualified(one.module, name))
            for name in names
            if not name.startswith("_")
        )
    elif one.name in names:
        taken[qualified(module, one.asname)] = qualified(one.module, one.name)
    else:
        below = f"{one.module}.{one.name}"
        reads.update(qualified(below, name) for name in found.names.get(below, ()))


def _names(steps: Sequence[Step], module: str) -> Names:
    definitions = {
        s.statement.node.name for s in steps if isinstance(s.statement.node, DEFINITIONS)
    }
    return Names(
        qualify=partial(qualified, module),
        libraries=frozenset(_libraries(steps)),
        definitions=frozenset(definitions),
    )


def _changing(steps: Sequence[Step], known: Names, summaries: Summaries) -> Iterator[Step]:
    """Yield a module's steps with what they change by calling."""
    groups = aliases_of((step.statement.node for step in steps), known.libraries)
    taken = {name: source for step in steps for name, source in step.takes.items()}
    shown = known.definitions | known.libraries
    for step in steps:
        changes = changes_of(step.statement.node, summaries, shown)
        names = set[str]().union(*(groups.get(name, {name}) for name in changes.names))
        names = (names | changes.bound) - known.libraries
        also = set(map(known.qualify, names)) | changes.far
        also |= {taken[name] for name in also & taken.keys()}
        yield replace(
            step,
            also=frozenset(also),
            any_global=changes.any_global,
            patches=frozenset(patches_of(step.statement.node, known.libraries)),
        )


def _libraries(steps: Iterable[Step]) -> set[str]:
    """Return the names under which libraries were imported, and nothing else is known."""
    imported: set[str] = set()
    bound: set[str] = set()
    for step in steps:
        names = {plain(name) for name in step.usage.binds | step.usage.may_bind}
        is_library = isinstance(step.statement.node, ast.Import | ast.ImportFrom)
        (imported if is_library and not step.imports else bound).update(names)
    return imported - bound


def _effects(steps: Sequence[Step]) -> Effects:
    imports = (step.statement.node for step in steps if step.statement.alias)
    own = {name for step in steps for name in step.imports}
    return find_effects((step.usage for step in steps), imports, own)


def _judged(steps: Iterable[Step], effects: Effects, may_run: dict[str, bool]) -> Iterator[Step]:
    """
    Yield steps with the reason for which they are skipped.

    A statement that reads a name which only skipped statements bind is skipped as well;
    definitions and imports never are, as running one does nothing yet. *may_run* is filled with
    whether any statement runs that binds a name.
    """
    for step in steps:
        reason = None
        if not (isinstance(step.statement.node, _ALWAYS_RUN) or step.statement.newer):
            lacking = sorted(name for name in step.usage.reads_now if may_run.get(name) is False)
            needs = say("effect", "needs", name=plain(lacking[0])) if lacking else None
            effect = effects.of(step.usage.calls_now)
            reason = named("effect", effect) if effect else needs
            if effect == PLOTTING and isinstance(step.statement.node, ast.Assign):
                reason = None  # what it binds may be needed, and it draws nothing
        for name in step.usage.binds | step.usage.may_bind:
            may_run[name] = may_run.get(name, False) or reason is None
        yield replace(step, skipped=reason)
