"""Diagnosis does not raise, whatever numbers the border lets through, and says all it prints."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import cycle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.border.answers import TraceAnswer
from grader.border.conventions import LARGEST_SCALE, LARGEST_VALUE, SMALLEST_SCALE, Floats
from grader.editions.schema import StubTable
from grader.tasks.accumulator_bias import hypotheses as bias
from grader.tasks.hypotheses import reading
from grader.tasks.hypotheses.fit import Fit
from grader.tasks.integer_pass import hypotheses as forward
from grader.tasks.integer_pass.seen import OUTPUT, ForwardAnswers, Replay
from grader.tasks.integer_pass.ways import layer_ways
from grader.tasks.quantized_tensor import hypotheses as weights
from grader.tasks.scales import hypotheses as scales
from tests.diagnosis.made import (
    LIMITS,
    SCHEME,
    bias_made,
    input_made,
    names_of,
    outputs_made,
    weights_made,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of numpy: overflows are meant

few = settings(max_examples=100)
# Bounds, and what lies between them; nothing else is a scale, or a number of a tensor.
scale = st.sampled_from((SMALLEST_SCALE, 1e-10, 1.0, 2.5, 127.0, LARGEST_SCALE))
number = st.sampled_from(
    (0.0, -0.0, 5e-324, 1e-40, 0.5, 1.0, -1.0, 127.0, -128.0, 2.0**31, LARGEST_VALUE)
)
Altered = Callable[[Floats], Floats]
ALTERED: Sequence[Altered] = (
    lambda x: x,
    lambda x: -x,
    np.rint,
    lambda x: x[:0],
    lambda x: x.reshape(-1),
    lambda x: np.abs(x).max(initial=0.0).reshape(()),
    lambda x: np.clip(x * 1e38, -LARGEST_VALUE, LARGEST_VALUE),
)
altered = st.sampled_from(ALTERED) | number.map(lambda n: lambda x: np.full_like(x, n))
SOURCES = (
    "def forward(self, x):\n    return (x / self.fc1.output_scale).clamp(-128, 127) * 2",
    "def forward(self, x):\n    return x * (1e308 * 1e308 / 0 - 10 ** 400) + 9" + "9" * 400,
    "def forward(self, x):\n    return x * 0x" + "f" * 6000,
    "def forward(self, x):\n    return " + "-" * 400 + "1",
)
code = st.none() | st.sampled_from(SOURCES).map(lambda text: ast.parse(text).body[0])


def in_turn(drawn: list[object]) -> Callable[[], object]:
    """Return a function that gives what was drawn, again and again: one, or one after another."""
    return cycle(drawn).__next__


def several(one: st.SearchStrategy[object]) -> st.SearchStrategy[Callable[[], object]]:
    return st.lists(one, min_size=1, max_size=3).map(in_turn)


def hold(found: Sequence[Fit]) -> None:
    """Hold that each finding is one of the catalogue's, with the numbers that it prints."""
    assert len(names_of(found)) == len(found)


@few
@given(several(altered), several(scale))
def test_weights_of_any_numbers_are_explained_or_not(
    alter: Callable[[], Altered], multiplier: Callable[[], float]
) -> None:
    """No integers and no scale break a hypothesis about weights."""
    answers = weights_made(lambda w: (alter()(w), multiplier()), layers=2)

    hold(weights.explain_integers(answers, SCHEME))
    hold(weights.explain_range_of_weights(answers, LIMITS))
    hold(weights.explain_shape(answers.all))
    hold(reading.explain_conduct(answers.all, frozenset(("repeatable",))))


@few
@given(several(scale))
def test_scales_of_any_size_are_explained_or_not(multiplier: Callable[[], float]) -> None:
    """No scale breaks a hypothesis about that of the input or of a layer."""
    hold(scales.explain_input(input_made(lambda _x: multiplier()), LIMITS))
    answers = outputs_made(lambda _x, _s: multiplier())
    for wrong in (True, False):
        hold(scales.explain_outputs(answers, LIMITS, factors_wrong=wrong, range_wrong=True))
    hold(reading.explain_quantized_values("activations", answers.all))


@few
@given(several(altered), several(scale))
def test_a_bias_of_any_numbers_is_explained_or_not(
    alter: Callable[[], Altered], multiplier: Callable[[], float]
) -> None:
    """No integers break a hypothesis about the bias."""
    answers = bias_made(
        lambda b, _s: np.clip(alter()(b * multiplier()), -LARGEST_VALUE, LARGEST_VALUE)
    )

    hold(bias.explain(answers))
    hold(reading.explain_conduct(answers.all, frozenset(("repeatable",))))


@st.composite
def places(draw: st.DrawFn) -> forward.Place:
    length = draw(st.sampled_from((1, 4, 40)))
    odd = number | st.sampled_from((float("nan"), float("inf"), float("-inf")))
    column = st.lists(odd, min_size=1, max_size=4).map(lambda n: np.resize(n, length))
    sums, bare = draw(column), draw(column)
    return forward.Place(
        name=draw(st.sampled_from(("fc2", OUTPUT))),
        layer=draw(st.sampled_from(("", "fc1"))),
        seen=draw(st.one_of(column, st.just(sums))),
        sums=sums,
        find_bare=lambda: bare,
        multiplier=draw(scale),
        others={"fc2.output_scale": draw(scale)},
        fraction_bits=(bits := draw(st.sampled_from((None, 16)))),
        ways=layer_ways(bits),
    )


@few
@given(places(), code)
def test_a_place_of_any_numbers_is_explained_or_not(
    place: forward.Place, node: ast.AST | None
) -> None:
    """No integer, sum or scale breaks a hypothesis about the forward pass."""
    assert place.is_wrong in {True, False}
    hold(forward._explain_places([place], {place.name: forward.candidates_of(place, node)}, node))
    for name in forward.candidates_of(place, node):
        hold([forward._shown(name, [place])])


@pytest.mark.parametrize("shape", [(0,), (4,), (4, 0), (1, 4), (4, 10), (8, 10), (4, 10, 1)])
@pytest.mark.parametrize("seen", [True, False])
def test_an_output_of_any_shape_is_explained_or_not(shape: tuple[int, ...], seen: bool) -> None:
    """No shape of what the pass returned breaks the words about it."""
    output = np.full(shape, np.nan)
    entering = {"conv1": output} if seen else {}
    trace = TraceAnswer(probe="quantized", images=4, entering=entering, output=output)
    answers = ForwardAnswers(
        trace=trace,
        replay=Replay(reals={}, output=np.zeros((4, 10))),
        layers=("conv1",),
        classes=10,
    )

    for stub in (StubTable(shape=(4, 10)), StubTable(returns_argument=True)):
        hold(forward._explain_output_alone(answers, stub))
