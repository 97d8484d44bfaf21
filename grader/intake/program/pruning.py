"""A block without the statements that must not run: ``pass`` stands in their lines."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from grader.intake.lexical.effects import Effects
from grader.intake.lexical.parsing import Statement
from grader.intake.lexical.scopes import bound_names
from grader.intake.lexical.usage import usage_of

_BLOCKS = (ast.If, ast.Try, ast.With)


@dataclass(frozen=True, kw_only=True)
class Pruner:
    """
    What a block must not do, and which names it has to bind.

    ``lost`` are the names that only statements bind which do not run.
    """

    effects: Effects
    lost: Collection[str]
    wanted: Collection[str]

    def pruned(self, statement: Statement) -> Statement | None:
        """
        Return a block with ``pass`` for the statements in it that must not run.

        None where they are not whole lines, or bind what is wanted: then the block does not run.
        """
        if not isinstance(statement.node, _BLOCKS) or statement.folded is not None:
            return None
        try:
            unwanted = [*self._unwanted(statement.node)]
        except _NotApartError:
            return None
        lines = list(statement.lines)
        if not unwanted or not all(_take_out(lines, node) for node in unwanted):
            return None
        first, last = statement.node.lineno - 1, statement.node.end_lineno
        kept = "\n" * first + "\n".join(lines[first:last])
        try:
            (node,) = ast.parse(kept).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return replace(statement, node=node, lines=lines)

    def _unwanted(self, block: ast.stmt) -> Iterator[ast.stmt]:
        """Yield the statements of a block that must not run."""
        for expression in _headers(block):
            if self._is_harmful(ast.Expr(value=expression)):
                raise _NotApartError
        for body in _bodies(block):
            for node in body:
                if not self._is_harmful(node):
                    continue
                if isinstance(node, _BLOCKS):
                    yield from self._unwanted(node)
                elif {*bound_names([node])} & {*self.wanted}:
                    raise _NotApartError
                else:
                    yield node

    def _is_harmful(self, node: ast.stmt) -> bool:
        usage = usage_of(node)
        return bool(self.effects.of(usage.calls_now) or usage.reads_now & {*self.lost})


class _NotApartError(Exception):
    """What must not run cannot be told from what must."""


def _headers(block: ast.stmt) -> Sequence[ast.expr]:
    if isinstance(block, ast.If):
        return [block.test]
    return [item.context_expr for item in block.items] if isinstance(block, ast.With) else []


def _bodies(block: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(block, name, [])
    for handler in getattr(block, "handlers", []):
        yield handler.body


def _take_out(lines: list[str], node: ast.stmt) -> bool:
    """Put ``pass`` in place of a statement; return whether it had its lines to itself."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset :].decode().strip().lstrip(";").strip()
    if before.strip() or (after and not after.startswith("#")):
        return False
    lines[first] = f"{before}pass"
    lines[first + 1 : last + 1] = [""] * (last - first)
    return True
