"""What the parent computes by itself: how a large bias fares on a chain's own integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from grader.baseline.chain import Chain, reference_input_step, reference_steps, reference_weights
from grader.baseline.labelled_images import LabelledImages, float_network, integer_network
from grader.editions.schema import ScaleForm
from reference.evaluation import predict
from reference.spec import QuantScheme
from tests.grading import small_baseline

SCHEME = QuantScheme()


@pytest.fixture(scope="module")
def chain() -> Chain:
    torch.set_num_threads(1)
    network = small_baseline().biased
    weights = reference_weights(network, SCHEME, ScaleForm.MULTIPLIER)
    step = reference_input_step(network, SCHEME)
    steps = reference_steps(network, weights, step, SCHEME)
    return Chain(network=network, weights=weights, input_step=step, steps=steps)


@pytest.mark.parametrize("clipping", [1.0, 4.0])
def test_ranges_that_clip_are_no_fault_of_the_bias(chain: Chain, clipping: float) -> None:
    """The right integers agree on every image, those without n_w do not, whatever is lost else."""
    lossy = replace(chain, input_step=chain.input_step / clipping)
    scales = lossy.scales_before("fc3")
    bias = np.random.default_rng(3).normal(0.0, chain.network.logit_size, 10)
    right = np.rint(bias * scales.accumulator)
    without = np.rint(bias * scales.accumulator / scales.weight)
    judge = LabelledImages(small_baseline(), SCHEME)

    own, other = (judge.agreement(lossy, "fc3", right, actual) for actual in (right, without))

    assert own.agreeing == own.images == 500
    assert other.agreeing < 0.9 * other.images


def test_recalled_predictions_are_those_of_the_network_asked_about(chain: Chain) -> None:
    """Whatever was asked before, each network's own predictions come back."""
    judge, network = LabelledImages(small_baseline(), SCHEME), chain.network
    integers = {name: w.integers for name, w in chain.weights.items()}
    zeros = {name: np.zeros_like(array) for name, array in integers.items()}
    bias = {"fc3": np.rint(np.linspace(-(2.0**18), 2.0**18, 10))}

    for _ in range(2):
        right, none = (judge.with_weights(network, weights) for weights in (integers, zeros))
        plain, biased = judge.integers(chain), judge.integers(chain, bias)

        assert (right == predict(float_network(network, integers), judge.images).numpy()).all()
        assert set(none) == {network.bias["fc3"].argmax()}
        assert (plain != biased).any()
        built = integer_network(network.spec, replace(chain.numbers, bias=bias), SCHEME)
        assert (biased == predict(built, judge.images).numpy()).all()
