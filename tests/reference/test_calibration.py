"""What the layers of a float network see."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from reference.calibration import (
    Activations,
    activation_shapes,
    collect_activations,
    profile_histograms,
    profile_ranges,
)
from reference.network import LENET_CIFAR10, Net, Network

IMAGES = torch.rand(30, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture(scope="module")
def net() -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Net()


@pytest.fixture(scope="module")
def collected(net: Network) -> Activations:
    return collect_activations(net, IMAGES, batch_size=7)


def test_each_layer_is_seen_as_the_next_receives_it(net: Network, collected: Activations) -> None:
    """conv1's array holds its output after ReLU and pooling, image after image."""
    with torch.no_grad():
        convolved = functional.conv2d(IMAGES, net.conv1.weight)
        expected = functional.max_pool2d(convolved.relu(), 2)

    assert np.allclose(collected["conv1"], expected.reshape(-1).numpy(), atol=1e-6)


def test_the_input_and_the_last_output_are_seen(net: Network, collected: Activations) -> None:
    """The first array is the images themselves, the last the logits, negative ones included."""
    with torch.no_grad():
        expected = net(IMAGES)

    assert np.array_equal(collected["input"], IMAGES.reshape(-1).numpy())
    assert np.allclose(collected["fc3"], expected.reshape(-1).numpy(), atol=1e-6)
    assert collected["fc3"].min() < 0


def test_the_sizes_are_the_handouts() -> None:
    """One image gives 3072, 1176, 400, 120, 84 and 10 values."""
    sizes = {name: int(np.prod(shape)) for name, shape in activation_shapes(LENET_CIFAR10).items()}

    assert sizes == {
        "input": 3072, "conv1": 1176, "conv2": 400, "fc1": 120, "fc2": 84, "fc3": 10
    }  # fmt: skip


def test_streamed_ranges_are_those_of_the_whole_arrays(
    net: Network, collected: Activations
) -> None:
    """Batch by batch, every range equals numpy's over the collected float64 array."""
    ranges = profile_ranges(net, torch.split(IMAGES, 7))

    for name, array in collected.items():
        whole = array.astype(np.float64)
        measured = ranges[name]
        assert (measured.min, measured.max) == (whole.min(), whole.max())
        assert measured.mean == pytest.approx(whole.mean(), rel=1e-9)
        assert measured.std == pytest.approx(whole.std(), rel=1e-9)


def test_streamed_histograms_count_every_value(net: Network, collected: Activations) -> None:
    """The second pass puts every value of every layer into the bin where numpy puts it."""
    batches = torch.split(IMAGES, 7)
    histograms = profile_histograms(net, batches, profile_ranges(net, batches), bins=20)

    for name, array in collected.items():
        expected, _ = np.histogram(array.astype(np.float64), bins=20)
        assert histograms[name].counts == tuple(expected)


def test_no_hook_is_left_behind(net: Network) -> None:
    """After a profile, no module of the network has hooks."""
    profile_ranges(net, [IMAGES[:2]])

    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())
