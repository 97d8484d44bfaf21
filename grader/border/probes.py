"""
The seeded inputs with which the students' functions are called.

Each is built to tell one kind of mistake from right answers under any range rule: rescaled
copies catch constants, a lone negative extreme catches ``max`` without ``abs``, evenly filled
ranges catch ranges that clip, and lists of scales that all differ catch a factor left out.
Rescaling is by powers of two, which is exact in floating point and for power-of-two scales alike.
"""

from __future__ import annotations

import hmac
import json
import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NewType

import numpy as np

from grader.border.conventions import Floats
from grader.editions.schema import Role, ScaleForm, TaskSpec

RESCALE = 4.0


class Probe(StrEnum):
    """The inputs of ours that functions are called with, beside the network's own tensors."""

    SKEWED = "skewed"
    REPEATED = "repeated"  # asked once more, from another random state
    RESCALED = "rescaled"
    SHRUNK = "shrunk"
    NEGATED = "negated"
    EVEN = "even"
    LOPSIDED = "lopsided"
    ONE_DIMENSIONAL = "one-dimensional"  # a tensor that a right function need not handle
    HEAVY_TAILED = "heavy-tailed"
    FIRST_LAYER = "first layer"  # before which there is no scale
    BASE = "base"
    SMALL = "small"
    WIDE = "wide"
    OWN_BIAS = "the network's bias"
    LARGE_BIAS = "a large random bias"
    QUANTIZED = "quantized"  # a pass with the network's own scales
    CLIPPING = "clipping"  # ... and with scales by which every layer clips


FactorName = NewType("FactorName", str)
"""A factor as the edition writes it: ``n_w``, ``ns[0][1]``."""

InputName = NewType("InputName", str)
"""A tensor or file of the submission's own, or an input that is drawn for one task alone."""

Asked = Probe | FactorName | InputName
"""What one call of a student's function was about."""

FILLED_EVENLY = (Probe.EVEN, Probe.LOPSIDED)
"""Probes that fill their range, so that clipping shows."""


@dataclass(frozen=True)
class Factor:
    """
    One of the factors in front of a layer's own scale: its role, and where it stands in a list.

    *name* is how the edition writes it, and *form* which way up; both are for readers alone.
    """

    role: str
    layer: int = 0
    place: int = 0
    is_first: bool = False  # where no layer comes before, and an edition's formula is another
    name: FactorName = field(default=FactorName(""), compare=False)
    form: ScaleForm = field(default=ScaleForm.STEP, compare=False)


@dataclass(frozen=True, kw_only=True)
class Scales:
    """
    The multipliers that come before a layer's own output scale.

    Each preceding layer contributes its (weight, output) multipliers; where an edition's output
    scales are *cumulative*, it contributes one, which already holds all that came before it.
    *own* are those of the layer itself, where it is handed a list that ends with them.
    """

    weight: float
    input: float
    preceding: tuple[tuple[float, ...], ...]
    own: tuple[float, ...] = ()
    cumulative: bool = False

    @property
    def listed(self) -> tuple[tuple[float, ...], ...]:
        """Return the entries of the list that is handed on."""
        return (*self.preceding, self.own) if self.own else self.preceding

    @property
    def accumulator(self) -> float:
        """Return A_k = n_W . n_I . prod(n_Wj n_Oj), the factor on the layer's accumulator."""
        if self.cumulative:
            return self.weight * (self.preceding[-1][-1] if self.preceding else self.input)
        return self.weight * self.input * math.prod(math.prod(pair) for pair in self.preceding)

    def factors(self, task: TaskSpec) -> tuple[Factor, ...]:
        """Return every factor, named as *task* names the arguments in which they come."""
        single = (Role.WEIGHT_SCALE, Role.INPUT_SCALE)
        first = self.cumulative and not self.preceding
        every = [(Factor(role, is_first=first), "") for role in single if task.takes(role)]
        every += [
            (Factor(Role.PRECEDING_SCALES, k, i), f"[{k}][{i}]" if len(entry) > 1 else f"[{k}]")
            for k, entry in enumerate(self.listed)
            for i in range(len(entry))
        ]
        return tuple(
            replace(
                factor,
                name=FactorName(f"{task.name_of(factor.role)}{index}"),
                form=task.form_of(factor.role),
            )
            for factor, index in every
        )

    def value_of(self, factor: Factor) -> float:
        """Return a factor's number, 1 for one of a layer that does not come before."""
        if factor.role == Role.WEIGHT_SCALE:
            return self.weight
        if factor.role == Role.INPUT_SCALE:
            return self.input
        is_there = factor.layer < len(self.listed)
        return self.listed[factor.layer][factor.place] if is_there else 1.0

    def with_factor(self, factor: Factor, ratio: float) -> Scales:
        """Return the same scales with one factor multiplied by *ratio*."""
        if factor.role == Role.WEIGHT_SCALE:
            return replace(self, weight=self.weight * ratio)
        if factor.role == Role.INPUT_SCALE:
            return replace(self, input=self.input * ratio)
        listed = [[*entry] for entry in self.listed]
        listed[factor.layer][factor.place] *= ratio
        entries = [tuple(entry) for entry in listed]
        own = entries.pop() if self.own else ()
        return replace(self, preceding=tuple(entries), own=own)

    def without_preceding(self) -> Scales:
        """Return the same scales for a layer that comes first."""
        return replace(self, preceding=())


