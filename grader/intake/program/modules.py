"""A student's own modules: ``%%writefile`` cells, and scripts beside the notebook."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.intake.lexical.executed import executed, last_name, opened_by, written_by
from grader.intake.lexical.magics import MagicCall, magic_call, written_file
from grader.intake.lexical.parsing import Parsed, Statement, parse_cell
from grader.intake.model import Cell, Problem

# A module of one of these names would take a library's place in the sandbox's own process.
_RESERVED = (sys.stdlib_module_names - {"test", "this"}) | {"torch", "numpy", "torchvision"}
_WORKING_FOLDERS = re.compile(r"^(?:/content/|/kaggle/working/|~/|\./|/)+")
# Functions that load a module by its name or its path.
_IMPORTERS = frozenset(("import_module", "__import__", "spec_from_file_location", "run_path"))
_IMPORTERS |= {"load_source", "SourceFileLoader"}
_MOST_RUN = 50  # files and cells that are run from within others


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a module: a script, or a cell's body; *folded* where it stands on one line."""

    cell: Cell
    folded: int | None = None


@dataclass(frozen=True, kw_only=True)
class Modules:
    """The files that a submission's code may import, by path: ``utils/quant.py``."""

    files: Mapping[str, tuple[Piece, ...]]
    written: frozenset[str] = frozenset()

    def path(self, name: str) -> str | None:
        """Return the file of a dotted module name: the exact one, else the only one below."""
        if not name or name.partition(".")[0] in _RESERVED:
            return None
        stem = name.replace(".", "/")
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            if path in self.files:
                return path
        below = [p for p in self.files if p.endswith((f"/{stem}.py", f"/{stem}/__init__.py"))]
        return below[0] if len(below) == 1 else None

    def is_package(self, name: str) -> bool:
        """Return whether a dotted name is a package's: it has files below it."""
        stem = name.replace(".", "/")
        path = self.path(name) or ""
        return path.endswith("/__init__.py") or any(p.startswith(f"{stem}/") for p in self.files)

    def run_as_script(self, argument: str) -> tuple[Piece, ...]:
        """Return the file that ``%run -i x.py`` names, if it was handed in."""
        words = [word for word in argument.split() if not word.startswith("-")]
        path = _normal(words[0].strip("\"'")) if words else ""
        found = self.find(path if path.endswith(".py") else f"{path}.py")
        return self.files[found] if found else ()

    def find(self, path: str) -> str:
        """Return the file that *path* names, or the only one of its name, ``""`` for none."""
        path = _normal(path)
        if path in self.files:
            return path
        same = [p for p in self.files if PurePosixPath(p).name == PurePosixPath(path).name]
        return same[0] if len(same) == 1 else ""


def _normal(path: str) -> str:
    return _WORKING_FOLDERS.sub("", path.strip().strip("\"'").replace("\\", "/"))


def parse_notebook(
    cells: Iterable[Cell], beside: Iterable[Cell]
) -> tuple[list[Statement], list[Problem], Modules]:
    """
    Return the statements of the notebook itself, what does not parse, and its modules.

    A cell that writes a script is that script's text; files that the notebook runs
    (``%run x.py``, ``exec(open('x.py').read())``) stand in place of the statement that runs them.
    """
    files: dict[str, list[Piece]] = {c.file: [Piece(cell=c)] for c in beside}
    written: set[str] = set()
    statements: list[Statement] = []
    problems: list[Problem] = []
    for cell in cells:
        if (target := written_file(cell.source)) is not None:
            path = _normal(target.path)
            piece = Piece(cell=replace(cell, source=target.body))
            files[path] = [*(files.get(path, []) if target.append else []), piece]
            written.add(path)
            continue
        found, wrong = parse_cell(cell)
        problems += wrong
        for statement in found:
            if (piece_of := _written(statement)) is not None:
                path, piece = piece_of
                files[path] = [piece]
                written.add(path)
            else:
                statements.append(statement)
    modules = Modules(
        files={path: tuple(pieces) for path, pieces in files.items()},
        written=frozenset(written),
    )
    expansion = _Expansion(modules)
    return expansion.of(statements), [*problems, *expansion.problems], modules


def _written(statement: Statement) -> tuple[str, Piece] | None:
    """Return the script that an exported ``%%writefile`` or a statement of Python writes."""
    if (script := written_by(statement.node)) is not None:
        path, text = script
        return _normal(path), _folded(statement, text)
    magic = magic_call(statement.node)
    if magic is None or magic.name not in {"writefile", "file"} or magic.body is None:
        return None
    *_, path = magic.line.split() or [""]
    return _normal(path), _folded(statement, magic.body)


