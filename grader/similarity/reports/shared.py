"""Which reports have content in common that few others have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from grader.similarity.reports.handed import HandedReport
from grader.similarity.reports.words import hash_of, runs

# A pair is shown from here on; both are measured in runs of words (tests/similarity/reports).
LEAST_OVERLAP = 0.6
LEAST_RUNS = 80.0
IMAGE_RUNS, SCAN_RUNS = 40.0, 120.0  # what a picture, and a whole page, weigh
SHOWN_HOLDERS = 3  # contents: what more have is not shown of a pair
FEW = 10  # so many may share what is rare; in a large class one in twenty
_Indices = NDArray[np.int64]
_Weights = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Comparable:
    """A report of one person, and its features: runs of words, pictures, pages without text."""

    name: str
    report: HandedReport
    features: Mapping[int, float]  # with what each weighs, in runs


@dataclass(frozen=True, kw_only=True)
class SharedReport:
    """
    One report, or most of one, in several hands.

    ``sides`` has one group of names where they hold the same file or content, else two.
    ``overlap`` is the share of the rare content of the shorter one, 0 to 1; ``shared`` the
    features that both sides have and few others.
    """

    sides: tuple[tuple[Comparable, ...], ...]
    is_same_file: bool
    overlap: float
    shared: frozenset[int]

    @property
    def names(self) -> tuple[str, ...]:
        """Return who handed it in."""
        return tuple(one.name for side in self.sides for one in side)

    @property
    def images(self) -> int:
        """Return how many pictures, or pages without text, both sides have."""
        report = self.sides[0][0].report
        pictures = {hash_of(one) for one in (*report.images, *report.scans)}
        return len(pictures & self.shared)


def comparable(name: str, report: HandedReport, left_out: frozenset[int]) -> Comparable:
    """Return what of a person's report counts; *left_out* are features that say nothing."""
    weighed = dict.fromkeys(runs(report.words), 1.0)
    weighed |= {hash_of(one): IMAGE_RUNS for one in report.images}
    weighed |= {hash_of(one): SCAN_RUNS for one in report.scans}
    features = {one: weight for one, weight in weighed.items() if one not in left_out}
    return Comparable(name=name, report=report, features=features)


def features_of(reports: Iterable[HandedReport]) -> frozenset[int]:
    """Return all features of *reports*: the handout's say nothing of who wrote what."""
    return frozenset(one for report in reports for one in comparable("", report, NONE).features)


NONE: frozenset[int] = frozenset()


def find_shared(
    reports: Sequence[Comparable], earlier: Sequence[Comparable] = ()
) -> list[SharedReport]:
    """
    Return the reports that several people hold, and those that share most of what is rare.

    The same content first, then by how much is shared. Earlier years are compared with this one,
    not with each other; what many have in common counts for nothing.
    """
    groups = _by_content(reports, earlier)
    holders = Counter(one for group in groups for one in group.everyone[0].features)
    rare = frozenset(one for one, count in holders.items() if count <= SHOWN_HOLDERS)
    same = [_same(group, rare) for group in groups if group.now and len(group.everyone) > 1]
    alike = _alike([group for group in groups if group.everyone[0].features], rare)
    return [*sorted(same, key=lambda one: (-len(one.names), one.names)), *alike]


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Everybody with one content, this year's first."""

    now: tuple[Comparable, ...]
    earlier: tuple[Comparable, ...]

    @property
    def everyone(self) -> tuple[Comparable, ...]:
        return (*self.now, *self.earlier)


def _by_content(reports: Sequence[Comparable], earlier: Sequence[Comparable]) -> list[_Group]:
    """Return the groups of reports with one content; what says too little only by its bytes."""
    found: dict[str, tuple[list[Comparable], list[Comparable]]] = defaultdict(lambda: ([], []))
    for which, these in enumerate((reports, earlier)):
        for one in these:
            found[one.report.content or one.report.sha256][which].append(one)
    return [_Group(now=tuple(now), earlier=tuple(then)) for now, then in found.values()]


