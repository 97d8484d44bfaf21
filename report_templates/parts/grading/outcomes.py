"""The outcome of a criterion, a task and a whole submission, the same for every reader."""

from __future__ import annotations

from collections.abc import Iterable

from grader.results.file.schema import BY_PEOPLE, PENDING

MANUAL = "manual"  # a person gave the points
UNJUDGED = frozenset((PENDING, BY_PEOPLE))
_WORST_FIRST = ("errored", "failed", "skipped")
_WAITS_FIRST = (BY_PEOPLE, "passed")


def of_points(earned: float, maximum: float) -> str:
    """Return the outcome that points come to, where a person gave some of them."""
    if earned >= maximum:
        return "passed"
    return "partial" if earned else "failed"


def joint_outcome(outcomes: Iterable[str], earned: float, maximum: float) -> str:
    """
    Return what became of several criteria together.

    Where anything is ``pending``, so are they together. Where a person gave any of the points
    (``manual``), it is what the points come to. Else, where something was lost, it is ``partial``
    if points were earned all the same, the worst outcome if not. Where nothing was lost it is
    ``passed``, unless people have yet to judge.
    """
    found = set(outcomes)
    if PENDING in found:
        return PENDING
    if MANUAL in found:
        return of_points(earned, maximum)
    lost = found - UNJUDGED - {"passed"}
    if lost and earned:
        return "partial"
    if lost:
        return next((one for one in _WORST_FIRST if one in lost), "failed")
    return next((one for one in _WAITS_FIRST if one in found), PENDING)  # nobody judged anything


def verdict(outcomes: Iterable[str]) -> str:
    """
    Return the key, in ``findings``, of the sentence for a submission without findings.

    It is ``unknown`` where numbers are wrong, ``broken`` where there were none, ``unjudged`` where
    no criterion was judged, ``clean_so_far`` where not all were, and ``clean`` otherwise.
    """
    found = set(outcomes)
    judged = found - UNJUDGED
    if "failed" in judged:
        return "unknown"
    if judged - {"passed"}:
        return "broken"
    if not judged:
        return "unjudged"
    return "clean_so_far" if found & UNJUDGED else "clean"
