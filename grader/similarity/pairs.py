"""Which solutions have rare features in common."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.similarity.solutions import Solution

_Matrix = NDArray[np.float32]

# A pair is shown from here on. Measured on 66 right solutions that were written independently, and
# on mechanical disguises of each (tests/similarity): the former stay below, the latter above.
LEAST_OVERLAP = 0.82
LEAST_WEIGHT = 9.0
LONE_LINES = 3  # pieces of more lines are marked by what stands in them
MARKED_WEIGHT = 0.3  # what less than three quarters have


@dataclass(frozen=True, kw_only=True)
class Pair:
    """
    Two solutions that have rare code in common.

    ``weight`` is that of the features which both have, ``overlap`` its share in the weight of the
    lighter of the two, 0 to 1; ``shared`` holds the features with their weights.
    """

    one: Solution
    other: Solution
    weight: float
    overlap: float
    shared: Mapping[int, float]

    def marked(self, solution: Solution) -> frozenset[tuple[str, int | None, int]]:
        """Return the lines of one of the two that hold what they share, as (file, cell, line)."""
        rare = (feature for feature, weight in self.shared.items() if weight >= MARKED_WEIGHT)
        spans = (span for feature in rare for span in solution.features[feature])
        return frozenset(
            (span.start.file, span.start.cell, line)
            for span in spans
            if span.last - span.start.line < LONE_LINES
            for line in range(span.start.line, span.last + 1)
        )


@dataclass(frozen=True, kw_only=True)
class Background:
    """How many of *count* solutions from elsewhere have a feature: what is common says nothing."""

    count: int = 0
    frequencies: Mapping[int, int]


NOTHING = Background(frequencies={})


def weights_of(
    solutions: Sequence[Solution], background: Background = NOTHING
) -> dict[int, float]:
    """
    Return each feature's weight: how much rarer it is than its rarest part.

    Rarity is the logarithm of the inverse document frequency: what everybody has weighs nothing,
    and nor does a long line that says no more than a rare word in it. Several attempts of one
    student are one document.
    """
    owned: dict[str, set[int]] = {}
    for solution in solutions:
        owned.setdefault(solution.owner, set()).update(solution.features)
    seen = Counter(feature for features in owned.values() for feature in features)
    count = len(owned) + background.count
    rarity = {
        feature: math.log((count + 1) / (number + background.frequencies.get(feature, 0)))
        for feature, number in seen.items()
    }
    parts = {f: inner for solution in solutions for f, inner in solution.parts.items()}
    return {
        feature: max(rare - max((rarity[part] for part in parts[feature]), default=0.0), 0.0)
        for feature, rare in rarity.items()
    }


def find_pairs(
    solutions: Sequence[Solution],
    *,
    earlier: Sequence[Solution] = (),
    background: Background = NOTHING,
) -> list[Pair]:
    """
    Return the pairs among *solutions*, and with *earlier* ones, that share more than the floor.

    The most alike come first, two students once: of their attempts the two that share most. What
    most have in common (the sheet's own code, the usual answers) is discounted; so is what stands
    in *background*.
    """
    everyone = [*solutions, *earlier]
    weights = weights_of(everyone, background)
    shared = _shared_weights(everyone, weights)
    own = np.diag(shared)
    overlap = shared / np.maximum(np.minimum(own[:, None], own[None, :]), 1e-9)
    above = np.triu((overlap >= LEAST_OVERLAP) & (shared >= LEAST_WEIGHT), k=1)
    above[len(solutions) :] = False  # earlier years are not compared with each other
    found = [
        _pair(everyone[i], everyone[k], float(shared[i, k]), float(overlap[i, k]), weights)
        for i, k in zip(*np.nonzero(above), strict=True)
        if everyone[i].owner != everyone[k].owner
    ]
    found.sort(key=lambda pair: (-pair.weight, pair.one.name, pair.other.name))
    most: dict[frozenset[str], Pair] = {}
    for pair in found:
        most.setdefault(frozenset((pair.one.owner, pair.other.owner)), pair)
    return [*most.values()]


def _shared_weights(solutions: Sequence[Solution], weights: Mapping[int, float]) -> _Matrix:
    """Return the weight of what each two solutions share, and on the diagonal each one's own."""
    columns = {feature: i for i, feature in enumerate(weights)}
    roots = np.sqrt(np.fromiter(weights.values(), dtype=np.float32, count=len(weights)))
    has = np.zeros((len(solutions), len(columns)), dtype=np.float32)
    for row, solution in zip(has, solutions, strict=True):
        index = [columns[feature] for feature in solution.features]
        row[index] = roots[index]
    return np.asarray(has @ has.T)


def _pair(
    one: Solution, other: Solution, weight: float, overlap: float, weights: Mapping[int, float]
) -> Pair:
    both = one.features.keys() & other.features.keys()
    shared = {feature: weights[feature] for feature in both if weights[feature] > 0}
    return Pair(one=one, other=other, weight=weight, overlap=min(overlap, 1.0), shared=shared)
