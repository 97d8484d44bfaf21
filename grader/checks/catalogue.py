"""Every check that there is, in the order of a run."""

from __future__ import annotations

from grader.checks import accuracy, bias, forward, scales, weights
from grader.checks.base import Check

CHECKS: tuple[Check[...], ...] = (
    *weights.CHECKS,
    *scales.INPUT_CHECKS,
    *scales.OUTPUT_CHECKS,
    *scales.FACTOR_CHECKS,
    *forward.CHECKS,
    *bias.CHECKS,
    *accuracy.CHECKS,
)
