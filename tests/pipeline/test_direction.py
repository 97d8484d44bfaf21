"""One misconception in every function: scales taken the wrong way up, which cost once."""

from __future__ import annotations

import pytest
import torch

from grader.pipeline import grade
from grader.tasks.run import Run
from tests.corpus import Section, splice
from tests.grading import (
    RIGHT,
    cells_of,
    edition,
    points,
    sandbox_of,
    small_baseline,
    tasks_that_lost,
)

STEPS = {
    "quantized_weights": """\
def quantized_weights(weights):
    step = weights.abs().max().item() / 127
    return torch.clamp((weights / step).round(), min=-128, max=127), step
""",
    "NetQuantized.quantize_initial_input": """\
@staticmethod
def quantize_initial_input(pixels):
    return float(np.abs(pixels).max()) / 127
""",
    "NetQuantized.quantize_activations": """\
@staticmethod
def quantize_activations(activations, n_w, n_initial_input, ns):
    step = float(np.abs(activations).max()) / 127 / (n_w * n_initial_input)
    for n_of_weights, n_of_output in ns:
        step = step / (n_of_weights * n_of_output)
    return step
""",
    "NetQuantized.forward": """\
def forward(self, x):
    def stepped(x, step):
        return torch.clamp((x / step).round(), min=-128, max=127)
    x = stepped(x, self.input_scale)
    x = stepped(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = stepped(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
    x = x.view(-1, 16 * 5 * 5)
    x = stepped(F.relu(self.fc1(x)), self.fc1.output_scale)
    x = stepped(F.relu(self.fc2(x)), self.fc2.output_scale)
    return stepped(self.fc3(x), self.fc3.output_scale)
""",
    "NetQuantizedWithBias.quantized_bias": """\
@staticmethod
def quantized_bias(bias, n_w, n_initial_input, ns):
    step = n_w * n_initial_input
    for n_of_weights, n_of_output in ns:
        step = step * n_of_weights * n_of_output
    return torch.clamp((bias / step).round(), min=-2147483648, max=2147483647)
""",
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def graded(*kept: str) -> Run:
    """Grade the right solution with steps in all of its functions but those *kept*."""
    cells = cells_of(RIGHT)
    for name, source in STEPS.items():
        if name not in kept:
            cells = splice(cells, Section(name=name, source=source))
    with sandbox_of(cells) as sandbox:
        return grade(sandbox, edition(), small_baseline(500), seed=3)


def test_steps_everywhere_cost_once() -> None:
    """The weights' task alone loses, and the direction is the one finding."""
    run = graded()

    assert tasks_that_lost(run) == {"weights"}
    assert points(run) == 87
    assert [finding.id for finding in run.findings] == ["scales-all-upside-down"]


@pytest.mark.few(1)
@pytest.mark.parametrize("kept", STEPS)
def test_steps_in_all_functions_but_one_cost_in_each(kept: str) -> None:
    """Who mixes the two directions understood neither: nothing is forgiven."""
    run = graded(kept)

    assert "scales-all-upside-down" not in {finding.id for finding in run.findings}
    assert len(tasks_that_lost(run)) > 1
