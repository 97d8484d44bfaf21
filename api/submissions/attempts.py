"""
How many attempts a student has used.

What was never graded costs none. Where that was our fault (ungraded, pending), a student may have
brought it about on purpose, so only the first few of these are free; see ``max_free_attempts``.
"""

from __future__ import annotations

from collections.abc import Sequence

from api.course.terms import Terms
from api.kit.models import RunState, Submission

FREE = (RunState.REFUSED, RunState.REPLACED)
OUR_FAULT = (RunState.PENDING, RunState.UNGRADED)


def costing(earlier: Sequence[Submission], *, most_free: int) -> list[Submission]:
    """Return those of a student's submissions, the first first, that cost an attempt."""
    found, faults = [], 0
    for one in earlier:
        state = one.runs[-1].state
        if not _was_graded(one) and state in FREE:
            continue
        if not _was_graded(one) and state in OUR_FAULT:
            faults += 1
            if faults <= most_free:
                continue
        found.append(one)
    return found


def attempts_left(terms: Terms, earlier: Sequence[Submission], *, most_free: int) -> int | None:
    """Return how often the student may still hand in; None for as often as they like."""
    if terms.max_attempts is None:
        return None
    return max(0, terms.max_attempts - len(costing(earlier, most_free=most_free)))


def _was_graded(submission: Submission) -> bool:
    return any(run.state is RunState.GRADED for run in submission.runs)
