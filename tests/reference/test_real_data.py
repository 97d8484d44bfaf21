"""The handouts' observations on CIFAR-10 itself."""

from __future__ import annotations

import pytest

from reference.calibration import collect_activations
from reference.checkpoints import load_card, load_checkpoint
from reference.datasets import Data
from reference.evaluation import accuracy, predict
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS
from reference.spec import NetworkSpec
from tests.reference.conftest import NORMAL
from tests.reference.test_integer_network import observe_degradations

pytestmark = pytest.mark.real_data


@pytest.mark.long
@pytest.mark.parametrize("spec", [LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS], ids=lambda s: s.name)
def test_the_handouts_observations_hold(spec: NetworkSpec, cifar10: Data) -> None:
    """Quantization costs less than half a point; a bias left in real values costs 3 or more."""
    network = load_checkpoint("cifar10", spec)
    calibration = collect_activations(network, cifar10.train.draw(404).normalized(**NORMAL))

    lost = observe_degradations(network, calibration, cifar10)

    assert lost["quantized"] < 0.5
    if spec is LENET_CIFAR10:
        assert lost["weights"] < 0.5
    else:
        assert lost["weights"] > 3
        assert lost["bias left"] > 3


@pytest.mark.long
@pytest.mark.parametrize("spec", [LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS], ids=lambda s: s.name)
def test_the_cards_tell_the_truth(spec: NetworkSpec, cifar10: Data) -> None:
    """The committed checkpoints are as good as the reports' networks, and as their cards say."""
    images = cifar10.test.normalized(**NORMAL)
    measured = accuracy(predict(load_checkpoint("cifar10", spec), images), cifar10.test.targets)

    assert 51 < measured < 55
    assert measured == pytest.approx(load_card("cifar10", spec.name).test_accuracy, abs=0.1)
