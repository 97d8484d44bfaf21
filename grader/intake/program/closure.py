"""Which steps the asked names rest on: lookups of names, followed until nothing is added."""

from __future__ import annotations

import builtins
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from grader.intake.lexical.usage import Usage
from grader.intake.program.steps import Step, plain

# Python sets the last ones in a module, a class body and a method.
BUILTINS = frozenset(
    {*dir(builtins), "__file__", "__module__", "__qualname__", "__class__", "__path__"}
)
# Beyond this many lookups a name means its last definition, wherever it is read.
_MOST_LOOKUPS = 200_000
_MOST_PASSED_OVER = 20

_Lookup = tuple[str, int]


@dataclass(kw_only=True)
class Closure:
    """
    The steps found necessary so far, and what was met on the way.

    ``names`` are all that were looked up.
    ``early`` maps a name that is read before it is bound to the index of the step that reads it.
    ``skipped`` are steps that would bind a needed name, ``passed_over`` those that would only
    change it.
    """

    names: set[str] = field(default_factory=set)
    needed: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    passed_over: set[int] = field(default_factory=set)
    unbound: set[str] = field(default_factory=set)
    early: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bindings:
    """The indices of the steps that bind or change each name, in order: those run, those not."""

    run: dict[str, list[int]] = field(default_factory=dict)
    skipped: dict[str, list[int]] = field(default_factory=dict)

    def last(self, name: str, before: int) -> int | None:
        """Return the last step that runs and touches *name* before an index."""
        return _last(self.run.get(name, ()), before)


def _last(indices: Sequence[int], before: int) -> int | None:
    position = bisect_left(indices, before)
    return indices[position - 1] if position else None


def bindings_of(steps: Sequence[Step]) -> Bindings:
    """Return where each name is bound or changed."""
    bindings = Bindings()
    for i, step in enumerate(steps):
        table = bindings.skipped if step.skipped else bindings.run
        for name in step.touches:
            table.setdefault(name, []).append(i)
    return bindings


def close(
    steps: Sequence[Step],
    bindings: Bindings,
    names: Iterable[str],
    also: Iterable[int] = (),
) -> Closure:
    """
    Return the closure of *names* and of the steps *also*: what they rest on, and what that does.

    A lookup is a name and the index before which its bindings count; what a function reads when
    it is called is looked up both where the function is used and at the end.
    """
    closure, end = Closure(), len(steps)
    waiting: list[_Lookup] = [(name, end) for name in names]
    for i in also:
        closure.needed.add(i)
        waiting += _lookups(steps[i], bindings, ("", end), i, end)
    seen = set(waiting)
    while waiting:
        name, before = waiting.pop()
        latest = bindings.last(name, before)
        _note_skipped(closure, steps, bindings, name, before, latest)
        if latest is None:
            found = [(name, end)] if name in bindings.run else []
            if not found:
                closure.unbound.add(name)
        else:
            closure.needed.add(latest)
            _note_early(closure, bindings, steps[latest].usage, latest)
            found = list(_lookups(steps[latest], bindings, (name, before), latest, end))
        for lookup in found:
            reached = lookup if len(seen) < _MOST_LOOKUPS else (lookup[0], end)
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    closure.names = {name for name, _ in seen}
    return closure


def _note_skipped(  # noqa: PLR0913, PLR0917  one lookup is these things
    closure: Closure,
    steps: Sequence[Step],
    bindings: Bindings,
    name: str,
    before: int,
    reached: int | None,
) -> None:
    """Note the steps that would have touched *name* after the one that is *reached*."""
    indices = bindings.skipped.get(name, ())
    position = bisect_left(indices, before)
    for i in reversed(indices[max(0, position - _MOST_PASSED_OVER) : position]):
        if reached is not None and i < reached:
            return
        usage = steps[i].usage
        if name in usage.binds | usage.may_bind | usage.changes:
            closure.skipped.add(i)
            return
        closure.passed_over.add(i)


def _lookups(
    step: Step, bindings: Bindings, lookup: _Lookup, i: int, end: int
) -> Iterator[_Lookup]:
    """Yield what step *i*, found by *lookup*, rests on."""
    name, before = lookup
    usage = step.usage
    if name not in usage.binds and bindings.last(name, i) is not None:
        yield name, i
    if name in step.takes:
        yield step.takes[name], end
    for read in usage.reads_now:
        yield read, i
    for read in usage.reads_later:
        yield read, before
        yield read, end
    for hint in usage.hints & bindings.run.keys():
        yield hint, end


def _note_early(closure: Closure, bindings: Bindings, usage: Usage, i: int) -> None:
    for name in usage.reads_now:
        if plain(name) in BUILTINS:
            continue
        if name in bindings.run and bindings.last(name, i) is None:
            closure.early.setdefault(name, i)
