"""What the lab is meant to show on LeNet-5, on the sample's digits and on MNIST."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from reference.calibration import collect_activations
from reference.checkpoints import load_card, load_checkpoint, load_fake_quantized
from reference.datasets import Data
from reference.equations.fixed_point import SCHEME
from reference.evaluation import accuracy, paired_degradation, predict
from reference.integer_network import quantize_network, with_quantized_weights
from reference.lenet5 import LENET5, LENET5_1998, LENET5_WITH_BIAS, linear_layer
from reference.network import Network
from reference.spec import NetworkSpec, QuantScheme, Rounding
from reference.training.plans import PLANS, quantized_spec
from tests.reference.conftest import GREY, LENET5_FOLDER

FORMS = {
    "floor": SCHEME,
    "nearest": replace(SCHEME, shift_rounding=Rounding.NEAREST),
    "float": replace(SCHEME, fraction_bits=None),
    "divisor": replace(SCHEME, divides=True, input_divides=True),
}
NETWORKS = pytest.mark.parametrize("spec", [LENET5, LENET5_WITH_BIAS], ids=lambda s: s.name)


@pytest.fixture(
    params=[
        "digits",
        pytest.param("mnist", marks=[pytest.mark.long, pytest.mark.real_data]),
    ]
)
def data(request: pytest.FixtureRequest) -> Data:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Data)
    return found


def trained(data: Data, spec: NetworkSpec) -> Network:
    return load_checkpoint(data.name, spec, LENET5_FOLDER)


def quantized_losses(network: Network, data: Data) -> dict[str, float]:
    """Percentage points that each form of quantization loses; one image calibrates."""
    images, labels = data.test.normalized(**GREY), data.test.targets
    one = data.train.normalized(slice(0, 1), **GREY)
    activations = collect_activations(network, one)
    candidates = {name: quantize_network(network, activations, x) for name, x in FORMS.items()}
    before = predict(network, images)
    return {
        name: paired_degradation(before, predict(candidate, images), labels).points
        for name, candidate in {"weights": with_quantized_weights(network), **candidates}.items()
    }


@NETWORKS
def test_quantization_costs_next_to_nothing(spec: NetworkSpec, data: Data) -> None:
    """
    Everything in each form of requantization loses at most half a point; so do integer weights
    alone, but beside a bias left in real values, which counts for too little then.
    """
    losses = quantized_losses(trained(data, spec), data)
    if spec is LENET5_WITH_BIAS:
        del losses["weights"]

    assert max(losses.values()) <= 0.5


def test_training_with_quantization_is_as_good_as_quantizing_after(data: Data) -> None:
    """By fake quantization and in whole numbers, it loses at most 0.3 points against the other."""
    images, labels = data.test.normalized(**GREY), data.test.targets
    network = trained(data, LENET5_WITH_BIAS)
    after = accuracy(predict(network, images), labels) - quantized_losses(network, data)["floor"]
    aware = load_fake_quantized(data.name, quantized_spec(LENET5_WITH_BIAS), LENET5_FOLDER)

    assert accuracy(predict(aware, images), labels) >= after - 0.3
    assert accuracy(predict(aware.hardware_network(), images), labels) >= after - 0.3


def test_integers_decide_as_fake_quantization_does(data: Data) -> None:
    """Rounded to the nearest, they name the same digit on 99.9 % of the images; shifted, as the
    hardware does it, on 99.8 %."""
    aware = load_fake_quantized(data.name, quantized_spec(LENET5_WITH_BIAS), LENET5_FOLDER)
    images = data.test.normalized(**GREY)
    decided = predict(aware, images)
    rounded, shifted = aware.quantized(QuantScheme()), aware.hardware_network()

    assert (predict(rounded, images) == decided).float().mean() >= 0.999
    assert (predict(shifted, images) == decided).float().mean() >= 0.998


@NETWORKS
def test_conv5_may_be_a_linear_layer(spec: NetworkSpec, data: Data) -> None:
    """The trained network names the same digits with conv5 as a linear layer, and its integer
    network has the same integers."""
    network = trained(data, spec)
    linear = linear_layer(network)
    images = data.test.normalized(**GREY)
    activations = collect_activations(network, images[:1])

    assert torch.equal(predict(linear, images), predict(network, images))
    integers, others = (quantize_network(x, activations, SCHEME) for x in (network, linear))
    assert torch.equal(integers(images[:200]), others(images[:200]))


def test_the_network_of_1998_is_behind(data: Data) -> None:
    """With the same recipe, sigmoid and average pooling reach less."""
    images, labels = data.test.normalized(**GREY), data.test.targets
    reached = [accuracy(predict(trained(data, x), images), labels) for x in (LENET5_1998, LENET5)]

    assert 90 < reached[0] < reached[1]


@pytest.mark.parametrize(
    "name", ["Net", "NetWithBias", "NetQAT", "Net1998", "Net1998Sigmoid", "Net1998AveragePooling"]
)
def test_the_cards_tell_the_truth(name: str, data: Data) -> None:
    """The committed checkpoints reach the accuracy that their cards state."""
    specs = {x.spec.name: x.spec for x in PLANS["mnist"].trainings}
    network = (
        load_fake_quantized(data.name, quantized_spec(LENET5_WITH_BIAS), LENET5_FOLDER)
        if name == "NetQAT"
        else trained(data, specs[name])
    )
    measured = accuracy(predict(network, data.test.normalized(**GREY)), data.test.targets)

    # Another CPU may round a logit differently: a few of 2,000 images.
    card = load_card(data.name, name, LENET5_FOLDER)
    assert measured == pytest.approx(card.test_accuracy, abs=0.3)
    assert (card.test_images, card.recipe.optimizer) == (2000, "adam")


@pytest.mark.long
@pytest.mark.real_data
@NETWORKS
def test_float_networks_are_as_good_as_the_labs(spec: NetworkSpec, mnist: Data) -> None:
    """Trained on 8,000 images, they name 98.7 to 99 % of the others, two images more or less."""
    images, labels = mnist.test.normalized(**GREY), mnist.test.targets

    assert 98.6 <= accuracy(predict(trained(mnist, spec), images), labels) <= 99.1
