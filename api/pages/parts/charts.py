"""The class in one picture: how many reached how many points."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reference.figures import count_bars
from report_templates.page.pictures import picture

BINS = 10


def bins_of(shares: Sequence[float]) -> tuple[int, ...]:
    """Return how many of *shares* (0 to 1) fall into each tenth; 1 belongs to the last."""
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, max(0, int(share * BINS + 1e-9)))] += 1
    return tuple(counts)


def score_histogram(counts: Sequence[int], *, title: str) -> Markup:
    """Return the bars of ``bins_of`` over an axis of percent, each with its count above it."""
    drawn = picture(count_bars, tuple(counts), high=100, unit=" %", width=340.0, words=title)
    return drawn.svg