@dataclass(frozen=True, kw_only=True)
class WeightProbe:
    """Weights to quantize, float32, and what they are for."""

    name: Probe
    weights: Floats


def secret_seed(seed: int, secret: str, *identity: str) -> int:
    """
    Return the seed of a submission's probes, which only who has *secret* can know.

    *identity* is whose submission it is and what is in it: no two meet the same probes, and
    grading one again meets the same ones.
    """
    message = json.dumps([seed, *identity]).encode()
    digest = hmac.new(secret.encode(), message, "sha256").digest()
    return int.from_bytes(digest[:8], "big")


def rng_for(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator for one purpose; the same seed gives the same probes everywhere."""
    return np.random.default_rng([seed, *purpose.encode()])


def weight_probes(seed: int) -> tuple[WeightProbe, ...]:
    """Return the weight tensors beside the network's own: 1-D to 4-D, skewed, tiny and huge."""
    rng = rng_for(seed, "weights")
    skewed = lone_extreme(rng, 360).astype(np.float32).reshape(12, 30)
    shapes = {
        Probe.SKEWED: skewed,
        Probe.REPEATED: skewed,
        Probe.RESCALED: skewed * np.float32(RESCALE),
        Probe.SHRUNK: skewed / np.float32(RESCALE**4),
        Probe.NEGATED: -skewed,
        Probe.EVEN: even(rng, 450).astype(np.float32).reshape(6, 3, 5, 5),
        Probe.ONE_DIMENSIONAL: rng.normal(0.0, 0.3, 64).astype(np.float32),
        Probe.HEAVY_TAILED: rng.standard_t(3, (16, 40)).astype(np.float32),
        Probe.LOPSIDED: lopsided(rng, 450).astype(np.float32).reshape(9, 50),
    }
    return tuple(WeightProbe(name=name, weights=array) for name, array in shapes.items())


def array_probes(seed: int, purpose: str) -> dict[Probe, Floats]:
    """Return 1-D float64 arrays of pixels or activations, by name."""
    rng = rng_for(seed, purpose)
    skewed = lone_extreme(rng, 3000) * 3.0
    return {
        Probe.SKEWED: skewed,
        Probe.REPEATED: skewed,
        Probe.RESCALED: skewed * RESCALE,
        Probe.SHRUNK: skewed / RESCALE**2,
        Probe.NEGATED: -skewed,
        Probe.EVEN: even(rng, 3000) * 2.5,
        Probe.LOPSIDED: lopsided(rng, 3000) * 2.5,
    }


def bias_probe(seed: int, scales: Scales, features: int, largest: float = 2.0**28) -> Floats:
    """Return a float32 bias that becomes integers of up to *largest*: rounding hardly matters."""
    rng = rng_for(seed, "bias")
    bias = rng.uniform(0.1, 1.0, features) * rng.choice((-1.0, 1.0), features)
    integers = bias * largest / RESCALE
    return np.asarray(integers / scales.accumulator, dtype=np.float32)


def scale_probe(
    seed: int, purpose: str, length: int, *, cumulative: bool = False, with_own: bool = False
) -> Scales:
    """
    Return scales of a real network's size, *length* preceding layers, no two alike.

    A list *with_own* ends with the layer's own.
    """
    rng = rng_for(seed, f"scales {purpose}")
    count = length + int(with_own)
    weight, *earlier = (float(n) for n in rng.uniform(150.0, 420.0, count + 1))
    outputs = [float(n) for n in rng.uniform(0.0015, 0.006, count)]
    pairs = zip(earlier, outputs, strict=True)
    listed = tuple((w * o * 100.0,) if cumulative else (w, o) for w, o in pairs)
    pixels = float(rng.uniform(70.0, 160.0))
    return Scales(
        weight=weight,
        input=pixels,
        preceding=listed[:length],
        own=listed[length] if with_own else (),
        cumulative=cumulative,
    )


def lone_extreme(rng: np.random.Generator, size: int) -> Floats:
    """Return values symmetric about zero up to +-0.5, with a single one at -1."""
    half = np.clip(np.abs(rng.normal(0.0, 0.17, (size - 2) // 2)), 0.0, 0.5)
    values = np.concatenate([half, -half, [0.5, -1.0]])
    return np.asarray(rng.permutation(values))


def even(rng: np.random.Generator, size: int) -> Floats:
    """Return values that fill [-1, 1] evenly, both ends among them."""
    return np.asarray(rng.permutation(np.linspace(-1.0, 1.0, size)))


def lopsided(rng: np.random.Generator, size: int) -> Floats:
    """Return values that fill [-1, 0.5] evenly: a range from the shorter side clips a third."""
    return np.asarray(rng.permutation(np.linspace(-1.0, 0.5, size)))
