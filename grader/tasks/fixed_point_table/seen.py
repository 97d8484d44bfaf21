"""The float scales of a network, and what ``float_to_fixed_scale`` made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.border.answers import Answer, nothing
from grader.border.conventions import Floats
from grader.sandbox.protocol import Value
from grader.words.message import Message
from reference.equations.fixed_point import unrounded_bias, unrounded_fixed_scale


@dataclass(frozen=True, kw_only=True)
class FloatScales:
    """
    The steps of a network that was trained quantized, and the float bias of its *biased* layer.

    *outputs* are the steps of what comes out of each module, those of the input first; *weights*
    hold the same keys but the input's. *places* are the binary places of the multipliers.
    """

    outputs: Mapping[str, float]
    weights: Mapping[str, float]
    bias: Floats  # (1, features)
    biased: str
    places: int

    @property
    def first(self) -> str:
        """Return the key of the input's step."""
        return next(iter(self.outputs))

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the keys of the layers, in their order."""
        return (*self.weights,)

    def near(self, layer: str, distance: int) -> float:
        """Return the output step of the module that far from a layer, of the outermost beyond."""
        keys = [*self.outputs]
        place = keys.index(layer) + distance
        return self.outputs[keys[min(max(place, 0), len(keys) - 1)]]

    def around(self, layer: str, distance: int) -> float:
        """Return the output step that far from a layer, counted from the other end beyond one."""
        keys = [*self.outputs]
        return self.outputs[keys[(keys.index(layer) + distance) % len(keys)]]

    def weight_around(self, layer: str, distance: int) -> float:
        """Return the weights' step that far from a layer, from the other end beyond one."""
        place = self.layers.index(layer) + distance
        return self.weights[self.layers[place % len(self.layers)]]

    def before(self, layer: str) -> list[float]:
        """Return the output steps of the input and of every layer before one."""
        keys = [*self.outputs]
        return [self.outputs[key] for key in keys[: keys.index(layer)]]

    @property
    def expected(self) -> dict[str, float]:
        """Return ``1 / s_quant``, and ``s_w s_prev / s_out 2^places`` by layer, not rounded."""
        return unrounded_fixed_scale(self.outputs, self.weights, self.places)

    def accepted(self, layer: str) -> tuple[float, ...]:
        """
        Return the right numbers of an entry, not rounded.

        The first layer's may also stand on what the input's rounded number is worth, as the
        hardware has it: one over that.
        """
        exact = self.expected
        if layer != self.layers[0]:
            return (exact[layer],)
        inverse = exact[self.first]
        return exact[layer], exact[layer] * inverse / max(round(inverse), 1)

    @property
    def expected_bias(self) -> Floats:
        """Return ``bias / (s_w s_prev)`` of the biased layer, not rounded; shape (features,)."""
        flat = np.asarray(self.bias, dtype=np.float64).reshape(-1)
        return unrounded_bias(flat, self.outputs, self.weights, self.biased)


@dataclass(frozen=True, kw_only=True)
class TableAnswer(Answer):
    """The table and the bias that one call returned; a problem stands for what is unreadable."""

    given: FloatScales
    entries: Mapping[str, Value] = field(default_factory=dict)  # as they came back
    numbers: Mapping[str, float] = field(default_factory=dict)
    integers: Floats = field(default_factory=nothing)  # the bias, shape (features,)
    table_problem: Message | None = None
    bias_problem: Message | None = None

    @property
    def has_table(self) -> bool:
        """Return whether the call gave a dict of numbers."""
        return self.error is None and self.table_problem is None

    @property
    def has_bias(self) -> bool:
        """Return whether the call gave a bias of the right size."""
        return self.error is None and self.bias_problem is None

    def has(self, *keys: str) -> bool:
        """Return whether the table has an entry for each of *keys*."""
        return self.numbers.keys() >= {*keys}


@dataclass(frozen=True, kw_only=True)
class TableAnswers:
    """The answers on each drawn set of scales, and on the same sets magnified."""

    sets: Mapping[str, TableAnswer]
    # With steps that no network has: not judged, they tell which steps were used.
    magnified: Mapping[str, TableAnswer]

    @property
    def all(self) -> tuple[TableAnswer, ...]:
        """Return the answers that are judged."""
        return (*self.sets.values(),)

    @property
    def telling(self) -> tuple[TableAnswer, ...]:
        """Return the answers from which a formula can be read, the judged ones first."""
        return (*self.all, *(a for a in self.magnified.values() if a.usable))
