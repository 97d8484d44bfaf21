"""What a person should know about which statements run, and which do not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from grader.intake.lexical.definitions import Definition
from grader.intake.lexical.parsing import Statement
from grader.intake.lexical.scopes import dotted
from grader.intake.model import NotRun, Place, Problem, ProblemKind
from grader.intake.program.closure import Bindings, Closure, close
from grader.intake.program.steps import DEFINITIONS, Step, plain, qualified
from grader.words.message import say

_SHOWN_CHARACTERS = 60
_MOST_NOT_RUN = 3


def remarks(
    steps: Sequence[Step], bindings: Bindings, closure: Closure, python: tuple[int, int]
) -> list[Problem]:
    """Return what a person should know about the choice of statements, which *python* runs."""
    return [
        *_for_newer((steps[i].statement for i in sorted(closure.needed)), python),
        *(_not_run(steps[i]) for i in sorted(closure.skipped)),
        *_duplicates(steps, bindings, closure),
        *(twice for i in sorted(closure.needed) for twice in _methods_twice(steps[i].statement)),
        *(_too_early(plain(name), steps[i]) for name, i in sorted(closure.early.items())),
    ]


def _for_newer(statements: Iterable[Statement], python: tuple[int, int]) -> Iterator[Problem]:
    """Yield a problem for each statement that *python* cannot parse."""
    kind, here = ProblemKind.NEWER_PYTHON, version(python)
    for statement in statements:
        if statement.newer and statement.newer.python > python:
            needed = version(statement.newer.python)
            message = say("problem", "newer-python", needed=needed, here=here)
            yield Problem(kind=kind, message=message, place=statement.place)


def version(python: Sequence[int]) -> str:
    """Return a version of Python as people write it, ``3.12``."""
    return f"{python[0]}.{python[1]}"


def _not_run(step: Step) -> Problem:
    usage = step.usage
    touched = sorted(map(plain, usage.binds | usage.may_bind | usage.changes))
    names = ", ".join(touched[:5])
    message = say("problem", "not-run", names=names, effect=step.skipped)
    place = step.statement.place
    return Problem(kind=ProblemKind.SKIPPED_STATEMENT, message=message, place=place)


def _duplicates(steps: Sequence[Step], bindings: Bindings, closure: Closure) -> Iterator[Problem]:
    """Yield a problem for each needed function or class that hides an earlier one."""
    nodes = {i: steps[i].statement.node for i in closure.needed}
    names = {
        qualified(steps[i].module, node.name)
        for i, node in nodes.items()
        if isinstance(node, DEFINITIONS)
    }
    for name in sorted(names):
        defining = [i for i in bindings.run[name] if _defines(steps[i], name)]
        if set(defining) - closure.needed:
            place = steps[defining[-1]].statement.place
            yield _duplicate(plain(name), len(defining), place)


def _methods_twice(statement: Statement) -> Iterator[Problem]:
    """Yield a problem for each method that a class defines again, property setters aside."""
    if not isinstance(statement.node, ast.ClassDef):
        return
    defined: dict[str, list[Definition]] = {}
    for method in statement.node.body:
        if isinstance(method, DEFINITIONS) and not _extends_itself(method):
            defined.setdefault(method.name, []).append(method)
    for name, methods in defined.items():
        if len(methods) > 1:
            yield _duplicate(
                f"{statement.node.name}.{name}", len(methods), statement.place_of(methods[-1])
            )


def _duplicate(name: str, times: int, last: Place) -> Problem:
    message = say("problem", "defined-twice", name=name, times=times, where=last.told)
    return Problem(kind=ProblemKind.DUPLICATE_DEFINITION, message=message, place=last)


def _extends_itself(node: Definition) -> bool:
    """Return whether a decorator is built on the name itself: ``@scale.setter``."""
    names = filter(None, map(dotted, node.decorator_list))
    return any(name.startswith(f"{node.name}.") for name in names)


def _defines(step: Step, name: str) -> bool:
    node = step.statement.node
    return isinstance(node, DEFINITIONS) and qualified(step.module, node.name) == name


def _too_early(name: str, step: Step) -> Problem:
    message = say("problem", "too-early", name=name)
    place = step.statement.place
    return Problem(kind=ProblemKind.USED_BEFORE_DEFINITION, message=message, place=place)


def not_run_by_name(
    steps: Sequence[Step], bindings: Bindings, names: Sequence[str]
) -> dict[str, tuple[NotRun, ...]]:
    """Return the statements that would change what each asked name rests on, and do not run."""
    found = {}
    if any(step.skipped for step in steps):
        for name in dict.fromkeys(names):
            closure = close(steps, bindings, [name])
            left_out = sorted(closure.passed_over | closure.skipped)[-_MOST_NOT_RUN:]
            if left_out:
                found[name] = tuple(_left_out(steps[i]) for i in left_out)
    return found


def _left_out(step: Step) -> NotRun:
    first, *more = step.statement.source().strip().split("\n")
    cut = len(first) > _SHOWN_CHARACTERS or more
    shown = first[:_SHOWN_CHARACTERS].rstrip() + (" …" if cut else "")
    return NotRun(code=shown, place=step.statement.place, effect=step.skipped)
