"""What the students' functions answered, read into numbers: the records that the checks judge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.border.conventions import Floats, from_step
from grader.border.probes import Asked, Scales
from grader.editions.schema import ScaleForm
from grader.sandbox.calls.replies import CallError
from grader.sandbox.protocol import Value
from grader.words.message import Message


def nothing() -> Floats:
    """Return an empty array, the placeholder for a missing answer."""
    return np.empty(0)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One call: its error, or what was wrong with the returned value, or neither."""

    probe: Asked
    form: ScaleForm = ScaleForm.STEP  # of its scale; of a bias, of the weight scale in it
    error: CallError | None = None
    problem: Message | None = None
    changed: str = ""  # the role of an argument that the call changed
    returned: Value | None = None  # what came back, in its own type
    whole: Value | None = None  # everything that came back, readable or not

    @property
    def usable(self) -> bool:
        """Return whether the call gave a value of the kind that was asked for."""
        return self.error is None and not self.problem

    def written(self, step: float) -> float:
        """Return a step the way the edition writes the answer's scale."""
        return from_step(step, self.form)


@dataclass(frozen=True, kw_only=True)
class WeightAnswer(Answer):
    """``quantized_weights`` on one tensor; *integers* are what came back, whatever they are."""

    weights: Floats
    integers: Floats = field(default_factory=nothing)
    dtype: str = ""
    step: float = math.nan

    @property
    def scaled(self) -> Floats:
        """Return the weights in units of the step, before rounding and clamping."""
        return self.weights.astype(np.float64) / self.step

    @property
    def level(self) -> float:
        """Return E, the integer on which the largest weight lands."""
        return float(np.abs(self.weights).max()) / self.step


@dataclass(frozen=True, kw_only=True)
class ScaleAnswer(Answer):
    """A function that returns the scale of an array, given the scales that came before it."""

    largest: float  # max|x| of the array
    accumulator: float = 1.0  # A_k, the factor by which the array arrives multiplied
    step: float = math.nan
    array: Floats = field(default_factory=nothing)
    scales: Scales | None = None
    handed_on: Value | None = None  # the layer's output scale, where that is returned beside
    output_step: float = math.nan  # the same as a step

    @property
    def expected_output_step(self) -> float:
        """Return step / A_k: the step of the layer's output that belongs to the one returned."""
        return self.step / self.accumulator

    @property
    def number(self) -> float | None:
        """Return the scale as it was returned, whichever way the edition writes it."""
        return None if self.returned is None else self.returned.number

    @property
    def level(self) -> float:
        """Return E = max|x| . A_k / step, the integer on which the largest value lands."""
        return self.largest * self.accumulator / self.step


@dataclass(frozen=True, kw_only=True)
class BiasAnswer(Answer):
    """``quantized_bias`` on one bias vector."""

    bias: Floats
    scales: Scales
    integers: Floats = field(default_factory=nothing)
    dtype: str = ""

    @property
    def expected(self) -> Floats:
        """Return bias . A_k in float64, before rounding."""
        return self.bias.astype(np.float64) * self.scales.accumulator


@dataclass(frozen=True, kw_only=True)
class TraceAnswer(Answer):
    """The quantized network on a few images: the integers that entered each weighted layer."""

    images: int
    first: int = 0  # of the images whose values are held, where the pass broke off
    entering: Mapping[str, Floats] = field(default_factory=dict)
    output: Floats | None = None

    @property
    def fits(self) -> bool:
        """Return whether as many rows came out as images went in, and not the same for all."""
        rows = self.output
        return rows is not None and len(rows) == self.images and bool(np.any(rows != rows[:1]))