def _same(group: _Group, rare: frozenset[int]) -> SharedReport:
    everyone = group.everyone
    return SharedReport(
        sides=(everyone,),
        is_same_file=len({one.report.sha256 for one in everyone}) == 1,
        overlap=1.0,
        shared=rare & everyone[0].features.keys(),
    )


def _alike(groups: Sequence[_Group], rare: frozenset[int]) -> list[SharedReport]:
    """Return the pairs of contents that share most of what is rare, the most alike first."""
    one_of_each = [group.everyone[0] for group in groups]
    features, owners, weights = _columns(one_of_each)
    common = _holders(features) > max(FEW, len(groups) // 20)
    rarity = _rarity(features, len(groups))
    own = np.bincount(owners, weights * rarity * ~common, minlength=len(groups))
    found = []
    for i, k, amount, runs_ in _sums(features, owners, weights, rarity, common):
        if not (groups[i].now or groups[k].now):
            continue
        overlap = amount / max(min(own[i], own[k]), 1e-9)
        if overlap >= LEAST_OVERLAP and runs_ >= LEAST_RUNS:
            found.append(_pair(groups[i], groups[k], overlap, rare))
    return sorted(found, key=lambda one: (-one.overlap, one.names))


def _pair(one: _Group, other: _Group, overlap: float, rare: frozenset[int]) -> SharedReport:
    both = one.everyone[0].features.keys() & other.everyone[0].features.keys()
    return SharedReport(
        sides=(one.everyone, other.everyone),
        is_same_file=False,
        overlap=min(overlap, 1.0),
        shared=rare & both,
    )


def _columns(reports: Sequence[Comparable]) -> tuple[_Indices, _Indices, _Weights]:
    """Return every feature of every report, by feature: its hash, its owner, its weight."""
    features = np.array([f for one in reports for f in one.features], dtype=np.int64)
    weights = np.array([w for one in reports for w in one.features.values()], dtype=np.float64)
    owners = np.repeat(np.arange(len(reports)), [len(one.features) for one in reports])
    order = np.argsort(features, kind="stable")
    return features[order], owners[order], weights[order]


def _holders(features: _Indices) -> _Indices:
    """Return how many reports have each feature, beside each of its places."""
    _, places, counts = np.unique(features, return_inverse=True, return_counts=True)
    return np.asarray(counts[places], dtype=np.int64)


def _rarity(features: _Indices, reports: int) -> _Weights:
    """Return the logarithm of the inverse document frequency."""
    return np.asarray(np.log((reports + 1) / _holders(features)), dtype=np.float64)


def _sums(
    features: _Indices,
    owners: _Indices,
    weights: _Weights,
    rarity: _Weights,
    common: NDArray[np.bool_],
) -> Iterator[tuple[int, int, float, float]]:
    """Yield each two reports that share anything rare, with the weight of it and its runs."""
    holders = _holders(features)
    pairs, amounts, lengths = [], [], []
    for count in np.unique(holders[(holders > 1) & ~common]):
        mine = holders == count
        table = owners[mine].reshape(-1, count)  # features are sorted: a row is one feature's
        amount = (weights * rarity)[mine].reshape(-1, count)[:, 0]
        for i, k in combinations(range(int(count)), 2):
            pairs.append(table[:, i] << 32 | table[:, k])
            amounts.append(amount)
            lengths.append(weights[mine].reshape(-1, count)[:, 0])
    if not pairs:
        return
    keys, places = np.unique(np.concatenate(pairs), return_inverse=True)
    total = np.bincount(places, np.concatenate(amounts))
    runs_ = np.bincount(places, np.concatenate(lengths))
    for key, amount, length in zip(keys.tolist(), total.tolist(), runs_.tolist(), strict=True):
        yield key >> 32, key & 0xFFFFFFFF, amount, length
