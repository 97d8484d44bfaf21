"""Networks and data that several of the reference's tests share."""

from __future__ import annotations

import lzma
import tarfile
from pathlib import Path

import pytest
import torch

from reference.calibration import Activations, collect_activations
from reference.checkpoints import load_checkpoint
from reference.datasets import Data, open_data, open_sample
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS, Network

NORMAL = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
ARCHIVE = Path(__file__).parents[3] / "shared" / "data" / "cifar10-images.tar.xz"


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


@pytest.fixture(scope="session")
def cifar10(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """CIFAR-10 from the shared archive, unpacked and decoded once; skips where there is none."""
    if not ARCHIVE.exists():
        pytest.skip(f"{ARCHIVE} is not here")
    root = _unpack(tmp_path_factory.mktemp("cifar10"))
    return open_data(root, "cifar10", tmp_path_factory.mktemp("cache"))


def _unpack(root: Path) -> Path:
    """Unpack the archive, whose tar is preceded by stray text, and return the folder of splits."""
    with lzma.open(ARCHIVE) as stream:
        start = stream.read(4096).find(b"ustar") - 257
        stream.seek(start)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            archive.extractall(root, filter="data")
    return next(path.parent for path in root.rglob("train"))
