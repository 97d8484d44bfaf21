"""What the parent computes by itself: how a large bias fares on a chain's own integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from grader.chain import Chain, reference_input_step, reference_steps, reference_weights
from grader.conventions import CallStyle
from grader.editions.schema import ScaleForm
from grader.ladder import Judge
from reference.spec import QuantScheme
from tests.grading import small_baseline

SCHEME = QuantScheme()


@pytest.fixture(scope="module")
def chain() -> Chain:
    torch.set_num_threads(1)
    network = small_baseline().biased
    weights = reference_weights(network, SCHEME, CallStyle(name="own"), ScaleForm.MULTIPLIER)
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
    judge = Judge(small_baseline(), SCHEME)

    own, other = (judge.agreement(lossy, "fc3", right, actual) for actual in (right, without))

    assert own.agreeing == own.images == 500
    assert other.agreeing < 0.9 * other.images
