"""The student's own modules that a challenge may stand in: what they define, and who takes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.intake.lexical.definitions import Definition
from grader.intake.lexical.magics import magic_call
from grader.intake.lexical.parsing import Statement
from grader.intake.model import Cell
from grader.intake.program.modules import Modules, own_imports, parse_notebook, parse_piece
from grader.intake.program.steps import DEFINITIONS


@dataclass(frozen=True, kw_only=True)
class OwnModules:
    """The definitions in a submission's modules, by the modules' paths and the names."""

    modules: Modules
    definitions: Mapping[str, Mapping[str, Definition]]

    def taken_by(self, statement: Statement) -> dict[str, tuple[str, Definition]]:
        """Return what a statement binds to a module's definitions: the path, and which one."""
        node = statement.alias and ast.ImportFrom(
            module=getattr(statement.node, "module", None),
            names=[statement.alias],
            level=getattr(statement.node, "level", 0),
        )
        return dict(self._taken(node or statement.node))

    def functions(self, path: str) -> dict[str, Definition]:
        """Return the functions that a module defines."""
        every = self.definitions.get(path, {}).items()
        return {name: node for name, node in every if isinstance(node, ast.FunctionDef)}

    def _taken(self, node: ast.stmt) -> Iterator[tuple[str, tuple[str, Definition]]]:
        magic = magic_call(node)
        if magic is not None and magic.name == "run":
            path = self.modules.find(magic.line.split()[-1] if magic.line.split() else "")
            yield from ((name, (path, made)) for name, made in self._all(path))
        if not isinstance(node, ast.ImportFrom):
            return
        for one in own_imports(node, self.modules, ""):
            path = self.modules.path(one.module) or ""
            for name, made in self._all(path):
                if one.name in {"*", name}:
                    yield (name if one.name == "*" else one.asname), (path, made)

    def _all(self, path: str) -> Iterator[tuple[str, Definition]]:
        yield from self.definitions.get(path, {}).items()


def own_modules(cells: Sequence[Cell], beside: Sequence[Cell]) -> OwnModules:
    """Return the modules that cells write or that lie beside the notebook."""
    _, _, modules = parse_notebook(cells, beside)
    definitions = {}
    for path, pieces in modules.files.items():
        nodes = [statement.node for piece in pieces for statement in parse_piece(piece)[0]]
        definitions[path] = {n.name: n for n in nodes if isinstance(n, DEFINITIONS)}
    return OwnModules(modules=modules, definitions=definitions)
