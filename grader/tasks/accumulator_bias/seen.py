"""What ``quantized_bias`` answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.baseline.loss import Agreement
from grader.border.answers import BiasAnswer
from grader.border.probes import Factor, Probe


@dataclass(frozen=True, kw_only=True)
class BiasAnswers:
    """The answers on the network's own bias, on a large one, and with each factor changed."""

    own: BiasAnswer
    large: BiasAnswer  # random, as large as the logits, with the network's own scales
    probes: Mapping[Probe, BiasAnswer]
    factors: Mapping[Factor, BiasAnswer]  # the base with one factor changed
    agreement: Agreement | None = None
    # On biases far too small or large: not judged, they tell which factors were used.
    magnified: Mapping[str, BiasAnswer] = field(default_factory=dict)

    @property
    def all(self) -> tuple[BiasAnswer, ...]:
        """Return every answer, the network's own bias first."""
        return (self.own, self.large, *self.probes.values(), *self.factors.values())
