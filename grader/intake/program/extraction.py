"""
Cells -> Program: the statements that the asked names rest on, and none of the others.

A notebook trains, plots and downloads between its definitions. What a name needs is found by
following names lexically: the statement that binds it, those that change it, and what these read.
None runs that would train, load, draw or wait.
"""

from __future__ import annotations
import __future__

import ast
import sys
from collections.abc import Container, Iterable, Iterator, Sequence

from grader.intake.lexical.parsing import Statement
from grader.intake.lexical.scopes import bound_names, dotted
from grader.intake.model import Cell, Fragment, Place, Program
from grader.intake.program.closure import BUILTINS, Bindings, Closure, bindings_of, close
from grader.intake.program.modules import Modules, parse_notebook, parse_piece
from grader.intake.program.program_remarks import not_run_by_name, remarks
from grader.intake.program.pruning import Pruner
from grader.intake.program.steps import DEFINITIONS, Step, Steps, find_steps, plain, qualified

# Names that star imports of numpy, torch and math are known to replace.
_OFTEN_REPLACED = frozenset(
    ["abs", "all", "any", "divmod", "float", "int", "max", "min", "pow", "round", "sum"]
)


def extract(
    cells: Sequence[Cell],
    names: Sequence[str],
    *,
    beside: Sequence[Cell] = (),
    python: tuple[int, int] = sys.version_info[:2],
) -> Program:
    """
    Return the program that defines *names* as far as *cells* do, with the scripts *beside* them.

    The last definition of a name counts, with the statements that change it afterwards; what it
    reads is included in turn, as it stood where it was read. *python* is the version that is going
    to run it. Never raises for a student's code.
    """
    statements, problems, modules = parse_notebook(cells, beside)
    found = find_steps(statements, modules)
    bindings, closure = _closed(found.steps, names)
    if missed := _elsewhere(closure, bindings, names, modules):
        statements = [*missed, *statements]
        found = find_steps(statements, modules)
        bindings, closure = _closed(found.steps, names)
    if (kept := _pruned(statements, found, closure)) is not None:
        found = find_steps(kept, modules)
        bindings, closure = _closed(found.steps, names)
    steps = found.steps
    needed = closure.needed | _submodule_imports(steps, closure.needed)
    chosen = sorted(needed | _star_imports(steps, closure))
    return Program(
        fragments=(*_own_modules(steps, chosen, modules), *(_fragment(steps[i]) for i in chosen)),
        defined=_defined(steps[i] for i in chosen),
        problems=(*problems, *found.problems, *remarks(steps, bindings, closure, python)),
        missing=tuple(name for name in dict.fromkeys(names) if not bindings.run.get(name)),
        unresolved=tuple(
            sorted({n for n in map(plain, closure.unbound) if n not in BUILTINS} - set(names))
        ),
        compile_flags=_compile_flags(step.statement for step in steps),
        not_run=not_run_by_name(steps, bindings, names),
    )


def _closed(steps: Sequence[Step], names: Sequence[str]) -> tuple[Bindings, Closure]:
    """Return the closure of *names*; what may bind any name is part of it where one is missing."""
    bindings = bindings_of(steps)
    closure = close(steps, bindings, names)
    any_global = {i for i, step in enumerate(steps) if step.any_global and not step.skipped}
    also = set[int]()
    if any_global and any(plain(name) not in BUILTINS for name in closure.unbound):
        also = any_global
        closure = close(steps, bindings, names, also)
    while not (patches := _patches(steps, closure)) <= also:
        also |= patches
        closure = close(steps, bindings, names, also)
    return bindings, closure


