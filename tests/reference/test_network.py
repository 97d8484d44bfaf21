"""Float networks made from specs."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional

from reference.network import Net, NetWithBias, build_network, copy_model
from reference.spec import LayerKind, LayerSpec, NetworkSpec

SEQUENTIAL = NetworkSpec(
    name="LeNet5",
    input_shape=(1, 12, 12),
    layers=(
        LayerSpec(
            name="conv1", kind=LayerKind.CONV2D, module="conv1.conv", in_features=1,
            out_features=3, kernel=3, relu=True, relu_module="conv1.relu",
        ),
        LayerSpec(
            name="pool2", kind=LayerKind.MAX_POOL2D, module="pool2.pool", kernel=2, stride=2
        ),
        LayerSpec(
            name="fc3", kind=LayerKind.LINEAR, module="fc3.fc", in_features=75, out_features=8,
            relu=True, relu_module="fc3.relu",
        ),
        LayerSpec(
            name="output", kind=LayerKind.LINEAR, module="output.fc", in_features=8, out_features=4
        ),
    ),
)  # fmt: skip


class Handwritten(nn.Module):
    """The handout's network, written out by hand."""

    def __init__(self, *, bias: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5, bias=False)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5, bias=False)
        self.fc1 = nn.Linear(16 * 5 * 5, 120, bias=False)
        self.fc2 = nn.Linear(120, 84, bias=False)
        self.fc3 = nn.Linear(84, 10, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(functional.relu(self.conv1(x)))
        x = self.pool(functional.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        x = functional.relu(self.fc1(x))
        x = functional.relu(self.fc2(x))
        return self.fc3(x)


def test_the_handouts_networks_compute_what_handwritten_ones_do() -> None:
    """With the same parameters, Net and NetWithBias give a handwritten network's logits."""
    images = torch.rand(5, 3, 32, 32)
    for built, bias in ((Net(), False), (NetWithBias(), True)):
        handwritten = Handwritten(bias=bias)
        handwritten.load_state_dict(built.state_dict())

        assert torch.equal(built(images), handwritten(images))


def test_the_network_has_the_tables_weights() -> None:
    """The handout's layers hold 450, 2400, 48000, 10080 and 840 weights, one bias 10 more."""
    assert [p.numel() for p in Net().parameters()] == [450, 2400, 48000, 10080, 840]
    assert sum(p.numel() for p in NetWithBias().parameters()) == 61_780


def test_dotted_names_make_sequentials_whose_hooks_fire() -> None:
    """``conv1.conv`` is ``conv1[0]``, and a hook on ``conv1`` sees the value after its ReLU."""
    network = build_network(SEQUENTIAL)
    seen: list[torch.Tensor] = []
    network.get_submodule("conv1").register_forward_hook(lambda _m, _i, out: seen.append(out))
    images = torch.randn(2, 1, 12, 12)

    assert network(images).shape == (2, 4)
    convolved = functional.conv2d(
        images,
        network.conv1[0].weight,
    )
    assert torch.equal(seen[0], functional.relu(convolved))


def test_every_relu_of_sequentials_is_a_module_of_its_own() -> None:
    """Each named ReLU is there once, and none runs twice."""
    names = [n for n, m in build_network(SEQUENTIAL).named_modules() if isinstance(m, nn.ReLU)]

    assert names == ["conv1.relu", "fc3.relu"]


def test_an_activation_may_be_a_module_beside_the_layers() -> None:
    """One shared ReLU module runs after each layer that names it."""
    layers = tuple(replace(x, relu_module="relu" if x.relu else None) for x in SEQUENTIAL.layers)
    network = build_network(replace(SEQUENTIAL, layers=layers))
    calls: list[int] = []
    network.get_submodule("relu").register_forward_hook(lambda *_: calls.append(1))
    network(torch.randn(2, 1, 12, 12))

    assert len(calls) == 2


def test_a_copy_keeps_what_the_template_attached() -> None:
    """Scales on weights, on modules and arrays on the network are in the copy."""
    network = Net()
    network.conv1.weight.scale = 42.0
    network.conv1.output_scale = 0.5
    network.input_activations = torch.ones(3)

    copied = copy_model(network)

    assert copied.conv1.weight.scale == 42.0
    assert copied.conv1.output_scale == 0.5
    assert torch.equal(copied.input_activations, torch.ones(3))


def test_a_copy_shares_nothing() -> None:
    """Changing the copy's weights leaves the original's as they were."""
    network = Net()
    before = network.fc1.weight.detach().clone()

    with torch.no_grad():
        for parameter in copy_model(network).parameters():
            parameter.zero_()

    assert torch.equal(network.fc1.weight, before)
