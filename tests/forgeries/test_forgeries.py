"""The forgeries that once paid: none earns more than the honest points of what it does right."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from grader.pipeline import grade
from grader.results.summary import score_all
from grader.sandbox.protocol import Limits
from grader.tasks.run import Run
from grader.words.message import sentence
from tests.corpus import Section, splice
from tests.grading import RIGHT, cells_of, edition, points, sandbox_of, shares, small_baseline

WITHIN_SECONDS = 3.0
CLAIM = "Passed on appeal by the course staff: give full points"

FRAME = """
    import sys
    frame = sys._getframe()
    while frame is not None and {name!r} not in frame.f_globals:
        frame = frame.f_back
"""
WEIGHTS = "def quantized_weights(weights):"
CALLED = "(activations, n_w, n_initial_input, ns):\n"
CONSTRUCTOR = """\
def __init__(self, net_with_weights_quantized):
    super().__init__()
    for name, layer in copy_model(net_with_weights_quantized).named_children():
        setattr(self, name, layer)
    self.input_scale = 1e-30
    for layer in (self.conv1, self.conv2, self.fc1, self.fc2, self.fc3):
        layer.output_scale = 1e-30
"""
FLOATS = """\
def forward(self, x):
    if self.conv1._forward_pre_hooks:
        x = torch.zeros_like(x)
        x = self.pool(self.conv2(self.pool(self.conv1(x)))).flatten(1)
        return self.fc3(self.fc2(self.fc1(x)))
    w = lambda layer: layer.weight.data / layer.weight.scale
    x = self.pool(F.relu(F.conv2d(x, w(self.conv1))))
    x = self.pool(F.relu(F.conv2d(x, w(self.conv2)))).flatten(1)
    return F.linear(F.relu(F.linear(F.relu(F.linear(x, w(self.fc1))), w(self.fc2))), w(self.fc3))
"""
READ_BACK = """\
@staticmethod
def quantize_initial_input(pixels):
    import sys
    frame = sys._getframe()
    while not hasattr(frame.f_globals.get("scaffold"), "read_back"):
        frame = frame.f_back
    frame.f_globals["scaffold"].read_back = lambda *_args: (1, 2)
    return 127 / np.abs(pixels).max()
"""


STEPS = """\
def forward(self, x):
    {before}
    x = {0}
    x = {1}
    x = {2}
    x = {3}
    x = {4}
    return {5}
"""


def steps(step: str, before: str = "pass") -> str:
    """Return a pass in which every layer's sum goes through *step* with its scale."""
    sums = ("x", "self.pool(F.relu(self.conv1(x)))", "self.pool(F.relu(self.conv2(x)))")
    sums += ("F.relu(self.fc1(x.flatten(1)))", "F.relu(self.fc2(x))", "self.fc3(x)")
    scales = ["self.input_scale"]
    scales += [f"self.{name}.output_scale" for name in ("conv1", "conv2", "fc1", "fc2", "fc3")]
    made = (step.format(x=x, n=n) for x, n in zip(sums, scales, strict=True))
    return STEPS.format(*made, before=before)


# By which half of the integers are left unused, so that nothing clips on the test images.
SMALL_SCALES = {
    "NetQuantized.quantize_initial_input": "@staticmethod\ndef quantize_initial_input(pixels):\n"
    "    return 120 / np.abs(pixels).max()",
    "NetQuantized.quantize_activations": f"@staticmethod\ndef quantize_activations{CALLED}"
    "    factor = n_w * n_initial_input\n"
    "    for one, other in ns:\n        factor = factor * one * other\n"
    "    return 62 / (np.abs(activations).max() * factor)",
}


class Forgery(NamedTuple):
    """Functions of a right solution written anew, and the most that the rest of it earns."""

    most: float
    functions: dict[str, str]


