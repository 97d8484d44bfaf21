"""The network as quantization-aware training sees it: real values, rounded to their levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from reference.equations.fixed_point import INPUT_STUB, SCHEME, Floats, float_to_fixed_scale
from reference.integer_network import IntegerNetwork, QuantizedNetwork, quantize_by
from reference.network import Network, bias_of, build_network, weight_of, weighted_sums
from reference.spec import LayerKind, LayerSpec, NetworkSpec, QuantScheme


@dataclass(frozen=True, kw_only=True)
class FakeQuantizedNetwork:
    """
    A float network and the steps to which its values are rounded, as training left them.

    The steps are keyed by module, ``output_steps`` has the input's under ``"quant"``.
    """

    network: Network
    weight_steps: Mapping[str, float]
    output_steps: Mapping[str, float]

    def __call__(self, images: Tensor) -> Tensor:
        """Return the logits of *images*, everything rounded to its levels on the way."""
        x = fake_quantize(images, self.output_steps[INPUT_STUB])
        for layer in self.network.spec.layers:
            x = self._run(layer, x)
        return x

    def _run(self, layer: LayerSpec, x: Tensor) -> Tensor:
        if layer.kind is LayerKind.MAX_POOL2D:
            return functional.max_pool2d(x, layer.kernel, layer.stride)
        weight = fake_quantize(weight_of(self.network, layer), self.weight_steps[layer.module])
        x = weighted_sums(layer, x, weight, bias_of(self.network, layer))
        x = fake_quantize(x, self.output_steps[layer.module])
        return x.relu() if layer.relu else x

    def quantized(self, scheme: QuantScheme = SCHEME) -> QuantizedNetwork:
        """Return the network's integers and the steps that give them their meaning."""
        layers = self.network.spec.weighted_layers
        return quantize_by(
            self.network,
            scheme,
            input_scale=self.output_steps[INPUT_STUB],
            weight_scales={x.name: self.weight_steps[x.module] for x in layers},
            output_scales={x.name: self.output_steps[x.module] for x in layers},
        )

    def fixed_scales(self) -> tuple[dict[str, int], NDArray[np.int64]]:
        """Return ``float_to_fixed_scale`` of the steps and of the last layer's bias."""
        bias = bias_of(self.network, self.network.spec.weighted_layers[-1])
        values = torch.zeros(1) if bias is None else bias
        return float_to_fixed_scale(
            _arrays(self.output_steps), _arrays(self.weight_steps), values.double().numpy()
        )

    def hardware_network(self) -> IntegerNetwork:
        """Return the network that computes with the whole numbers of ``fixed_scales`` alone."""
        network = self.quantized().integer_network
        fixed, _ = self.fixed_scales()
        network.input_multiplier = fixed[INPUT_STUB]
        return network

    def state(self) -> dict[str, Tensor]:
        """Return the parameters and the steps as tensors, from which ``from_state`` makes it."""
        steps = {f"{module}.weight_step": step for module, step in self.weight_steps.items()}
        steps |= {f"{module}.output_step": step for module, step in self.output_steps.items()}
        tensors = {name: torch.tensor(step, dtype=torch.float64) for name, step in steps.items()}
        return {**self.network.state_dict(), **tensors}

    @classmethod
    def from_state(cls, spec: NetworkSpec, state: Mapping[str, Tensor]) -> FakeQuantizedNetwork:
        """Return the network of *spec* from its *state*; raise RuntimeError where it misfits."""
        network = build_network(spec)
        steps = {name: value.item() for name, value in state.items() if name.endswith("_step")}
        network.load_state_dict({n: v for n, v in state.items() if n not in steps})
        if not steps:
            msg = "it holds no steps"
            raise RuntimeError(msg)
        return cls(
            network=network.eval(),
            weight_steps=_named(steps, ".weight_step"),
            output_steps=_named(steps, ".output_step"),
        )


def fake_quantize(x: Tensor, step: float) -> Tensor:
    """Return ``s clamp(round(x / s), -128, 127)``."""
    return torch.fake_quantize_per_tensor_affine(
        x, step, 0, quant_min=SCHEME.quant_min, quant_max=SCHEME.quant_max
    )


def _arrays(steps: Mapping[str, float]) -> dict[str, Floats]:
    return {name: np.array([step]) for name, step in steps.items()}


def _named(steps: Mapping[str, float], ending: str) -> dict[str, float]:
    return {n.removesuffix(ending): step for n, step in steps.items() if n.endswith(ending)}
