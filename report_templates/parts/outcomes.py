"""What became of a criterion, of a task and of a whole submission: the same for every reader."""

from __future__ import annotations

from collections.abc import Iterable

from report_templates.reading import Json, mapping, text

MANUAL = "manual"  # a person gave the points
BY_PEOPLE = "by_people"  # nobody but a person can give them, and nobody has
PENDING = "pending"  # we could not find out: neither earned nor lost until a person has looked
UNJUDGED = frozenset((PENDING, BY_PEOPLE))
_WORST_FIRST = ("errored", "failed", "skipped")
_WAITS_FIRST = (BY_PEOPLE, "passed")
_EARLIER = {"ungraded": PENDING}  # what earlier graders called it


def outcome_of(test: Json) -> str:
    """Return what the run made of a criterion, whatever people decided since."""
    return outcome_in(mapping(test, "extra_data"), text(test, "status", PENDING))


def outcome_in(judged: Json, default: str = "") -> str:
    """Return the outcome that a criterion's or a check's own fields name."""
    said = text(judged, "outcome", default)
    return _EARLIER.get(said, said)


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