def _patches(steps: Sequence[Step], closure: Closure) -> set[int]:
    """Return the steps that give libraries' classes an attribute which a needed step uses."""
    patches = {i: step.patches for i, step in enumerate(steps) if not step.skipped}
    if not any(patches.values()):
        return set()
    used = {
        node.attr
        for i in closure.needed
        for node in ast.walk(steps[i].statement.node)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    return {i for i, given in patches.items() if given & used}


def _pruned(
    statements: Sequence[Statement], found: Steps, closure: Closure
) -> Sequence[Statement] | None:
    """Return the statements, needed blocks without what must not run in them; None for no such."""
    wanted = {plain(name) for name in closure.names}
    pruner = Pruner(effects=found.effects, lost=found.lost, wanted=wanted)
    blocks = (found.steps[i].statement for i in closure.skipped | closure.passed_over)
    pruned = {id(block): pruner.pruned(block) for block in blocks}
    if not any(pruned.values()):
        return None
    return [pruned.get(id(statement)) or statement for statement in statements]


def _elsewhere(
    closure: Closure, bindings: Bindings, names: Sequence[str], modules: Modules
) -> list[Statement]:
    """
    Return imports of names that nothing binds, from the one own module that has them.

    A script that the notebook writes is searched for every name, one beside it for the asked ones.
    """
    unbound = {name for name in closure.unbound if "::" not in name} - BUILTINS
    unbound |= {name for name in names if name not in bindings.run}
    return [] if not unbound else list(_imports_of(unbound, frozenset(names), modules))


def _imports_of(
    unbound: Container[str], asked: Container[str], modules: Modules
) -> Iterator[Statement]:
    for path, pieces in modules.files.items():
        statements = [s for piece in pieces for s in parse_piece(piece)[0]]
        wanted = unbound if path in modules.written else asked
        if any(name in wanted and name in unbound for s in statements for name in _binds(s)):
            yield from statements


def _binds(statement: Statement) -> Iterable[str]:
    return [] if statement.alias else bound_names([statement.node])


def _star_imports(steps: Sequence[Step], closure: Closure) -> set[int]:
    """Return the star imports of libraries, where they may bind a name that nothing else does."""
    unbound = {plain(name) for name in closure.unbound}
    if not (unbound - BUILTINS or unbound & _OFTEN_REPLACED):
        return set()
    return {
        i
        for i, step in enumerate(steps)
        if step.statement.alias and step.statement.alias.name == "*" and not step.imports
    }


def _submodule_imports(steps: Sequence[Step], needed: Iterable[int]) -> set[int]:
    """Return every ``import a.b`` of a package ``a`` that a needed import binds."""
    roots = {name for i in needed if steps[i].statement.alias for name in steps[i].usage.binds}
    return {
        i
        for i, step in enumerate(steps)
        if step.statement.alias and step.usage.may_bind and step.usage.may_bind <= roots
    }


def _own_modules(
    steps: Sequence[Step], chosen: Iterable[int], modules: Modules
) -> Iterator[Fragment]:
    """Yield an empty fragment for each module and package that the chosen imports need."""
    names = sorted({name for i in chosen for name in steps[i].imports})
    for name in names:
        pieces = modules.files.get(modules.path(name) or "")
        place = pieces[0].cell.place() if pieces else Place(file=f"{name}.py", cell=None, line=1)
        yield Fragment(
            source="",
            file=place.file,
            cell=place.cell,
            counter=place.counter,
            line=1,
            defines=(),
            module=name,
            package=modules.is_package(name),
        )


def _fragment(step: Step) -> Fragment:
    return step.statement.fragment(sorted(step.touches), step.module)


def _defined(steps: Iterable[Step]) -> dict[str, Place]:
    """Return where each name, each ``Class.method`` and each ``Class.attribute = `` stands."""
    places: dict[str, Place] = {}
    for step in steps:
        statement = step.statement
        for name in step.usage.binds | step.usage.may_bind:
            places[name] = statement.place
        for name, place in _members(step):
            places[qualified(step.module, name)] = place
        for name, source in step.takes.items():
            places |= {
                name + place[len(source) :]: where
                for place, where in places.items()
                if place == source or place.startswith(f"{source}.")
            }
    return places


def _members(step: Step) -> Iterator[tuple[str, Place]]:
    """Yield what a step puts into classes: methods in their body, or from outside."""
    statement, node = step.statement, step.statement.node
    if isinstance(node, ast.ClassDef):
        for method in node.body:
            if isinstance(method, DEFINITIONS):
                yield f"{node.name}.{method.name}", statement.place_of(method)
    elif isinstance(node, ast.Assign):
        for name in filter(None, map(dotted, node.targets)):
            yield name, statement.place
    elif isinstance(node, DEFINITIONS) and node.decorator_list:
        for owner in sorted(step.also):
            yield f"{owner}.{node.name}", statement.place


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
