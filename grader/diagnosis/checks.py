"""Every check that there is, in the order of a run."""

from __future__ import annotations

from grader.accuracy import checks as accuracy
from grader.tasks.accumulator_bias import checks as bias
from grader.tasks.check import Check
from grader.tasks.integer_pass import checks as forward
from grader.tasks.quantized_tensor import checks as weights
from grader.tasks.scales import checks as scales

CHECKS: tuple[Check[...], ...] = (
    *weights.CHECKS,
    *scales.INPUT_CHECKS,
    *scales.OUTPUT_CHECKS,
    *scales.FACTOR_CHECKS,
    *forward.CHECKS,
    *bias.CHECKS,
    *accuracy.CHECKS,
)
