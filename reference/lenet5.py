"""LeNet-5 for 32x32 grey images: the lab's, with conv5 as a linear layer, and that of 1998."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import StrEnum

from reference.network import Network, build_network
from reference.spec import LayerKind, LayerSpec, NetworkSpec

LENET5 = NetworkSpec(
    name="Net",
    input_shape=(1, 32, 32),
    pooled_activations=False,
    layers=(
        LayerSpec(
            name="conv1", kind=LayerKind.CONV2D, module="conv1.conv",
            in_features=1, out_features=6, kernel=5, relu=True, relu_module="conv1.relu",
        ),
        LayerSpec(
            name="maxpool2", kind=LayerKind.MAX_POOL2D, module="maxpool2.pool", kernel=2, stride=2
        ),
        LayerSpec(
            name="conv3", kind=LayerKind.CONV2D, module="conv3.conv",
            in_features=6, out_features=16, kernel=5, relu=True, relu_module="conv3.relu",
        ),
        LayerSpec(
            name="maxpool4", kind=LayerKind.MAX_POOL2D, module="maxpool4.pool", kernel=2, stride=2
        ),
        LayerSpec(
            name="conv5", kind=LayerKind.CONV2D, module="conv5.conv",
            in_features=16, out_features=120, kernel=5, relu=True, relu_module="conv5.relu",
        ),
        LayerSpec(
            name="fc6", kind=LayerKind.LINEAR, module="fc6.fc",
            in_features=120, out_features=84, relu=True, relu_module="fc6.relu",
        ),
        LayerSpec(
            name="output", kind=LayerKind.LINEAR, module="output.fc",
            in_features=84, out_features=10,
        ),
    ),
)  # fmt: skip
"""LeNet-5 without biases, every layer an ``nn.Sequential``: 61,470 weights."""

LENET5_WITH_BIAS = replace(LENET5.with_bias("output"), name="NetWithBias")
"""The same network with a bias on its last layer."""


def covered_layer(spec: NetworkSpec) -> LayerSpec | None:
    """Return the first convolution whose kernel covers its whole input, None where none does."""
    convolutions = (layer for layer in spec.layers if layer.kind is LayerKind.CONV2D)
    inputs = {layer: given for layer, (given, _) in zip(spec.layers, spec.shapes(), strict=True)}
    return next((x for x in convolutions if set(inputs[x][1:]) == {x.kernel}), None)


def with_linear_layer(spec: NetworkSpec) -> NetworkSpec:
    """
    Return *spec* with a linear layer in place of its covered layer: of ``conv5``.

    Its kernel covers the whole 5x5 input, so that each output is one weighted sum of all inputs.
    """
    covered = covered_layer(spec)
    layers = tuple(_linear(layer) if layer == covered else layer for layer in spec.layers)
    return replace(spec, name=f"{spec.name}Linear", layers=layers)


def linear_layer(network: Network) -> Network:
    """Return a network with *network*'s parameters and its covered layer as a linear one."""
    covered = covered_layer(network.spec)
    assert covered is not None
    result = build_network(with_linear_layer(network.spec))
    own = f"{covered.module}."
    parameters = {
        name.replace(own, f"{_linear(covered).module}.")
        if name.startswith(own)
        else name: value.flatten(1) if name == f"{own}weight" else value
        for name, value in network.state_dict().items()
    }
    result.load_state_dict(parameters)
    return result.train(network.training)


class Difference(StrEnum):
    """What the network of 1998 does otherwise: for ReLU, max pooling and bare logits."""

    SIGMOID = "sigmoid"
    AVERAGE_POOLING = "average_pooling"
    SOFTMAX = "softmax"


def as_of_1998(spec: NetworkSpec, *differences: Difference) -> NetworkSpec:
    """
    Return *spec* with some *differences* of 1998, or all of them where none is named.

    Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998, as far
    as the lab compares with it. The paper's trainable subsampling, partial connections and
    Euclidean outputs are left out.
    """
    chosen = differences or tuple(Difference)
    layers: list[LayerSpec] = []
    for layer in spec.layers:
        averages = layer.kind is LayerKind.MAX_POOL2D and Difference.AVERAGE_POOLING in chosen
        changed = replace(layer, kind=LayerKind.AVG_POOL2D) if averages else layer
        if layer.relu and Difference.SIGMOID in chosen:
            layers.append(replace(changed, relu=False, relu_module=None))
            layers.append(_function("sigmoid", LayerKind.SIGMOID, layer))
        else:
            layers.append(changed)
    if Difference.SOFTMAX in chosen:
        layers.append(_function("softmax", LayerKind.SOFTMAX, spec.layers[-1]))
    named = "".join(one.value.title().replace("_", "") for one in differences)
    return replace(spec, name=f"{spec.name}1998{named}", layers=tuple(layers))


def _function(name: str, kind: LayerKind, after: LayerSpec) -> LayerSpec:
    return LayerSpec(name=f"{after.name}_{name}", kind=kind, module=f"{after.block}.{name}")


def _linear(layer: LayerSpec) -> LayerSpec:
    inputs = math.prod(layer.weight_shape[1:])
    return replace(
        layer,
        kind=LayerKind.LINEAR,
        module=f"{layer.block}.fc",
        in_features=inputs,
        kernel=1,
    )


LENET5_1998 = as_of_1998(LENET5)
"""LeNet-5 as of 1998; its outputs are probabilities."""
