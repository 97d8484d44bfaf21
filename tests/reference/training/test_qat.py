"""Quantization-aware training, against PyTorch's own fake quantization."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.ao import quantization

from reference.checkpoints import CheckpointError, load_card, load_fake_quantized
from reference.datasets import Data
from reference.equations.fixed_point import SCHEME
from reference.evaluation import accuracy, logits, predict
from reference.fake_quantized import FakeQuantizedNetwork
from reference.lenet5 import LENET5, LENET5_WITH_BIAS
from reference.spec import QuantScheme
from reference.train_checkpoints import make_checkpoint
from reference.training import Recipe, begin, run_batches
from reference.training.plans import PLANS, Training, quantized_spec
from reference.training.qat import StubbedNetwork, prepare, quiet, read_steps, train_quantized
from tests.reference.conftest import GREY, LENET5_FOLDER

RECIPE = Recipe(optimizer="adam", batch_size=16, epochs=1, seed=5)
MODULES = ["conv1.conv", "conv3.conv", "conv5.conv", "fc6.fc", "output.fc"]


@pytest.fixture(scope="module")
def trained() -> FakeQuantizedNetwork:
    return load_fake_quantized("sample", quantized_spec(LENET5_WITH_BIAS), LENET5_FOLDER)


@pytest.fixture(scope="module")
def prepared(digits: Data) -> StubbedNetwork:
    """A network that was trained for a few steps, as PyTorch holds it."""
    few = digits.train.draw(160)
    network, batches = begin(LENET5_WITH_BIAS, len(few), RECIPE)
    stubbed = prepare(network)
    with quiet():
        run_batches(stubbed, few.normalized(**GREY), few.targets, batches, RECIPE)
    stubbed.eval().apply(quantization.disable_observer)
    return stubbed


def test_the_network_read_out_is_pytorchs(prepared: StubbedNetwork, digits: Data) -> None:
    """Parameters and steps alone give the logits of the prepared network, bit for bit."""
    images = digits.test.normalized(slice(0, 200), **GREY)

    with torch.inference_mode():
        assert torch.equal(read_steps(prepared)(images), prepared(images))


def test_training_is_train_with_fake_quantization(digits: Data) -> None:
    """The same seed gives the same network, and the steps of all tensors are there."""
    few = digits.train.draw(48)
    images, labels = few.normalized(**GREY), few.targets
    one, other = (train_quantized(LENET5_WITH_BIAS, images, labels, RECIPE) for _ in range(2))

    assert torch.equal(one(images), other(images))
    assert list(one.weight_steps) == MODULES
    assert list(one.output_steps) == ["quant", *MODULES]
    assert one.output_steps["quant"] == pytest.approx(2 / 255)


def test_float_integers_are_fake_quantizations_decisions(
    trained: FakeQuantizedNetwork, digits: Data
) -> None:
    """The integers by float multipliers, rounded to the nearest, are the levels that it trained
    with: they decide alike on 99.9 % of the images."""
    images = digits.test.normalized(**GREY)
    integers = trained.quantized(QuantScheme())

    assert (predict(integers, images) == predict(trained, images)).float().mean() >= 0.999


def test_the_integers_are_the_fake_quantized_levels(
    trained: FakeQuantizedNetwork, digits: Data
) -> None:
    """The last layer's integers times their step are the logits, a level or two aside."""
    images = digits.test.normalized(slice(0, 300), **GREY)
    levels = logits(trained, images) / trained.output_steps["output.fc"]

    apart = (trained.quantized(QuantScheme())(images) - levels).abs()
    assert apart.mean() < 0.1
    assert (apart < 0.5).float().mean() > 0.95


def test_the_hardwares_integers_lose_next_to_nothing(
    trained: FakeQuantizedNetwork, digits: Data
) -> None:
    """Whole numbers and shifts alone, floor and all, cost at most 0.3 points."""
    images, labels = digits.test.normalized(**GREY), digits.test.targets
    lost = accuracy(predict(trained, images), labels) - accuracy(
        predict(trained.hardware_network(), images), labels
    )

    assert abs(lost) <= 0.3


def test_the_hardwares_numbers_are_those_of_the_fixed_scales(
    trained: FakeQuantizedNetwork,
) -> None:
    """The multipliers, times 2^16 and rounded, the whole input multiplier and the bias."""
    network = trained.hardware_network()
    fixed, bias = trained.fixed_scales()

    assert network.input_multiplier == fixed["quant"] == round(1 / trained.output_steps["quant"])
    assert [round(m * 65536) for m in network.multipliers.values()] == [fixed[m] for m in MODULES]
    assert network.bias["output"].tolist() == bias.tolist()


def test_a_network_without_bias_has_fixed_scales_too(digits: Data) -> None:
    """The bias is nothing but a 0."""
    few = digits.train.draw(32)
    network = train_quantized(LENET5, few.normalized(**GREY), few.targets, RECIPE)

    assert network.fixed_scales()[1].tolist() == [0]
    assert network.hardware_network().scheme == SCHEME


def test_a_checkpoint_with_steps_comes_back(digits: Data, tmp_path: Path) -> None:
    """What was saved loads with the same accuracy."""
    small = replace(digits, is_sample=False, train=digits.train.draw(40))
    spec = quantized_spec(LENET5_WITH_BIAS)
    training = Training(spec=spec, recipe=RECIPE, quantized=True)
    card = make_checkpoint(small, PLANS["mnist"], training, tmp_path / "new")

    network = load_fake_quantized("sample", spec, tmp_path / "new")
    predictions = predict(network, digits.test.normalized(**GREY))
    assert accuracy(predictions, digits.test.targets) == card.test_accuracy
    assert load_card("sample", "NetQAT", tmp_path / "new") == card


def test_a_float_checkpoint_has_no_steps() -> None:
    """A network trained without fake quantization is refused where steps are needed."""
    with pytest.raises(CheckpointError, match="the weights do not fit network 'NetWithBias'"):
        load_fake_quantized("sample", LENET5_WITH_BIAS, LENET5_FOLDER)
