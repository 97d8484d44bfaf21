"""Networks and data that several of the reference's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from reference.calibration import Activations, collect_activations
from reference.checkpoints import FOLDER, load_checkpoint
from reference.datasets import Data, open_data, open_sample
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS, Network

NORMAL = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
GREY = {"mean": (0.5,), "std": (0.5,)}
LENET5_FOLDER = FOLDER / "lenet5"
MNIST = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def sample() -> Data:
    return open_sample()


@pytest.fixture(scope="session")
def digits() -> Data:
    return open_sample((1, 32, 32))


@pytest.fixture(scope="session")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """MNIST's 10,000 shared images, 8,000 of them to train on; skips where there are none."""
    if not (MNIST / "mnist-t10k-images-idx3-ubyte.gz").exists():
        pytest.skip(f"MNIST is not in {MNIST}")
    return open_data(MNIST, "mnist", tmp_path_factory.mktemp("mnist"), shape=(1, 32, 32))


@pytest.fixture(scope="session", params=[LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS])
def network(request: pytest.FixtureRequest) -> Network:
    return load_checkpoint("sample", request.param)


@pytest.fixture(scope="session")
def calibration(network: Network, sample: Data) -> Activations:
    return collect_activations(network, sample.train.draw(404).normalized(**NORMAL))
