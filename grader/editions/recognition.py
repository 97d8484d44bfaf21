"""Recognise the edition that code was written for, by names from that edition's sheet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from grader.editions.loader import FOLDER, Edition, edition_ids, load_edition
from reference.spec import LayerKind

_WORD = re.compile(r"[A-Za-z_]\w*")
_CONVOLUTION = re.compile(
    r"Conv2d\(\s*(?:in_channels\s*=\s*)?(\d+)\s*,\s*(?:out_channels\s*=\s*)?(\d+)\s*,"
    r"\s*(?:kernel_size\s*=\s*)?\(?\s*(\d+)"
)
# Of the words that tell two editions apart: the share of the other's that has to be there, and
# that of the expected one's which may be.
_ENOUGH, _FEW = 0.7, 0.3
_LONGEST_HEADING = 100


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """Another edition, and some of its words that were found."""

    edition: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Signs:
    edition: str
    words: frozenset[str]


def recognise(edition: Edition, code: str) -> Recognised | None:
    """Return the edition that *code* was written for, where it is clearly not *edition*."""
    found = {*_WORD.findall(code), *_convolutions(code)}
    own = _signs_of(edition)
    shares = [(_share(other, own, found), other) for other in _others(edition.id)]
    share, other = max(shares, key=lambda item: item[0], default=(0.0, own))
    if share < _ENOUGH or _share(own, other, found) > _FEW:
        return None
    return Recognised(
        edition=other.edition, words=tuple(sorted((other.words - own.words) & found))
    )


def told_by_headings(edition: Edition, text: str) -> str:
    """
    Return the id of the edition whose headings stand in *text*, of those with *edition*'s code.

    It is *edition*'s own where no other has more of them.
    """
    lines = [line for line in text.splitlines() if len(line) <= _LONGEST_HEADING]
    every = (load_edition(name) for name in edition_ids(FOLDER) if name != edition.id)
    words = _signs_of(edition).words
    alike = [edition, *(other for other in every if _signs_of(other).words == words)]
    return max(alike, key=lambda one: _headings_in(lines, one.file.headings)).id


def _headings_in(lines: Collection[str], headings: Collection[str]) -> int:
    """Return how many headings there are: lines with a heading's words in their order."""
    patterns = [
        re.compile(r"\b" + r"\b.*?\b".join(map(re.escape, h.split())), re.I) for h in headings
    ]
    return sum(any(pattern.search(line) for line in lines) for pattern in patterns)


def _share(signs: _Signs, against: _Signs, found: Collection[str]) -> float:
    """Return which part of the words that one edition has and the other has not was found."""
    telling = signs.words - against.words
    return sum(word in found for word in telling) / len(telling) if telling else 0.0


def _convolutions(code: str) -> Iterator[str]:
    for numbers in _CONVOLUTION.findall(code):
        yield f"Conv2d({', '.join(numbers)})"


@cache
def _others(edition_id: str) -> tuple[_Signs, ...]:
    others = (one for one in edition_ids(FOLDER) if one != edition_id)
    return tuple(_signs_of(load_edition(one)) for one in others)


def _signs_of(edition: Edition) -> _Signs:
    """Return the words of an edition's code: its layers, its first layer, its arguments."""
    layers = edition.network.weighted_layers
    words = {layer.module.partition(".")[0] for layer in layers}
    words |= {
        f"Conv2d({layer.in_features}, {layer.out_features}, {layer.kernel})"
        for layer in layers[:1]
        if layer.kind is LayerKind.CONV2D
    }
    return _Signs(edition=edition.id, words=frozenset(words | {*edition.file.words}))
