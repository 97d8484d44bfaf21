"""The numbers that make a float network a quantized one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.baseline.prediction_cache import fingerprint
from grader.border.conventions import Floats


@dataclass(frozen=True, kw_only=True)
class QuantizedNumbers:
    """The integers and multipliers of each layer."""

    weights: Mapping[str, Floats]
    multipliers: Mapping[str, float]  # n_O of each layer, on the accumulator
    input_multiplier: float
    bias: Mapping[str, Floats] | None = None

    def fingerprint(self, *settings: object) -> str:
        """Return what is equal only where all numbers and the *settings* are."""
        arrays = {f"{name}.weight": array for name, array in self.weights.items()}
        arrays |= {f"{name}.bias": array for name, array in (self.bias or {}).items()}
        return fingerprint(
            arrays, sorted(self.multipliers.items()), self.input_multiplier, *settings
        )
