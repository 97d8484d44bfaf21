"""The quantized network, against integer arithmetic that cannot round."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.calibration import Activations
from reference.datasets import Data
from reference.evaluation import accuracy, paired_degradation, predict
from reference.integer_network import (
    InexactSumError,
    IntegerNetwork,
    QuantizedNetwork,
    Trace,
    quantize_network,
    with_quantized_weights,
)
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS, Network
from reference.spec import QuantScheme
from tests.reference.conftest import NORMAL

CONVOLUTIONS = ("conv1", "conv2")


@pytest.fixture(scope="module")
def images(sample: Data) -> torch.Tensor:
    return sample.test.normalized(slice(0, 40), **NORMAL)


@pytest.fixture(scope="module")
def quantized(network: Network, calibration: Activations) -> QuantizedNetwork:
    return quantize_network(network, calibration)


@pytest.fixture(scope="module")
def trace(quantized: QuantizedNetwork, images: torch.Tensor) -> Trace:
    return quantized.integer_network.trace(images)


def int64_sums(x: torch.Tensor, weight: torch.Tensor) -> np.ndarray:
    """The layer's sums in numpy int64, over sliding windows for a convolution."""
    q, w = x.numpy().astype(np.int64), weight.numpy().astype(np.int64)
    if w.ndim == 2:
        return q.reshape(len(q), -1) @ w.T
    windows = np.lib.stride_tricks.sliding_window_view(q, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, w)


def test_accumulators_are_those_of_int64(quantized: QuantizedNetwork, trace: Trace) -> None:
    """Every sum of every layer, bias included, equals the one computed in int64."""
    for layer in quantized.layers:
        expected = int64_sums(trace.inputs[layer.name], layer.weight)
        if layer.bias is not None:
            expected = expected + layer.bias.numpy().astype(np.int64)
        assert np.array_equal(trace.accumulators[layer.name].numpy().astype(np.int64), expected)


def test_requantized_outputs_are_numpys(quantized: QuantizedNetwork, trace: Trace) -> None:
    """The integers that leave a layer are numpy's rint of acc times M in float32, ReLU and
    pooling applied last, and the next layer receives them."""
    following = [*list(trace.inputs.values())[1:], trace.output]
    for layer, actual in zip(quantized.layers, following, strict=True):
        sums = trace.accumulators[layer.name].numpy()
        integers = np.clip(np.rint(sums * np.float32(layer.multiplier)), -128, 127)
        if layer is not quantized.layers[-1]:
            integers = np.maximum(integers, 0)
        if layer.name in CONVOLUTIONS:
            n, c, h, w = integers.shape
            integers = integers.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
        assert np.array_equal(actual.numpy().reshape(integers.shape), integers)


def test_the_integers_stay_in_their_range(trace: Trace) -> None:
    """What enters any layer is whole and lies within -128 ... 127."""
    for entering in (*trace.inputs.values(), trace.output):
        assert torch.equal(entering, entering.round())
        assert entering.min() >= -128
        assert entering.max() <= 127


def test_the_largest_calibration_value_lands_on_the_edge(
    network: Network, sample: Data, quantized: QuantizedNetwork
) -> None:
    """On the calibration images themselves, each layer's integers reach 127 or close to it."""
    images = sample.train.draw(404).normalized(**NORMAL)
    trace = quantized.integer_network.trace(images)

    for entering in (*trace.inputs.values(), trace.output):
        assert 115 <= entering.abs().max() <= 128


@pytest.mark.parametrize("batch_size", [1, 7, 40])
def test_batches_and_layouts_do_not_change_a_bit(
    quantized: QuantizedNetwork, images: torch.Tensor, trace: Trace, batch_size: int
) -> None:
    """Any batch size, channels-last included, gives the same integers."""
    batches = torch.split(images.contiguous(memory_format=torch.channels_last), batch_size)

    assert torch.equal(torch.cat([quantized(batch) for batch in batches]), trace.output)


def test_a_network_of_given_numbers_is_the_same(
    quantized: QuantizedNetwork, images: torch.Tensor, trace: Trace
) -> None:
    """Handed the weights, multipliers and biases only, the network gives the same output."""
    given = IntegerNetwork(
        quantized.spec,
        weights={layer.name: layer.weight for layer in quantized.layers},
        multipliers={layer.name: layer.multiplier for layer in quantized.layers},
        input_multiplier=1 / quantized.input_scale,
        bias={layer.name: layer.bias for layer in quantized.layers if layer.bias is not None},
    )

    assert torch.equal(given(images), trace.output)


