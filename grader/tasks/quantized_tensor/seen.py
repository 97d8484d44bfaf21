"""What ``quantized_weights`` answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.border.answers import WeightAnswer
from grader.border.probes import Probe


@dataclass(frozen=True, kw_only=True)
class WeightAnswers:
    """The answers on the layers of both networks, without and with bias, and on the probes."""

    own: Mapping[str, WeightAnswer]
    biased: Mapping[str, WeightAnswer]
    probes: Mapping[Probe, WeightAnswer]

    @property
    def all(self) -> tuple[WeightAnswer, ...]:
        """Return every answer, the networks' own layers first."""
        return (*self.own.values(), *self.biased.values(), *self.probes.values())
