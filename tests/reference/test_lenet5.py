"""LeNet-5, layer by layer, against one that is written out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from reference.calibration import activation_shapes, collect_activations
from reference.lenet5 import (
    LENET5,
    LENET5_1998,
    LENET5_WITH_BIAS,
    Difference,
    as_of_1998,
    covered_layer,
    linear_layer,
    with_linear_layer,
)
from reference.network import LENET_CIFAR10, Network, build_network
from reference.spec import NetworkSpec

IMAGES = torch.rand(7, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def untrained(spec: NetworkSpec) -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_network(spec).eval()


def logits_by_hand(network: Network, x: torch.Tensor) -> torch.Tensor:
    """The lab's forward pass in bare functions."""
    x = functional.max_pool2d(functional.conv2d(x, network.conv1[0].weight).relu(), 2)
    x = functional.max_pool2d(functional.conv2d(x, network.conv3[0].weight).relu(), 2)
    x = functional.conv2d(x, network.conv5[0].weight).relu().flatten(1)
    x = functional.linear(x, network.fc6[0].weight).relu()
    return functional.linear(x, network.output[0].weight, network.output[0].bias)


@pytest.mark.parametrize("spec", [LENET5, LENET5_WITH_BIAS], ids=lambda spec: spec.name)
def test_the_network_computes_what_the_handwritten_pass_does(spec: NetworkSpec) -> None:
    """With the same weights, the logits are bit for bit those of bare functions."""
    network = untrained(spec)

    assert torch.equal(network(IMAGES), logits_by_hand(network, IMAGES))


def test_the_numbers_are_the_handouts() -> None:
    """150, 2400, 48000, 10080 and 840 weights, 416,520 multiply-adds an image."""
    sizes = {name: value.numel() for name, value in build_network(LENET5).state_dict().items()}

    assert sizes == {
        "conv1.conv.weight": 150, "conv3.conv.weight": 2400, "conv5.conv.weight": 48000,
        "fc6.fc.weight": 10080, "output.fc.weight": 840,
    }  # fmt: skip
    assert sum(LENET5.multiply_adds()) == 416_520


def test_every_layer_is_a_sequential_whose_hooks_fire() -> None:
    """A hook on each of the seven blocks sees its output, activation applied."""
    network, seen = untrained(LENET5), {}
    for name, block in network.named_children():
        assert isinstance(block, nn.Sequential)
        block.register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: out}))
    network(IMAGES)

    assert list(seen) == ["conv1", "maxpool2", "conv3", "maxpool4", "conv5", "fc6", "output"]
    assert [tuple(value.shape[1:]) for value in seen.values()] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1), (84,), (10,),
    ]  # fmt: skip
    assert all(seen[name].min() == 0 for name in ("conv1", "conv3", "conv5", "fc6"))


def test_a_layers_block_is_its_sequential() -> None:
    """What the lab attaches to ``conv1`` is attached to the block, not to ``conv1[0]``."""
    assert [layer.block for layer in LENET5.layers] == [layer.name for layer in LENET5.layers]


def test_conv5_as_a_linear_layer_computes_the_same() -> None:
    """Its kernel covers the whole input, so the flattened weights give the same sums."""
    network = untrained(LENET5_WITH_BIAS)
    linear = linear_layer(network)

    assert isinstance(linear.conv5[0], nn.Linear)
    assert torch.allclose(linear(IMAGES), network(IMAGES), atol=1e-6)
    whole = (120 * torch.rand(5, 16, 5, 5)).round()
    weight = (120 * torch.randn(120, 16, 5, 5)).round()
    sums = functional.conv2d(whole, weight).flatten(1)
    assert torch.equal(functional.linear(whole.flatten(1), weight.flatten(1)), sums)


def test_conv5_as_a_linear_layer_costs_the_same() -> None:
    """Weights and multiply-adds stay as many."""
    linear = with_linear_layer(LENET5)

    assert linear.multiply_adds() == LENET5.multiply_adds()
    assert sum(layer.weights for layer in linear.layers) == 61_470


def test_the_network_of_1998_computes_what_a_handwritten_pass_does() -> None:
    """Sigmoid for ReLU, mean for maximum, and probabilities at the end."""
    network = untrained(LENET5_1998)
    x = functional.avg_pool2d(functional.conv2d(IMAGES, network.conv1[0].weight).sigmoid(), 2)
    x = functional.avg_pool2d(functional.conv2d(x, network.conv3[0].weight).sigmoid(), 2)
    x = functional.conv2d(x, network.conv5[0].weight).sigmoid().flatten(1)
    x = functional.linear(x, network.fc6[0].weight).sigmoid()
    expected = functional.linear(x, network.output[0].weight).softmax(1)

    assert torch.allclose(network(IMAGES), expected, atol=1e-7)


def test_one_difference_of_1998_leaves_the_others_alone() -> None:
    """With average pooling alone there is neither sigmoid nor softmax."""
    kinds = [layer.kind.value for layer in as_of_1998(LENET5, Difference.AVERAGE_POOLING).layers]

    assert kinds == ["conv2d", "avg_pool2d", "conv2d", "avg_pool2d", "conv2d", "linear", "linear"]


def test_only_a_convolution_that_covers_its_input_may_be_linear() -> None:
    """That is conv5 of LeNet-5, and no layer of the network for colour images."""
    assert covered_layer(LENET5) == LENET5.layers[4]
    assert covered_layer(LENET_CIFAR10) is None


def test_activations_before_pooling_have_the_templates_sizes() -> None:
    """One image gives 1024, 4704, 1600, 120, 84 and 10 values."""
    collected = collect_activations(untrained(LENET5), IMAGES[:1])

    assert {name: array.size for name, array in collected.items()} == {
        "input": 1024, "conv1": 4704, "conv3": 1600, "conv5": 120, "fc6": 84, "output": 10
    }  # fmt: skip
    shapes = activation_shapes(LENET5)
    assert shapes["conv3"] == (16, 10, 10)


def test_activations_before_pooling_are_what_leaves_the_layer() -> None:
    """conv1's array is its ReLU's output; pooling it gives the other form's."""
    before = collect_activations(untrained(LENET5), IMAGES)
    after = collect_activations(untrained(replace(LENET5, pooled_activations=True)), IMAGES)

    maps = torch.tensor(before["conv1"]).reshape(-1, 6, 28, 28)
    assert torch.equal(functional.max_pool2d(maps, 2).flatten(), torch.tensor(after["conv1"]))
    for name in ("input", "conv5", "fc6", "output"):
        assert (before[name] == after[name]).all()
