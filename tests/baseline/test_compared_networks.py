"""What the baseline measures of networks that no student wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.baseline.compared_networks import (
    Trained,
    compare_1998,
    compare_linear,
    compare_requantization,
    compare_training,
)
from grader.baseline.model_summary import summarize_network
from reference.calibration import Activations, collect_activations
from reference.checkpoints import FOLDER, load_checkpoint
from reference.datasets import open_sample
from reference.equations.fixed_point import SCHEME
from reference.lenet5 import LENET5, LENET5_WITH_BIAS
from reference.network import LENET_CIFAR10, build_network

IMAGES = 200


@pytest.fixture(scope="module")
def trained() -> Trained:
    torch.set_num_threads(1)
    data = open_sample((1, 32, 32))
    images = data.test.normalized(slice(0, IMAGES), mean=(0.5,), std=(0.5,))
    return Trained(data, FOLDER / "lenet5", images, data.test.targets[:IMAGES])


@pytest.fixture(scope="module")
def seen(trained: Trained) -> Activations:
    network = load_checkpoint("sample", LENET5, trained.folder)
    return collect_activations(network, trained.images[:1])


def test_torchinfo_counts_what_the_handout_counts() -> None:
    """61,470 parameters in 18 modules of the network, and 416,520 multiply-adds an image."""
    summary = summarize_network(build_network(LENET5))

    assert (summary.parameters, summary.trainable, summary.multiply_adds) == (61470, 61470, 416520)
    assert len(summary.rows) == 19
    assert sum(row.parameters for row in summary.rows) == 61470
    conv1 = summary.rows[2]
    assert (conv1.name, conv1.kernel, conv1.output_shape) == (
        "Conv2d: 2-1",
        (5, 5),
        (1, 6, 28, 28),
    )


def test_summing_up_leaves_the_random_numbers_alone() -> None:
    """The image that torchinfo draws is no draw of ours."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    summarize_network(build_network_quietly())

    assert torch.equal(torch.rand(3), expected)


def build_network_quietly() -> torch.nn.Module:
    with torch.random.fork_rng():
        return build_network(LENET5)


def test_softmax_changes_no_answer(trained: Trained) -> None:
    """The order of the outputs is that of their probabilities; the others are trained anew."""
    found = compare_1998(trained, LENET5)
    assert found is not None
    by_name = {one.name: one for one in found.variants}

    assert list(by_name) == ["float", "softmax", "average_pooling", "sigmoid", "all"]
    assert by_name["softmax"].agreeing == IMAGES
    assert by_name["softmax"].epochs is None
    assert by_name["all"].epochs == by_name["float"].epochs == 12
    forms = {form.name: (form.type, form.activation) for form in found.layers}
    assert forms["maxpool2"] == ("average pooling 2x2", "")
    assert forms["output"] == ("fully connected", "softmax")


def test_conv5_as_a_linear_layer_gives_the_same_integers(
    trained: Trained, seen: Activations
) -> None:
    """All ten integers of each image are equal."""
    found = compare_linear(trained, LENET5, seen, SCHEME)
    assert found is not None

    assert (found.layer, found.inputs, found.outputs) == ("conv5", 400, 120)
    assert found.equal_integers == found.integers == 10 * IMAGES


def test_a_product_takes_as_many_bits_as_its_largest_needs(
    trained: Trained, seen: Activations
) -> None:
    """With a bit for the sign, twice the product would no longer fit."""
    found = compare_requantization(trained, LENET5, seen, SCHEME)
    assert found is not None

    for layer in found.layers:
        product = layer.largest_sum * layer.fixed
        assert 2 ** (layer.product_bits - 2) <= product < 2 ** (layer.product_bits - 1)
        assert layer.divisor == round(1 / layer.multiplier)
        assert 0 < layer.rounded_up_percent < 100
    assert found.input_levels == 42


def test_multipliers_that_are_floats_have_no_whole_numbers_to_show(
    trained: Trained, seen: Activations
) -> None:
    """Without fixed point there is nothing to compare."""
    floating = replace(SCHEME, fraction_bits=None)

    assert compare_requantization(trained, LENET5, seen, floating) is None


def test_what_was_never_trained_is_left_out(
    trained: Trained, seen: Activations, tmp_path: Path
) -> None:
    """Where only the course's own networks lie, neither 1998 nor QAT is compared."""
    for file in trained.folder.glob("sample-Net*"):
        if file.stem in {"sample-Net", "sample-NetWithBias"}:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    alone = replace(trained, folder=tmp_path)

    assert compare_1998(alone, LENET5) is None
    assert compare_training(alone, LENET5_WITH_BIAS, seen, SCHEME) == ()


def test_a_network_without_such_a_convolution_has_no_linear_layer(
    trained: Trained, seen: Activations
) -> None:
    """No kernel of the network for colour images covers its input."""
    assert compare_linear(trained, LENET_CIFAR10, seen, SCHEME) is None
