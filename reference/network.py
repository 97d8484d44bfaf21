"""Float networks made from their specs, and the lab's LeNet for colour images."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from reference.spec import LayerKind, LayerSpec, NetworkSpec

Model = TypeVar("Model", bound=nn.Module)

LENET_CIFAR10 = NetworkSpec(
    name="Net",
    input_shape=(3, 32, 32),
    layers=(
        LayerSpec(
            name="conv1", kind=LayerKind.CONV2D, module="conv1",
            in_features=3, out_features=6, kernel=5, relu=True,
        ),
        LayerSpec(name="pool1", kind=LayerKind.MAX_POOL2D, module="pool", kernel=2, stride=2),
        LayerSpec(
            name="conv2", kind=LayerKind.CONV2D, module="conv2",
            in_features=6, out_features=16, kernel=5, relu=True,
        ),
        LayerSpec(name="pool2", kind=LayerKind.MAX_POOL2D, module="pool", kernel=2, stride=2),
        LayerSpec(
            name="fc1", kind=LayerKind.LINEAR, module="fc1",
            in_features=400, out_features=120, relu=True,
        ),
        LayerSpec(
            name="fc2", kind=LayerKind.LINEAR, module="fc2",
            in_features=120, out_features=84, relu=True,
        ),
        LayerSpec(
            name="fc3", kind=LayerKind.LINEAR, module="fc3", in_features=84, out_features=10
        ),
    ),
)  # fmt: skip
"""The lab's LeNet for 32x32 colour images, without biases."""

LENET_CIFAR10_WITH_BIAS = replace(LENET_CIFAR10.with_bias("fc3"), name="NetWithBias")
"""The same network with a bias on its last layer."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One call in a network's forward pass; *relu* where the activation is no module itself."""

    module: str
    flatten: bool
    relu: bool


class Network(nn.Module):
    """
    The float network of a spec; its attributes carry the spec's module names.

    A dotted name makes the child of an ``nn.Sequential``, which is called as a whole, so that
    hooks on the Sequential fire as well as hooks on its children.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        for layer in spec.layers:
            _add_module(self, layer.module, _layer_module(layer))
            if layer.relu_module is not None:
                _add_module(self, layer.relu_module, nn.ReLU())
        self.steps = _steps(spec)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of images *x*: (images, channels, height, width) to (images, out)."""
        for step in self.steps:
            x = self.get_submodule(step.module)(x.flatten(1) if step.flatten else x)
            x = torch.relu(x) if step.relu else x
        return x


def build_network(spec: NetworkSpec) -> Network:
    """Return the untrained network of *spec*, initialised as PyTorch does."""
    return Network(spec)


def Net() -> Network:  # noqa: N802  the handout's name for a class
    """Return the handout's ``Net``, untrained."""
    return build_network(LENET_CIFAR10)


def NetWithBias() -> Network:  # noqa: N802  the handout's name for a class
    """Return the handout's ``NetWithBias``, untrained."""
    return build_network(LENET_CIFAR10_WITH_BIAS)


def weight_of(network: nn.Module, layer: LayerSpec) -> Tensor:
    """Return the weights of *layer*, detached, in ``layer.weight_shape``."""
    weight = network.get_submodule(layer.module).weight
    assert isinstance(weight, Tensor)
    return weight.detach()


def bias_of(network: nn.Module, layer: LayerSpec) -> Tensor | None:
    """Return the bias of *layer*, detached, or None where it has none."""
    bias = network.get_submodule(layer.module).bias
    return bias.detach() if isinstance(bias, Tensor) else None


def weighted_sums(layer: LayerSpec, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return ``W * x + b`` of a layer with weights: a convolution, or a product with flat x."""
    if layer.kind is LayerKind.LINEAR:
        return functional.linear(x.flatten(1), weight, bias)
    return functional.conv2d(x, weight, bias, stride=layer.stride)


def copy_model(model: Model) -> Model:
    """
    Return a deep copy that shares nothing with *model* and keeps every extra attribute.

    ``copy.deepcopy`` copies a module's own attributes (``output_scale``, ``activations``) but
    drops those of its parameters (``weight.scale``).
    """
    result = copy.deepcopy(model)
    for original, copied in zip(model.parameters(), result.parameters(), strict=True):
        vars(copied).update(copy.deepcopy(vars(original)))
    return result


def _layer_module(layer: LayerSpec) -> nn.Module:
    match layer.kind:
        case LayerKind.CONV2D:
            return nn.Conv2d(
                layer.in_features,
                layer.out_features,
                layer.kernel,
                stride=layer.stride,
                bias=layer.bias,
            )
        case LayerKind.LINEAR:
            return nn.Linear(layer.in_features, layer.out_features, bias=layer.bias)
        case LayerKind.MAX_POOL2D:
            return nn.MaxPool2d(layer.kernel, layer.stride)
        case LayerKind.AVG_POOL2D:
            return nn.AvgPool2d(layer.kernel, layer.stride)
        case LayerKind.SIGMOID:
            return nn.Sigmoid()
        case LayerKind.SOFTMAX:
            return nn.Softmax(dim=1)


def _add_module(network: nn.Module, path: str, module: nn.Module) -> None:
    """Put *module* at a dotted path; one that is there already (a shared pool) stays."""
    *parents, name = path.split(".")
    parent = network
    for part in parents:
        if not hasattr(parent, part):
            parent.add_module(part, nn.Sequential())
        parent = parent.get_submodule(part)
    if not hasattr(parent, name):
        parent.add_module(name, module)


def _steps(spec: NetworkSpec) -> tuple[Step, ...]:
    steps: list[Step] = []
    for layer in spec.layers:
        block, _, child = layer.module.partition(".")
        if not (child and steps and steps[-1].module == block):
            flatten = layer.kind is LayerKind.LINEAR
            relu = layer.relu and layer.relu_module is None
            steps.append(Step(module=block, flatten=flatten, relu=relu))
        relu_block = (layer.relu_module or block).partition(".")[0]
        if relu_block != block:
            steps.append(Step(module=relu_block, flatten=False, relu=False))
    return tuple(steps)
