"""The lab's functions of steps and fixed point, against arithmetic that is written out."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch.nn import functional

from reference.calibration import Activations, collect_activations
from reference.checkpoints import load_checkpoint
from reference.datasets import Data
from reference.equations.fixed_point import (
    SCHEME,
    float_to_fixed_scale,
    forward,
    quantize_activations,
    quantize_initial_input,
    quantized_bias,
    quantized_weights,
)
from reference.integer_network import InexactSumError, IntegerNetwork, quantize_network
from reference.lenet5 import LENET5_1998, LENET5_WITH_BIAS
from reference.network import Network, bias_of, weight_of
from reference.spec import QuantScheme, Rounding
from tests.reference.conftest import GREY, LENET5_FOLDER

LAYERS = ("conv1", "conv3", "conv5", "fc6", "output")


@pytest.fixture(scope="module")
def network() -> Network:
    return load_checkpoint("sample", LENET5_WITH_BIAS, LENET5_FOLDER)


@pytest.fixture(scope="module")
def images(digits: Data) -> torch.Tensor:
    return digits.test.normalized(slice(0, 30), **GREY)


@pytest.fixture(scope="module")
def activations(network: Network, digits: Data) -> Activations:
    return collect_activations(network, digits.train.normalized(slice(0, 1), **GREY))


@pytest.fixture(scope="module")
def numbers(network: Network, activations: Activations) -> dict[str, object]:
    """What the template makes of the functions, called in its order."""
    weights, steps, multipliers = {}, {}, {}
    s_o_prev: list[float] = []
    input_scale = quantize_initial_input(activations["input"])
    for layer in network.spec.weighted_layers:
        integers, s_w = quantized_weights(weight_of(network, layer))
        m, s_o = quantize_activations(activations[layer.name], s_w, input_scale, s_o_prev)
        s_o_prev.append(s_o)
        weights[layer.name], steps[layer.name], multipliers[layer.name] = integers, s_w, m
    bias = bias_of(network, network.spec.weighted_layers[-1])
    return {
        "weights": weights,
        "multipliers": multipliers,
        "input_scale": input_scale,
        "bias": {"output": quantized_bias(bias, steps["output"], s_o_prev)},
    }


def int64_pass(numbers: Mapping[str, object], images: torch.Tensor) -> np.ndarray:
    """
    The whole network in numpy's int64, layer after layer.

    The pixels are scaled in float32, as in the lab: by 127.5, all of them lie half-way between
    two integers, so that the last bit of the product decides.
    """
    x = np.rint(images.numpy() * np.float32(numbers["input_scale"]))
    x = np.clip(x, -128, 127).astype(np.int64)
    for name in LAYERS:
        w = numbers["weights"][name].numpy().astype(np.int64)
        if w.ndim == 4:
            windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
            sums = np.einsum("nchwij,ocij->nohw", windows, w)
        else:
            sums = x.reshape(len(x), -1) @ w.T
        if name == "output":
            sums = sums + numbers["bias"][name].numpy().astype(np.int64)
        lowest = -128 if name == "output" else 0
        x = np.clip((sums * round(numbers["multipliers"][name] * 65536)) >> 16, lowest, 127)
        if name in ("conv1", "conv3"):
            n, c, h, w2 = x.shape
            x = x.reshape(n, c, h // 2, 2, w2 // 2, 2).max(axis=(3, 5))
    return x


def test_forward_is_int64_arithmetic(
    network: Network, numbers: dict[str, object], images: torch.Tensor
) -> None:
    """Shift, clamp to 0 ... 127 after a ReLU and to -128 ... 127 at the end, bit for bit."""
    actual = forward(network.spec, images, **numbers)

    assert np.array_equal(actual.numpy(), int64_pass(numbers, images))


def test_the_functions_are_the_quantized_networks_numbers(
    network: Network, activations: Activations, numbers: dict[str, object]
) -> None:
    """Called in the template's order, they give what ``quantize_network`` gives at once."""
    quantized = quantize_network(network, activations, SCHEME)

    assert 1 / quantized.input_scale == pytest.approx(numbers["input_scale"])
    for layer in quantized.layers:
        assert torch.equal(layer.weight, numbers["weights"][layer.name])
        assert layer.multiplier == pytest.approx(numbers["multipliers"][layer.name])
    assert torch.equal(quantized.layers[-1].bias, numbers["bias"]["output"])


def test_weights_are_divided_by_the_step() -> None:
    """-1 ... 2 has 255 steps of 4 / 255 between -2 and 2; the largest lies half a step outside."""
    integers, s_w = quantized_weights(torch.tensor([2.0, -1.0, 0.008, 0.007]))

    assert s_w == pytest.approx(4 / 255)
    assert integers.tolist() == [127, -64, 1, 0]


def test_the_inputs_scale_is_a_reciprocal() -> None:
    """Pixels from -1 to 1 have 127.5 steps to 1."""
    assert quantize_initial_input(torch.tensor([-1.0, 0.5])) == pytest.approx(127.5)


