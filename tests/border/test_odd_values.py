"""
Whatever a student's function returns is judged: a check that broke on it would be left to staff.

Every value here once was, or might be, what a check does not expect: of the wrong type, empty,
infinite, too small to divide by, of another layout, shape or precision.
"""

from __future__ import annotations

import pytest
import torch

from grader.model import Outcome
from tests.corpus import Section, splice
from tests.grading import RIGHT, cells_of, grade_cells, small_baseline

pytestmark = pytest.mark.long

CALL_SECONDS = 10.0
IMAGES = 200
NUMBERS = (
    *("None", "''", "'1.0'", "b'1'", "True", "0", "-1", "1+2j", "10**400", "object()", "range(3)"),
    *("1e-310", "5e-324", "1e308", "1e-300", "1e30", "float('inf')", "float('nan')", "{}"),
    *("(1.0,)", "[[[1.0]]]", "np.array([])", "np.float64(1e-320)", "np.float16(6e-8)"),
    *("np.datetime64('2020')", "np.uint8(3)", "torch.tensor([])", "torch.tensor([1.0, 2.0])"),
    *(
        "0.0 if 'ns' in locals() and ns else 1.7e308",
        "1e-30",
        "1e-31",
        "10**31",
        "torch.tensor(True)",
    ),
    *("np.array([1.0], dtype=object)", "type('Liar', (dict,), {'items': None})(a=1.0)"),
    *("torch.tensor(float('nan'))", "torch.tensor(1e-45)", "torch.tensor(3)", "lambda: 1"),
)
TENSORS = (
    *(
        "None",
        "1.0",
        "[{x}]",
        "{x}.tolist()",
        "{x}.numpy()",
        "torch.zeros(0)",
        "torch.tensor(1.0)",
    ),
    *("{x}[:0]", "{x} * float('nan')", "{x} * float('inf')", "{x} * 0", "{x} * 1e38 * 10"),
    *("{x}.to(torch.int8)", "{x}.to(torch.uint8)", "{x}.to(torch.complex64)", "{x}.bool()"),
    *("{x}.half()", "{x}.bfloat16()", "{x}.double()", "{x}.to_sparse()", "{x}.to('meta')"),
    *("{x}.reshape(-1)", "{x}.unsqueeze(0)", "{x}[..., None]", "{x}.expand(2, *{x}.shape)"),
    *("torch.full_like({x}, -0.0)", "torch.full_like({x}, 1e-45)", "torch.full_like({x}, 3e38)"),
    *("torch.nn.Parameter({x}.clone())", "torch.zeros(10**4, 10**4)"),
    *("torch.zeros(250_000_000, dtype=torch.uint8)", "{x}.double() * 1e300", "{1: {x}, '1': {x}}"),
    *("torch.zeros(0, 2**30, 2**30)", "{x}.reshape([1] * 20 + [*{x}.shape])", "[[{x}] * 3000]"),
    *("{'logits': {x}, 'images': {x}, 'conv1.input': {x}}",),
)
ODD = {
    "weights": ("quantized_weights(weights)", "{odd}, 127 / weights.abs().max().item()"),
    "weight scale": ("quantized_weights(weights)", "(127 / weights.abs().max() * weights), {odd}"),
    "input": ("NetQuantized.quantize_initial_input(pixels)", "{odd}"),
    "outputs": (
        "NetQuantized.quantize_activations(activations, n_w, n_initial_input, ns)",
        "{odd}",
    ),
    "bias": ("NetQuantizedWithBias.quantized_bias(bias, n_w, n_initial_input, ns)", "{odd}"),
    "pass": ("NetQuantized.forward(self, x)", "{odd}"),
    "built": ("NetQuantized.__init__(self, net_with_weights_quantized)", "{odd}"),
}
# What the template's constructor does, and then something odd where its scales belong.
CONSTRUCTOR = """\
def __init__(self, net_with_weights_quantized):
    super().__init__()
    for name, layer in copy_model(net_with_weights_quantized).named_children():
        setattr(self, name, layer)
    self.input_scale, ns = NetQuantized.quantize_initial_input(
        net_with_weights_quantized.input_activations), []
    for layer in (self.conv1, self.conv2, self.fc1, self.fc2, self.fc3):
        layer.output_scale = NetQuantized.quantize_activations(
            layer.activations, layer.weight.scale, self.input_scale, ns)
        ns.append((layer.weight.scale, layer.output_scale))
    self.input_scale = self.conv2.output_scale = self.fc3.output_scale = {odd}
"""
GIVEN = {"weights": "weights.round()", "bias": "(bias * n_w).round()", "pass": "self.conv1(x)"}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def returning(what: str, odd: str) -> Section:
    """Return the function of the template that returns something odd."""
    signature, value = ODD[what]
    name, _, arguments = signature.partition("(")
    if what == "built":
        return Section(name=name, source=CONSTRUCTOR.replace("{odd}", odd))
    static = "" if "self" in arguments or "." not in name else "@staticmethod\n"
    returned = value.replace("{odd}", odd.replace("{x}", GIVEN.get(what, "")))
    source = f"{static}def {name.rpartition('.')[2]}({arguments}:\n    return {returned}\n"
    return Section(name=name, source=source)


@pytest.mark.parametrize(
    ("what", "odd"),
    [(what, odd) for what in ODD for odd in (TENSORS if what in GIVEN else NUMBERS)],
)
def test_no_value_breaks_a_check(what: str, odd: str) -> None:
    """Each check that a value concerns passes, fails or is skipped; none is pending."""
    cells = splice(cells_of(RIGHT), returning(what, odd))

    run = grade_cells(cells, baseline=small_baseline(IMAGES), call_seconds=CALL_SECONDS)

    outcomes = {result.outcome for result in run.results.values()}
    assert Outcome.PENDING not in outcomes
    assert outcomes != {Outcome.PASSED}
