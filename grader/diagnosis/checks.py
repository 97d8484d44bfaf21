"""Every check that there is, in the order of a run."""

from __future__ import annotations

from grader.accuracy import checks as accuracy
from grader.tasks.check import Check
from grader.tasks.kinds import kinds

CHECKS: tuple[Check[...], ...] = (
    *(check for kind in kinds().values() for check in kind.checks),
    *accuracy.CHECKS,
)
