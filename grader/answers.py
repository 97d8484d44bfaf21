"""What the students' functions answered, read into numbers: the records that the checks judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.conventions import Array, Floats
from grader.probes import Scales
from grader.sandbox.protocol import CallError


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One call: its error, or what was wrong with the returned value, or neither."""

    probe: str
    error: CallError | None = None
    problem: str = ""
    changed: str = ""  # the name of an argument that the call changed

    @property
    def usable(self) -> bool:
        """Return whether the call gave a value of the kind that was asked for."""
        return self.error is None and not self.problem


@dataclass(frozen=True, kw_only=True)
class WeightAnswer(Answer):
    """``quantized_weights`` on one tensor."""

    weights: Floats
    quantized: Array | None = None
    step: float | None = None

    @property
    def level(self) -> float:
        """Return E, the integer on which the largest weight lands."""
        return float(abs(self.weights).max()) / (self.step or float("nan"))


@dataclass(frozen=True, kw_only=True)
class ScaleAnswer(Answer):
    """A function that returns the scale of an array, given the scales that came before it."""

    largest: float  # max|x| of the array
    accumulator: float = 1.0  # A_k, the factor by which the array arrives multiplied
    step: float | None = None

    @property
    def level(self) -> float:
        """Return E = max|x| . A_k / step, the integer on which the largest value lands."""
        return self.largest * self.accumulator / (self.step or float("nan"))


@dataclass(frozen=True, kw_only=True)
class BiasAnswer(Answer):
    """``quantized_bias`` on one bias vector."""

    bias: Floats
    scales: Scales
    quantized: Array | None = None


@dataclass(frozen=True, kw_only=True)
class TraceAnswer(Answer):
    """The quantized network on a few images: the integers that entered each weighted layer."""

    images: int
    entering: Mapping[str, Floats] = field(default_factory=dict)
    output: Floats | None = None
