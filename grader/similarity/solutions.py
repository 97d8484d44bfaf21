"""A submission as the set of its features: hashes of every piece of its code in normal form."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from grader.intake.model import Fragment, Place, Program
from grader.similarity.normal_form import Node, normalize, pieces

LEAST_LABELS = 4  # smaller pieces stand in every program
MOST_LABELS = 60  # larger ones differ by whatever is added to them


@dataclass(frozen=True, kw_only=True)
class Span:
    """Lines of a file or cell, both ends included."""

    start: Place
    last: int


@dataclass(frozen=True, kw_only=True)
class Solution:
    """
    One student's code: by feature, the lines where it stands, and the features within it.

    *owner* is the student: several attempts of one are never a pair.
    """

    name: str
    owner: str
    fragments: tuple[Fragment, ...]
    features: Mapping[int, tuple[Span, ...]]
    parts: Mapping[int, tuple[int, ...]]


def solution_of(name: str, program: Program, owner: str = "") -> Solution:
    """Return the features of the code that a submission's asked functions rest on."""
    spans: dict[int, list[Span]] = {}
    parts: dict[int, tuple[int, ...]] = {}
    trees = [_parsed(fragment) for fragment in program.fragments]
    modules = frozenset(_modules(trees))
    for fragment, tree in zip(program.fragments, trees, strict=True):
        for piece in _pieces(tree, modules):
            feature = _hash(piece.text)
            spans.setdefault(feature, []).append(_span(fragment, piece))
            parts[feature] = tuple(_hash(p.text) for p in piece.children if _counts(p))
    return Solution(
        name=name,
        owner=owner or name,
        fragments=program.fragments,
        features={feature: tuple(found) for feature, found in spans.items()},
        parts=parts,
    )


def _modules(trees: Iterable[ast.Module]) -> Iterator[str]:
    """Yield the names that the imports of a program bind."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from (a.asname or a.name.partition(".")[0] for a in node.names)


def _parsed(fragment: Fragment) -> ast.Module:
    """Return a fragment's tree, an empty one where only a newer Python could parse it."""
    try:
        return ast.parse(fragment.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def _pieces(tree: ast.Module, modules: frozenset[str]) -> list[Node]:
    """Return the pieces of a statement; none where it is nested deeper than Python can follow."""
    try:
        found = [piece for node in normalize(tree.body, modules) for piece in pieces(node)]
    except RecursionError:
        return []
    return [piece for piece in found if _counts(piece)]


def _counts(piece: Node) -> bool:
    return LEAST_LABELS <= piece.size <= MOST_LABELS


def _span(fragment: Fragment, piece: Node) -> Span:
    first = 0 if fragment.folded else piece.first - 1
    last = 0 if fragment.folded else piece.last - 1
    place = Place(
        file=fragment.file,
        cell=fragment.cell,
        line=fragment.line + first,
        counter=fragment.counter,
    )
    return Span(start=place, last=fragment.line + last)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
