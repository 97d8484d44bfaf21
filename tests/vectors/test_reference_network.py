"""The reference's own networks as files: quantized after training, and trained quantized."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from grader.editions.loader import load_edition
from grader.vectors.images import images_of_data
from grader.vectors.integer_parameters import VectorsError
from grader.vectors.reference_network import reference_parameters
from reference.checkpoints import FOLDER, load_fake_quantized
from reference.datasets import Data, open_sample
from reference.fake_quantized import FakeQuantizedNetwork
from reference.training.plans import quantized_spec

LAB = load_edition("cs5120-2024")
IMAGES = 20


@pytest.fixture(scope="module")
def data() -> Data:
    return open_sample(LAB.network.input_shape)


@pytest.fixture(scope="module")
def trained() -> FakeQuantizedNetwork:
    return load_fake_quantized("sample", quantized_spec(LAB.bias_network), FOLDER / "lenet5")


def test_network_trained_quantized_has_the_sheets_scales(
    data: Data, trained: FakeQuantizedNetwork
) -> None:
    """Scales and bias are what ``float_to_fixed_scale`` gives for the steps that it learnt."""
    made = reference_parameters(LAB, data, IMAGES, "qat")

    scales, bias = trained.fixed_scales()
    assert made.scales == scales
    assert np.array_equal(made.bias["output.fc"], bias.reshape(-1))


def test_network_trained_quantized_computes_as_the_hardware(
    data: Data, trained: FakeQuantizedNetwork
) -> None:
    """Sums and output are those of the reference's own integer network."""
    pixels = images_of_data(LAB, data, IMAGES)
    images = torch.tensor(pixels, dtype=torch.float32).reshape(-1, *LAB.network.input_shape)

    recorded = reference_parameters(LAB, data, IMAGES, "qat").record(pixels)

    trace = trained.hardware_network().trace(images)
    for name, sums in trace.accumulators.items():
        assert np.array_equal(recorded[f"{name}/output.csv"], sums.flatten(1).numpy()), name
    assert np.array_equal(recorded["output.csv"], trace.output.numpy())


def test_networks_are_two(data: Data) -> None:
    """What is quantized after training is another network, the default."""
    after, trained = (reference_parameters(LAB, data, IMAGES, n) for n in ("ptq", "qat"))

    assert reference_parameters(LAB, data, IMAGES).scales == after.scales != trained.scales


def test_edition_without_such_training_says_which_have_it(data: Data) -> None:
    """The error names the edition, those that have one, and the way out."""
    with pytest.raises(VectorsError) as raised:
        reference_parameters(load_edition("cs5120-2021"), data, IMAGES, "qat")

    assert str(raised.value) == (
        "cs5120-2021 has no network that is trained with fake quantization (found in:"
        " cs5120-2024); choose such an --edition, or --network ptq"
    )