def test_power_of_two_multipliers_are_shifts(network: Network, calibration: Activations) -> None:
    """With power-of-two scales every multiplier is a power of two, so a shift."""
    quantized = quantize_network(network, calibration, QuantScheme(power_of_two=True))

    assert all(np.log2(layer.multiplier).is_integer() for layer in quantized.layers)


@pytest.mark.parametrize("bits", [2, 4])
def test_fewer_bits_use_fewer_levels(
    network: Network, calibration: Activations, images: torch.Tensor, bits: int
) -> None:
    """Weights and outputs of n bits stay within n bits."""
    quantized = quantize_network(network, calibration, QuantScheme(bits=bits))
    trace = quantized.integer_network.trace(images)

    for values in (*(x.weight for x in quantized.layers), *trace.inputs.values(), trace.output):
        assert values.min() >= -(2 ** (bits - 1))
        assert values.max() <= 2 ** (bits - 1) - 1


def test_fixed_point_outputs_are_shifted_right(
    network: Network, calibration: Activations, images: torch.Tensor
) -> None:
    """With 16 binary places the last output is (acc m) >> 16 in numpy int64."""
    quantized = quantize_network(network, calibration, QuantScheme(fraction_bits=16))
    trace, last = quantized.integer_network.trace(images), quantized.layers[-1]

    sums = trace.accumulators[last.name].numpy().astype(np.int64)
    expected = np.clip((sums * round(last.multiplier * 65536)) >> 16, -128, 127)
    assert np.array_equal(trace.output.numpy(), expected)


def test_weights_that_are_not_integers_are_refused() -> None:
    """A network cannot be exact with weights of 0.5."""
    weights = {x.name: torch.full(x.weight_shape, 0.5) for x in LENET_CIFAR10.weighted_layers}

    with pytest.raises(InexactSumError, match="conv1: the weights are not integers"):
        IntegerNetwork(LENET_CIFAR10, weights=weights, multipliers={}, input_multiplier=1.0)


def test_sums_beyond_float32_are_refused() -> None:
    """400 products of 16-bit size would reach beyond 2^24."""
    weights = {x.name: torch.full(x.weight_shape, 5000.0) for x in LENET_CIFAR10.weighted_layers}

    with pytest.raises(InexactSumError, match="a sum could reach"):
        IntegerNetwork(LENET_CIFAR10, weights=weights, multipliers={}, input_multiplier=1.0)


def test_quantizing_leaves_the_float_network_alone(network: Network) -> None:
    """Quantizing the weights of a copy changes no parameter of the original."""
    before = [parameter.detach().clone() for parameter in network.parameters()]
    with_quantized_weights(network)

    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))


def test_the_sample_tells_good_from_bad(network: Network, sample: Data) -> None:
    """On the sample the float network is right in 60 to 95 % of the images."""
    images = sample.test.normalized(**NORMAL)

    assert 60 < accuracy(predict(network, images), sample.test.targets) < 95


def observe_degradations(
    network: Network, calibration: Activations, data: Data
) -> dict[str, float]:
    images, labels = data.test.normalized(**NORMAL), data.test.targets
    float_predictions = predict(network, images)
    candidates = {
        "weights": with_quantized_weights(network),
        "quantized": quantize_network(network, calibration),
        "bias left": quantize_network(network, calibration, quantized_bias=False),
    }
    return {
        name: paired_degradation(float_predictions, predict(candidate, images), labels).points
        for name, candidate in candidates.items()
    }


def test_the_handouts_observations_hold_on_the_sample(
    network: Network, calibration: Activations, sample: Data
) -> None:
    """Quantization costs next to nothing; a bias left in real values costs visibly."""
    lost = observe_degradations(network, calibration, sample)

    assert lost["quantized"] < 1.0
    if network.spec.name == LENET_CIFAR10_WITH_BIAS.name:
        assert lost["weights"] > 1.5
        assert lost["bias left"] > 1.5
    else:
        assert lost["weights"] < 0.5
