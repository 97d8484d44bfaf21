"""Every check that there is, in the order of a run."""

from __future__ import annotations

from grader.tasks.check import Check
from grader.tasks.kinds import kinds

CHECKS: tuple[Check[...], ...] = (
    *(check for kind in kinds().values() for check in kind.checks),
    *(kind.accuracy for kind in kinds().values() if kind.accuracy is not None),
)
