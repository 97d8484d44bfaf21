"""The numbers of one quantized network: the student's where usable, the reference's where not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from grader.baseline.chain import (
    Chain,
    playback,
    reference_input_step,
    reference_steps,
    reference_weights,
)
from grader.border.conventions import CallStyle
from grader.editions.loader import load_edition
from grader.editions.schema import Role, ScaleForm
from reference.spec import QuantScheme
from tests.grading import cells_of, edition, grade_cells, sample_baseline, small_baseline

STYLE = CallStyle(name="own")
SCHEME = QuantScheme()


@pytest.fixture(scope="module")
def chain() -> Chain:
    torch.set_num_threads(1)
    network = sample_baseline().plain
    weights = reference_weights(network, SCHEME, ScaleForm.MULTIPLIER)
    step = reference_input_step(network, SCHEME)
    return Chain(
        network=network,
        weights=weights,
        input_step=step,
        steps=reference_steps(network, weights, step, SCHEME),
        played_back={Role.REQUANTIZE_SCALE: edition().task("activations")},
    )


def test_the_references_largest_values_land_on_the_edge(chain: Chain) -> None:
    """E is 127 in every layer, and nothing of the calibration images clips."""
    for layer in chain.weights:
        assert chain.level(layer) == pytest.approx(127, rel=1e-6)
        assert chain.clipped_percent(layer, 127) == 0


def test_the_factor_before_a_layer_is_the_product_of_all(chain: Chain) -> None:
    """Before conv2: n_conv2, n_input, and the pair of conv1; cumulatively one number."""
    pairs = chain.scales_before("conv2")
    conv1, conv2 = chain.weights["conv1"].step, chain.weights["conv2"].step
    expected = 1 / (conv2 * chain.input_step * conv1 * chain.steps["conv1"])

    assert pairs.accumulator == pytest.approx(expected)
    assert len(pairs.preceding) == 1
    assert chain.scales_before(
        "conv2", load_edition("cs5120-2024").task("activations")
    ).accumulator == pytest.approx(expected)


def test_reference_weights_are_integers_with_the_scale_as_attached(chain: Chain) -> None:
    """The largest weight is 127 or -127, and the scale hangs on the layer as a multiplier."""
    for layer in chain.weights.values():
        assert np.abs(layer.integers).max() == 127
        assert layer.attached == pytest.approx(1 / layer.step)


def test_recorded_results_stand_in_for_functions_not_to_be_run(chain: Chain) -> None:
    """The layers' multipliers are played back in order; the input's function runs itself."""
    stand_ins = playback(chain, STYLE)

    assert set(stand_ins) == {"quantize_activations"}
    numbers = [value.number for value in stand_ins["quantize_activations"]]
    assert numbers == pytest.approx([1 / step for step in chain.steps.values()])


def test_what_a_layer_clips_is_counted(chain: Chain) -> None:
    """With a step half as large, what lies above half of the largest value clips."""
    steps = dict(chain.steps) | {"fc3": chain.steps["fc3"] / 2}
    tight = Chain(
        network=chain.network, weights=chain.weights, input_step=chain.input_step, steps=steps
    )
    values = np.abs(chain.network.activations["fc3"]).astype(np.float64)
    expected = 100 * np.mean(values * 254 / values.max() > 127.5)

    assert tight.clipped_percent("fc3", 127) == pytest.approx(expected)
    assert expected > 0


@pytest.mark.parametrize(
    ("case", "substituted"),
    [
        ("cs5120-2021/max-abs-127", set()),
        ("cs5120-2021/weights-scale-constant", {"weights"}),
        ("cs5120-2021/input-hard-coded-127", {"initial_input"}),
        ("cs5120-2021/activations-miss-weight-scale", {"activations"}),
    ],
)
def test_one_mistake_is_replaced_by_the_reference(case: str, substituted: set[str]) -> None:
    """What a failed task would have handed on comes from the reference, and nothing else does."""
    run = grade_cells(cells_of(case), baseline=small_baseline())

    assert run.chain is not None
    assert run.chain.substituted == substituted
    for layer in run.chain.weights:
        assert run.chain.level(layer) == pytest.approx(127, rel=0.01)