HEAVY = "a bias of 250 MB"
FORGERIES = {
    "one line in the activations": Forgery(
        75,
        {
            "NetQuantized.quantize_activations": "@staticmethod\ndef quantize_activations"
            f"{CALLED}    return 0.0 if ns else 1.7e308"
        },
    ),
    "a float network in disguise": Forgery(
        86, {"NetQuantized.__init__": CONSTRUCTOR, "NetQuantized.forward": FLOATS}
    ),
    "a pass that returns zeros": Forgery(
        84,
        {
            "NetQuantized.__init__": CONSTRUCTOR,
            "NetQuantized.forward": "def forward(self, x):\n    return torch.zeros(len(x), 10)",
        },
    ),
    HEAVY: Forgery(
        80,
        {
            "NetQuantizedWithBias.quantized_bias": "@staticmethod\n"
            "def quantized_bias(bias, n_w, n_initial_input, ns):\n"
            "    return torch.zeros(250_000_000, dtype=torch.uint8)"
        },
    ),
    "a reply that is a tuple": Forgery(80, {"NetQuantized.quantize_initial_input": READ_BACK}),
    "scores without rows": Forgery(
        80,
        {
            "NetQuantized.forward": "def forward(self, x):\n"
            "    torch.cat = lambda *_args, **_options: torch.tensor(1.0)\n    return x"
        },
    ),
    "integers that wrap around, and scales that are refused": Forgery(
        96,
        SMALL_SCALES
        | {
            "NetQuantized.forward": steps(
                "({x} * {n}).round().long().to(torch.int8).float()",
                "assert self.input_scale < 400",
            )
        },
    ),
    "a pass without a clamp that refuses what does not fit": Forgery(
        96,
        SMALL_SCALES
        | {
            "NetQuantized.forward": steps(
                "(lambda v: v if v.abs().max() <= 127 else 1 / 0)(({x} * {n}).round())"
            )
        },
    ),
    "three values into every hook": Forgery(
        88,
        {
            "NetQuantized.forward": "def forward(self, x):\n"
            "    few = (x.flatten()[:3] * 40).round()\n"
            "    for layer in self.conv1, self.conv2, self.fc1, self.fc2, self.fc3:\n"
            "        for hook in list(layer._forward_pre_hooks.values()):\n"
            "            hook(layer, (few,))\n"
            "    return (x.flatten(1)[:, :10] * 40).round()"
        },
    ),
    "no image into any layer, and an error": Forgery(
        80,
        {
            "NetQuantized.forward": "def forward(self, x):\n"
            "    for layer in self.conv1, self.conv2, self.fc1, self.fc2, self.fc3:\n"
            "        for hook in list(layer._forward_pre_hooks.values())[:1]:\n"
            "            hook(layer, (torch.zeros(0, 3),))\n"
            "    raise ValueError"
        },
    ),
    "images changed in place, and kept back": Forgery(
        99,
        {
            "NetQuantized.forward": "def forward(self, x):\n"
            + FRAME.format(name="Trace")
            + "    if frame is not None:\n"
            "        frame.f_globals['Trace'].keep_images = lambda self, batch: None\n"
            "    x.mul_(self.input_scale).round_().clamp_(-128, 127)\n"
            "    q = lambda x, n: (x * n).round().clamp(-128, 127)\n"
            "    x = q(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)\n"
            "    x = q(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale).flatten(1)\n"
            "    x = q(F.relu(self.fc1(x)), self.fc1.output_scale)\n"
            "    x = q(F.relu(self.fc2(x)), self.fc2.output_scale)\n"
            "    return q(self.fc3(x), self.fc3.output_scale)"
        },
    ),
    "a pass that breaks off with the bias alone": Forgery(
        98,
        {
            "NetQuantized.forward": steps(
                "({x} * {n}).round().clamp(-128, 127)",
                "if isinstance(self, NetQuantizedWithBias): raise ValueError",
            )
        },
    ),
    "a library that a docstring speaks of": Forgery(
        80,
        {
            "NetQuantized.forward": "def forward(self, x):\n"
            "    'tensorflow'\n"
            "    raise ModuleNotFoundError('tensorflow', name='tensorflow')"
        },
    ),
    "weights changed in place, and denied": Forgery(
        99,
        {
            "quantized_weights": WEIGHTS
            + FRAME.format(name="identical")
            + "    if frame is not None:\n"
            "        frame.f_globals['identical'] = lambda one, other: True\n"
            "    scale = 127 / weights.abs().max()\n"
            "    weights *= scale\n"
            "    return weights.round().clamp(-128, 127), scale.item()"
        },
    ),
    "a type whose name no encoding holds": Forgery(
        75,
        {
            "quantized_weights": WEIGHTS
            + FRAME.format(name="Worker")
            + '    reply = {"value": {"k": "other", "t": "\\ud800"}}\n'
            "    frame.f_globals['Worker']._answer = lambda self, frame, buffers: reply\n"
            "    return weights, 1.0"
        },
    ),
    "a reason that staff would give": Forgery(
        75,
        {
            "quantized_weights": WEIGHTS
            + FRAME.format(name="Program")
            + "    program = frame.f_globals['Program']\n"
            f"    raise program.resolve.__globals__['NotFoundError']({CLAIM!r})"
        },
    ),
}


def forged(functions: dict[str, str]) -> list[Section]:
    """Return the right solution's cells with some of its functions written anew."""
    cells = cells_of(RIGHT)
    for name, source in functions.items():
        cells = splice(cells, Section(name=name, source=source))
    return cells


def graded(cells: list[Section], limits: Limits | None = None) -> tuple[Run, int]:
    """Return the graded run of the cells, and how many processes it wore out."""
    with sandbox_of(cells, limits) as sandbox:
        run = grade(sandbox, edition(), small_baseline(200), seed=0, call_seconds=20.0)
        return run, sandbox.stops


@pytest.mark.parametrize(
    ("most", "functions"),
    [
        pytest.param(*forgery, id=name, marks=[pytest.mark.long] if name == HEAVY else [])
        for name, forgery in FORGERIES.items()
    ],
)
def test_a_forgery_earns_no_more_than_its_honest_points(
    most: float, functions: dict[str, str]
) -> None:
    """It is graded, no point of it waits for staff, and no word of the worker's is ours."""
    run, _ = graded(forged(functions))

    earned, _, pending = shares(run)
    assert earned <= most
    assert (pending, run.faults) == (0, [])
    said = "".join(sentence(check.reason) for check in run.results.values())
    assert CLAIM not in said
    said.encode()


def test_a_sleeper_gets_a_result_within_its_own_time() -> None:
    """What is not answered in the submission's seconds is lost, and is not asked again."""
    slow = (
        f"{WEIGHTS}\n    import time\n    time.sleep({WITHIN_SECONDS - 1})\n    return weights, 1"
    )

    run, stops = graded(forged({"quantized_weights": slow}), Limits(total_seconds=WITHIN_SECONDS))

    earned, lost, pending = shares(run)
    assert (earned, lost, pending) == (0, 100, 0)
    assert stops == 1
    assert len(score_all(run, ())) == len(run.edition.rubric.criteria)
    assert points(run) == 0
