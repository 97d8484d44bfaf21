"""Networks and data that several of the reference's tests share."""

from __future__ import annotations

import pytest
import torch

from reference.calibration import Activations, collect_activations
from reference.checkpoints import load_checkpoint
from reference.datasets import Data, open_sample
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS, Network

NORMAL = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def sample() -> Data:
    return open_sample()


@pytest.fixture(scope="session", params=[LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS])
def network(request: pytest.FixtureRequest) -> Network:
    return load_checkpoint("sample", request.param)


@pytest.fixture(scope="session")
def calibration(network: Network, sample: Data) -> Activations:
    return collect_activations(network, sample.train.draw(404).normalized(**NORMAL))
