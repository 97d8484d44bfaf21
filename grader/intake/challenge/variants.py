"""
The answers to the challenge as programs: what to call in place of the tasks' functions.

They are written anew under the tasks' own names, under other names, or as the tasks' functions
with a parameter that the sheet's do not have.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from grader.intake.challenge.division import Division, Written, groups, written_anew
from grader.intake.challenge.traits import defaulted, traits_of
from grader.intake.lexical.definitions import Definition
from grader.intake.model import Cell, Place, Program
from grader.intake.program.extraction import extract
from grader.intake.program.steps import DEFINITIONS

MOST_VARIANTS = 4
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_SAME = {"quantized": "quantize", "quantised": "quantize", "quant": "quantize"}
_NAMING = frozenset(
    ("pow", "po", "power", "two", "shift", "bit", "int", "mixed", "extra", "challenge", "bonus")
)
_LOWER_BITS = (4, 2)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """
    One answer to the challenge.

    ``titles`` are the student's own words for it, or names; ``calls`` says what stands in for
    each asked name, as far as that is another; ``own`` are the asked names that it answers.
    """

    form: str  # "anew", "other-names", "parameter"
    titles: tuple[str, ...]
    program: Program
    own: frozenset[str]
    calls: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None

    def called(self, name: str) -> str:
        """Return what is called for an asked name or its method: ``Net4.forward``."""
        root, dot, method = name.partition(".")
        return f"{self.calls.get(root, root)}{dot}{method}"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a variant is a variant of: the asked names, and how many arguments each takes."""

    names: tuple[str, ...]
    beside: tuple[Cell, ...] = ()
    python: tuple[int, int] = sys.version_info[:2]

    def program(self, cells: Sequence[Cell], more: Iterable[str] = ()) -> Program:
        """Return the program of the asked names, and of *more*."""
        return extract(cells, [*self.names, *more], beside=self.beside, python=self.python)


def find_variants(division: Division, sheet: Sheet) -> tuple[Variant, ...]:
    """Return the answers to the challenge, those written under the tasks' names first."""
    every = (
        *_anew(division, sheet),
        *_other_names(division, sheet),
        *_parameters(division, sheet),
        *_own_modules(division, sheet),
    )
    return tuple(islice(every, MOST_VARIANTS))


# -- under the tasks' own names --------------------------------------------------------------


def _anew(division: Division, sheet: Sheet) -> Iterator[Variant]:
    for sections in groups(division, sheet.names):
        mine = written_anew(division, sections)
        if not any(one.defines or _sets_bits(one) for one in mine):
            continue
        titles = tuple(dict.fromkeys(section.title for section in sections if section.title))
        own = frozenset(name for one in mine for name in one.names & {*sheet.names})
        yield Variant(
            form="anew",
            titles=titles or tuple(sorted(own)),
            program=sheet.program(division.until(sections[-1])),
            own=own,
            place=mine[0].statement.place,
        )


def _sets_bits(one: Written) -> bool:
    return isinstance(one.node, ast.Assign) and any("bit" in name.lower() for name in one.names)


# -- under other names -----------------------------------------------------------------------


def _other_names(division: Division, sheet: Sheet) -> Iterator[Variant]:
    """Yield definitions whose names are those of tasks and something of the challenge."""
    found: dict[tuple[str, ...], dict[str, Written]] = {}
    functions = _functions(division.written, besides=sheet.names)
    for one in division.written:
        node = one.node
        if not isinstance(node, DEFINITIONS) or node.name in sheet.names:
            continue
        asked, rest = _meant(node, sheet.names)
        traits = traits_of(node, functions)
        named = bool(_NAMING & {*rest}) or traits.powers_of_two or bool(traits.widths)
        if asked and (named or one.section is not None):
            found.setdefault(rest, {})[asked] = one
    for definitions in found.values():
        names = {asked: str(getattr(one.node, "name", "")) for asked, one in definitions.items()}
        sections = [one.section for one in definitions.values() if one.section is not None]
        anew = [section for section in sections if section in division.sections]
        cells = division.until(anew[-1]) if anew else division.main
        yield Variant(
            form="other-names",
            titles=tuple(names.values()),
            program=sheet.program(cells, names.values()),
            own=frozenset(names),
            calls=names,
            place=next(iter(definitions.values())).statement.place,
        )