def test_the_first_layers_m_takes_the_input() -> None:
    """M = s_W / (1/s_I s_O) without a layer before, s_W s_O[-1] / s_O with one."""
    activations = np.array([0.0, 2.55], dtype=np.float32)

    first, s_o = quantize_activations(activations, 0.01, 127.5, [])
    later, _ = quantize_activations(activations, 0.01, 127.5, [9.0, 0.04])

    assert s_o == pytest.approx(0.02)
    assert first == pytest.approx(0.01 / (127.5 * 0.02))
    assert later == pytest.approx(0.01 * 0.04 / 0.02)


def test_the_bias_takes_the_last_but_one_step() -> None:
    """With all five steps given, the fourth is that of what enters the last layer."""
    bias = quantized_bias(torch.tensor([1.0, -0.5, 1e9]), 0.01, [1.0, 2.0, 3.0, 0.05, 7.0])

    assert bias.tolist()[:2] == [2000, -1000]
    assert 2**31 - 256 < bias[2] < 2**31


def test_a_fixed_scale_is_every_layers_m() -> None:
    """The dict survives JSON; the input's entry is 1/s, the bias divided by s_W s_in."""
    acts = {"quant": 1 / 127, "conv1.conv": 0.02, "output.fc": 0.04}
    weights = {"conv1.conv": 0.003, "output.fc": 0.005}
    arrays = ({n: np.array([s]) for n, s in table.items()} for table in (acts, weights))

    fixed, bias = float_to_fixed_scale(*arrays, np.array([[0.1, -0.2]]))

    assert json.loads(json.dumps(fixed)) == {
        "quant": 127,
        "conv1.conv": round(0.003 / 127 / 0.02 * 65536),
        "output.fc": round(0.005 * 0.02 / 0.04 * 65536),
    }
    assert bias.tolist() == [[1000, -2000]]


@pytest.mark.parametrize(
    "scheme",
    [
        QuantScheme(fraction_bits=16, shift_rounding=Rounding.NEAREST),
        QuantScheme(divides=True),
        QuantScheme(divides=True, input_divides=True),
    ],
    ids=["nearest", "divisor", "reciprocal input"],
)
def test_the_other_forms_of_requantization_are_int64_too(
    network: Network, activations: Activations, images: torch.Tensor, scheme: QuantScheme
) -> None:
    """Every layer's integers are the formula of its form, in int64, of the layer's own sums."""
    quantized = quantize_network(network, activations, scheme)
    trace = quantized.integer_network.trace(images)
    following = [*list(trace.inputs.values())[1:], trace.output]
    for layer, actual in zip(quantized.layers, following, strict=True):
        sums = trace.accumulators[layer.name].numpy()
        assert sums.dtype == np.int64
        if scheme.divides:
            expected = np.floor_divide(sums, round(1 / layer.multiplier))
        else:
            expected = (sums * round(layer.multiplier * 65536) + 32768) >> 16
        expected = np.clip(expected, -128 if layer.name == "output" else 0, 127)
        if layer.name in ("conv1", "conv3"):
            expected = functional.max_pool2d(torch.tensor(expected).float(), 2).numpy()
        assert np.array_equal(actual.numpy().reshape(expected.shape), expected)


def test_a_bias_beyond_float32_stays_exact(
    network: Network, numbers: dict[str, object], images: torch.Tensor
) -> None:
    """Sums with a bias of 2^30 + 1 end on that odd integer."""
    bias = torch.full((10,), 2**30 + 1, dtype=torch.int64)
    plain = IntegerNetwork(
        network.spec,
        weights=numbers["weights"],
        multipliers=numbers["multipliers"],
        input_multiplier=numbers["input_scale"],
        bias={"output": bias},
        scheme=SCHEME,
    )
    trace = plain.trace(images[:1])
    weight = numbers["weights"]["output"].double()
    expected = functional.linear(trace.inputs["output"].double(), weight).long() + bias

    assert torch.equal(trace.accumulators["output"], expected)


def test_a_real_bias_is_refused_among_integers(
    network: Network, numbers: dict[str, object]
) -> None:
    """A shift has no meaning for real values."""
    given = {**numbers, "bias": {"output": torch.full((10,), 0.5)}}

    with pytest.raises(InexactSumError, match="output: the bias values are not integers"):
        forward(network.spec, torch.zeros(1, 1, 32, 32), **given)


def test_a_network_of_averages_has_no_integers() -> None:
    """Average pooling and sigmoid leave the integers; such a network is refused."""
    weights = {x.name: torch.ones(x.weight_shape) for x in LENET5_1998.weighted_layers}
    network = IntegerNetwork(
        LENET5_1998,
        weights=weights,
        multipliers=dict.fromkeys(weights, 0.5),
        input_multiplier=1.0,
    )

    with pytest.raises(InexactSumError, match="sigmoid does not give integers"):
        network(torch.zeros(1, 1, 32, 32))
