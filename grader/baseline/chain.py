"""
The numbers of one quantized network: the student's where they can be used, else the reference's.

One mistake costs once: what rests on a task that failed is judged with the reference's result in
its place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from grader.baseline.networks import NetworkBaseline
from grader.baseline.quantized import QuantizedNumbers
from grader.border.answers import ScaleAnswer, WeightAnswer
from grader.border.conventions import CallStyle, Floats, from_step
from grader.border.probes import Scales
from grader.editions.schema import Binding, Role, ScaleForm, TaskSpec
from grader.sandbox.protocol import LayerState, Value
from reference.calibration import INPUT
from reference.equations.qparams import choose_scale
from reference.equations.quantize import quantize
from reference.spec import QuantScheme


@dataclass(frozen=True, kw_only=True)
class QuantizedWeights:
    """
    One layer's integer weights, their step, and the scale that is attached to the layer.

    The reference's is the number that the edition writes: its type is chosen when it is attached.
    """

    integers: Floats
    step: float
    attached: Value | float


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Every number of one quantized network, and which tasks' results are the reference's."""

    network: NetworkBaseline
    weights: Mapping[str, QuantizedWeights]
    input_step: float
    steps: Mapping[str, float]  # of each layer's accumulator: 1/n_O
    substituted: frozenset[str] = frozenset()  # tasks by id
    # What is not run again, by the role that it gives; also: right values, but arguments changed.
    played_back: Mapping[str, TaskSpec] = field(default_factory=dict)

    @property
    def numbers(self) -> QuantizedNumbers:
        """Return what an exact replay needs."""
        return QuantizedNumbers(
            weights={name: w.integers for name, w in self.weights.items()},
            multipliers={name: 1.0 / step for name, step in self.steps.items()},
            input_multiplier=1.0 / self.input_step,
        )

    def scales_before(self, layer: str, task: TaskSpec | None = None) -> Scales:
        """
        Return the multipliers in front of *layer*'s output scale, as *task* is handed them.

        Without a task, as pairs of the (weight, output) multipliers of each layer before.
        """
        cumulative = task is not None and task.is_cumulative
        names = list(self.weights)
        place = names.index(layer)
        listed = {name: self._pair(name) for name in names}
        if cumulative:
            listed = {name: (1.0 / step,) for name, step in self.output_steps.items()}
        own = task is not None and task.gets_own_scale
        return Scales(
            weight=1.0 / self.weights[layer].step,
            input=1.0 / self.input_step,
            preceding=tuple(listed[name] for name in names[:place]),
            own=listed[layer] if own else (),
            cumulative=cumulative,
        )

    def _pair(self, name: str) -> tuple[float, ...]:
        return (1.0 / self.weights[name].step, 1.0 / self.steps[name])

    @property
    def output_steps(self) -> dict[str, float]:
        """Return the step of each layer's output, 1 / (A_k n_O), by layer."""
        steps = {}
        multiplier = 1.0 / self.input_step
        for name in self.weights:
            multiplier *= math.prod(self._pair(name))
            steps[name] = 1.0 / multiplier
        return steps

    def level(self, layer: str) -> float:
        """Return E, the integer on which the layer's largest calibration value lands."""
        largest = float(np.abs(self.network.activations[layer]).max())
        return largest * self.scales_before(layer).accumulator / self.steps[layer]

    def clipped_percent(self, layer: str, quant_max: int) -> float:
        """Return the percentage of the layer's calibration values that do not fit the integers."""
        values = np.abs(self.network.activations[layer]).astype(np.float64)
        levels = values * (self.scales_before(layer).accumulator / self.steps[layer])
        return 100.0 * float(np.mean(levels > quant_max + 0.5))

    def layer_states(self, style: CallStyle, *, calibrated: bool) -> tuple[LayerState, ...]:
        """Return what the template leaves on each layer before the quantized network is built."""
        modules = {layer.name: layer.module for layer in self.network.spec.weighted_layers}
        bias = self.network.bias
        return tuple(
            LayerState(
                name=name,
                module=modules[name],
                weight=Value.tensor(w.integers.astype(np.float32)),
                weight_scale=_typed(w.attached, style),
                activations=style.array(self.network.activations[name]) if calibrated else None,
                bias=Value.tensor(bias[name]) if name in bias else None,
            )
            for name, w in self.weights.items()
        )


def _typed(scale: Value | float, style: CallStyle) -> Value:
    return scale if isinstance(scale, Value) else style.scale(Role.WEIGHT_SCALE.value, scale)


def own_weights(answers: Mapping[str, WeightAnswer]) -> dict[str, QuantizedWeights]:
    """Return the student's quantized weights, with their scales as they returned them."""
    return {
        name: QuantizedWeights(
            integers=answer.integers, step=answer.step, attached=answer.returned or Value.none()
        )
        for name, answer in answers.items()
    }


def reference_weights(
    network: NetworkBaseline, scheme: QuantScheme, form: ScaleForm
) -> dict[str, QuantizedWeights]:
    """Return the reference's quantized weights, their scales the way the edition writes them."""
    found = {}
    for name, weights in network.weights.items():
        step = choose_scale(weights, scheme)
        integers = quantize(torch.tensor(weights), step, scheme).numpy()
        scale = from_step(step, form)
        found[name] = QuantizedWeights(integers=integers, step=step, attached=scale)
    return found


def reference_input_step(network: NetworkBaseline, scheme: QuantScheme) -> float:
    """Return the reference's step of the initial input."""
    return choose_scale(network.activations[INPUT], scheme)


def reference_steps(
    network: NetworkBaseline,
    weights: Mapping[str, QuantizedWeights],
    input_step: float,
    scheme: QuantScheme,
) -> dict[str, float]:
    """Return the reference's accumulator steps, s_O / (s_W s_in), for the weights' scales."""
    steps = {}
    entering = input_step
    for name, array in network.layer_activations.items():
        output = choose_scale(array, scheme)
        steps[name] = output / (weights[name].step * entering)
        entering = output
    return steps


def own_steps(answers: Mapping[str, ScaleAnswer]) -> dict[str, float]:
    """Return the student's accumulator steps."""
    return {name: answer.step for name, answer in answers.items()}


def playback(chain: Chain, style: CallStyle) -> dict[str, tuple[Value, ...]]:
    """Return recorded results by function name, to replay instead of calling again."""
    stand_ins: dict[str, tuple[Value, ...]] = {}
    for role in (Role.INPUT_SCALE, Role.REQUANTIZE_SCALE):
        task = chain.played_back.get(role)
        if task is not None:
            returned = [_played_back(chain, binding, style) for binding in task.returns]
            values = tuple(
                call[0] if len(call) == 1 else Value.tuple(call)
                for call in zip(*returned, strict=True)
            )
            stand_ins[task.callable.rpartition(".")[2]] = values
    return stand_ins


def _played_back(chain: Chain, binding: Binding, style: CallStyle) -> list[Value]:
    """Return what a binding gives, call by call: once for the input, or once for each layer."""
    steps: Mapping[str, float] = {
        Role.INPUT_SCALE: {INPUT: chain.input_step},
        Role.REQUANTIZE_SCALE: chain.steps,
        Role.OUTPUT_SCALE: chain.output_steps,
    }[Role(binding.role)]
    written = (from_step(step, binding.form, binding.places) for step in steps.values())
    return [style.scale(binding.role, number) for number in written]
