"""From what was observed to named mistakes: a hypothesis reproduces the numbers, or is silent."""

from grader.diagnosis.diagnose import diagnose

__all__ = ["diagnose"]
