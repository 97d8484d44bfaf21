"""The training recipe, the networks that are trained by it, and learning with quantization."""

from __future__ import annotations

from reference.training.recipe import Progress, Recipe, begin, run_batches, test, train

__all__ = ["Progress", "Recipe", "begin", "run_batches", "test", "train"]