def _folded(statement: Statement, text: str) -> Piece:
    """Return a text that stands in a statement as a piece of its own."""
    return Piece(cell=replace(statement.cell, source=text), folded=statement.place.line)


class _Expansion:
    """Puts the statements of files and cells that are run in place of what runs them."""

    def __init__(self, modules: Modules) -> None:
        self.problems: list[Problem] = []
        self._modules = modules
        self._opened: dict[str, str] = {}  # scripts by the names that hold their text
        self._left = _MOST_RUN

    def of(self, statements: Iterable[Statement]) -> list[Statement]:
        """Return *statements*, expanded."""
        kept: list[Statement] = []
        for statement in statements:
            pieces = self._run_by(statement) if self._left else ()
            self._opened |= opened_by(statement.node, self._opened)
            if not pieces:
                kept.append(statement)
                continue
            self._left -= 1
            for piece in pieces:
                found, wrong = parse_piece(piece)
                self.problems += wrong
                kept += self.of(found)
        return kept

    def _run_by(self, statement: Statement) -> tuple[Piece, ...]:
        """Return what a statement runs in the notebook's own namespace: a file, a text, a cell."""
        if (magic := magic_call(statement.node)) is not None:
            return _run_by_magic(magic, statement, self._modules)
        ran = executed(statement.node, self._opened)
        if ran is not None and ran.text:
            return (_folded(statement, ran.text),)
        return self._modules.run_as_script(ran.path) if ran is not None else ()


def parse_piece(piece: Piece) -> Parsed:
    """Return the statements of a part of a module."""
    return parse_cell(piece.cell, piece.folded)


def _run_by_magic(magic: MagicCall, statement: Statement, modules: Modules) -> tuple[Piece, ...]:
    if magic.body is not None:
        return (_folded(statement, f"%%{magic.name} {magic.line}\n{magic.body}"),)
    if magic.name == "time":
        return (_folded(statement, magic.line),)
    return modules.run_as_script(magic.line) if magic.name in {"run", "load"} else ()


# -- imports --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import of an own module: the module, and the name taken from it, ``None`` for none."""

    module: str
    name: str | None = None
    asname: str = ""


def own_imports(node: ast.AST, modules: Modules, inside: str) -> Iterator[Import]:
    """Yield the imports of own modules by *node* or anything in it, in the module *inside*."""
    for child in ast.walk(node) if modules.files else ():
        match child:
            case ast.Import(names=names):
                for alias in names:
                    for module in _prefixes(alias.name):
                        if modules.path(module) or modules.is_package(module):
                            yield Import(module=module, asname=alias.asname or "")
            case ast.ImportFrom(module=named, names=names, level=level):
                module = _absolute(named or "", level, modules, inside)
                if modules.path(module) or modules.is_package(module):
                    for alias in names:
                        asname = alias.asname or alias.name
                        yield Import(module=module, name=alias.name, asname=asname)
            case ast.Call(func=func):
                if last_name(func) in _IMPORTERS and (module := _module_in(child, modules)):
                    yield Import(module=module)


def _module_in(call: ast.Call, modules: Modules) -> str:
    """Return the own module that a call names, by its name or its path; ``""`` for none."""
    given = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    texts = [text for text in given if isinstance(text, str)]
    paths = (modules.find(text) for text in texts if text.endswith(".py"))
    named = [path.removesuffix(".py").replace("/", ".") for path in paths if path]
    return next((name for name in [*named, *texts] if modules.path(name)), "")


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _absolute(name: str, level: int, modules: Modules, inside: str) -> str:
    """Return the dotted name that a relative import means in the module *inside*."""
    if not level:
        return name
    parts = inside.split(".") if inside else []
    if inside and not (modules.path(inside) or "").endswith("/__init__.py"):
        parts = parts[:-1]
    parts = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join([*parts, *([name] if name else [])])


def mentions(text: str, path: str) -> bool:
    """Return whether *text* may import or run the script at *path*: it has its name as a word."""
    file = PurePosixPath(path)
    name = file.parent.name if file.name == "__init__.py" else file.stem
    return bool(name) and re.search(rf"\b{re.escape(name)}\b", text) is not None


def used_scripts(text: str, scripts: Sequence[str]) -> list[str]:
    """Return the paths among *scripts* that a text mentions."""
    return [path for path in scripts if mentions(text, path)]