def _functions(written: Iterable[Written], besides: Collection[str]) -> dict[str, Definition]:
    nodes = (one.node for one in written if not one.names & {*besides})
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def _meant(node: Definition, names: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return the asked name that a definition's name contains, and what its name has beside."""
    given = _tokens(node.name)
    for asked in sorted(names, key=len, reverse=True):
        is_class = asked[:1].isupper()
        rest = _without(given, _tokens(asked))
        if rest and is_class == isinstance(node, ast.ClassDef):
            return asked, rest
    return "", ()


def _tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters: ``NetQuantized4bit`` is net quantize 4 bit."""
    words = (word.lower() for word in _TOKEN.findall(name))
    return tuple(_SAME.get(word, word if word.isdigit() else word.rstrip("s")) for word in words)


def _without(given: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Return what *given* has beside *asked*, nothing where that is not all in it, in order."""
    rest, wanted = [], [*asked]
    for word in given:
        if wanted and word == wanted[0]:
            wanted.pop(0)
        else:
            rest.append(word)
    return () if wanted else tuple(rest)


# -- in modules of their own -----------------------------------------------------------------


def _own_modules(division: Division, sheet: Sheet) -> Iterator[Variant]:
    """Yield modules that define a task's names and something of the challenge, taken or not."""
    taken = {(path, name) for one in division.written for name, (path, _) in one.taken.items()}
    for path, definitions in division.modules.items():
        asked = definitions.keys() & {*sheet.names}
        mine = {name: definitions[name] for name in sorted(asked) if (path, name) not in taken}
        stem = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        word = stem.rpartition(".")[2]
        named = path in division.headed or bool(_NAMING & {*_tokens(word)})
        functions = {n: d for n, d in definitions.items() if isinstance(d, ast.FunctionDef)}
        traits = [traits_of(node, functions) for node in mine.values()]
        if not mine or not (named or any(t.powers_of_two or t.widths for t in traits)):
            continue
        calls = {name: f"{name}__{word}" for name in mine}
        added = _added(division, (f"from {stem} import {n} as {c}" for n, c in calls.items()))
        yield Variant(
            form="other-names",
            titles=(path,),
            program=sheet.program([*division.main, added], calls.values()),
            own=frozenset(mine),
            calls=calls,
        )


def _added(division: Division, lines: Iterable[str]) -> Cell:
    """Return a cell of code below the notebook's last."""
    last = division.main[-1]
    beyond = max((cell.index for cell in division.main), default=0) + 1
    return Cell(file=last.file, number=last.number, index=beyond, source="\n".join(lines))


# -- by a parameter --------------------------------------------------------------------------


def _parameters(division: Division, sheet: Sheet) -> Iterator[Variant]:
    """Yield the tasks' functions with another value of a parameter that the sheet's lack."""
    takes = _parameters_of(division, sheet.names)
    values = _values(division, takes)
    for (parameter, value), owners in values.items():
        calls = {name: f"{name}__{parameter}_{_word(value)}" for name in owners}
        wrappers = (_wrapper(name, made, parameter, value) for name, made in calls.items())
        added = _added(division, wrappers)
        yield Variant(
            form="parameter",
            titles=(f"{parameter}={value!r}",),
            program=sheet.program([*division.main, added], calls.values()),
            own=frozenset(owners),
            calls=calls,
            place=next(iter(takes[parameter].values()))[0],
        )


_Takes = dict[str, dict[str, tuple[Place, object]]]


def _parameters_of(division: Division, names: Collection[str]) -> _Takes:
    """Return the parameters of bits or powers of two, by name and by who has them: defaults."""
    found: _Takes = {}
    for i, one in enumerate(division.written):
        if i in division.anew or not isinstance(one.node, DEFINITIONS):
            continue
        if one.node.name not in names:
            continue
        for methods in found.values():
            methods.pop(one.node.name, None)
        function = _called(one.node)
        for parameter, value in defaulted(function.args) if function else ():
            if _NAMING & {*_tokens(parameter)} and isinstance(value, ast.Constant):
                place = one.statement.place
                found.setdefault(parameter, {})[one.node.name] = (place, value.value)
    return {parameter: owners for parameter, owners in found.items() if owners}


def _called(node: Definition) -> ast.FunctionDef | None:
    """Return the function that a call of a definition runs: of a class, its constructor."""
    if isinstance(node, ast.FunctionDef):
        return node
    inits = (n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    return next(inits, None) if isinstance(node, ast.ClassDef) else None


def _values(division: Division, takes: _Takes) -> dict[tuple[str, object], list[str]]:
    """Return the values that the notebook hands over, or else usual ones, and to what."""
    every: dict[tuple[str, object], list[str]] = {}
    for parameter, owners in takes.items():
        (_, default), *_ = owners.values()
        used = [v for v in _keywords(division.written, parameter) if v != default]
        usual: Sequence[object] = ()
        if isinstance(default, bool):
            usual = (not default,)
        elif isinstance(default, int) and "bit" in parameter.lower() and default >= 8:
            usual = _LOWER_BITS
        for value in dict.fromkeys(used or usual):
            every[parameter, value] = [*owners]
    return every


def _keywords(written: Iterable[Written], parameter: str) -> Iterator[object]:
    """Yield the constants that calls hand over as *parameter*."""
    calls = (n for one in written for n in ast.walk(one.node) if isinstance(n, ast.Call))
    for keyword in (k for call in calls for k in call.keywords if k.arg == parameter):
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if isinstance(value, bool | int):
            yield value


def _wrapper(name: str, made: str, parameter: str, value: object) -> str:
    """Return code that defines *made*: *name* with a parameter set."""
    if name[:1].isupper():
        return (
            f"class {made}({name}):\n"
            f"    def __init__(self, *given):\n"
            f"        super().__init__(*given, {parameter}={value!r})"
        )
    return f"def {made}(*given):\n    return {name}(*given, {parameter}={value!r})"


def _word(value: object) -> str:
    return re.sub(r"\W", "_", str(value))
