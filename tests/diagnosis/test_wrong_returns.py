"""What explains values of the wrong kind, and answers that are not the submission's own."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
import pytest

from grader.border.answers import BiasAnswer, ScaleAnswer, WeightAnswer
from grader.border.conventions import Floats
from grader.border.probes import Probe
from grader.editions.schema import Binding, Role, ScaleForm, StubTable
from grader.sandbox.protocol import Value
from grader.tasks.hypotheses.fit import fit
from grader.tasks.hypotheses.reading import (
    as_stub,
    explain_conduct,
    explain_quantized_values,
    explain_returns,
)
from grader.tasks.quantized_tensor.hypotheses import explain_per_channel
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.words.message import say
from tests.diagnosis.calls import (
    BIAS,
    INPUT,
    NO_TENSOR,
    TASK,
    TENSOR,
    WEIGHTS,
    returned_pair,
    weights_answer,
)
from tests.diagnosis.made import SCHEME, names_of

RETURNS: dict[str, WeightAnswer] = {
    "return-values-swapped": weights_answer(
        returned_pair(Value.float(2.0), TENSOR), problem=NO_TENSOR
    ),
    "return-value-missing": weights_answer(TENSOR, problem=NO_TENSOR),
    "return-count-wrong": weights_answer(
        Value.tuple([TENSOR, Value.float(1.0), Value.float(0.0)]),
        problem=say("reason", "wrong-count", count=3, wanted=2),
    ),
    "weights-not-a-number": weights_answer(
        returned_pair(TENSOR, Value.float(float("nan"))),
        problem=say("reason", "scale-not-finite", value=np.nan),
    ),
    "scale-not-positive": weights_answer(
        returned_pair(TENSOR, Value.float(-1.0)),
        problem=say("reason", "scale-not-positive", value=-1.0),
    ),
    "array-instead-of-tensor": weights_answer(
        returned_pair(Value.array(WEIGHTS), Value.float(1.0)), problem=NO_TENSOR
    ),
    "integer-dtype-returned": weights_answer(
        returned_pair(Value.tensor(WEIGHTS.astype(np.int8)), Value.float(1.0)),
        dtype="int8",
        step=1.0,
    ),
    "tensor-not-float32": weights_answer(
        returned_pair(Value.tensor(WEIGHTS.astype(np.float64)), Value.float(1.0)),
        dtype="float64",
        step=1.0,
    ),
}


@pytest.mark.parametrize("finding", RETURNS)
def test_wrong_return_is_named(finding: str) -> None:
    """Each way in which the returned values are not what was asked for has its own name."""
    assert names_of(explain_returns(TASK, [RETURNS[finding]])) == [finding]


def test_infinite_scale_of_the_input_is_named() -> None:
    """Infinity, outside the weights, has a name too."""
    answer = ScaleAnswer(
        probe="even",
        largest=1.0,
        problem=say("reason", "scale-not-finite", value=np.inf),
        whole=Value.float(float("inf")),
    )

    assert names_of(explain_returns(INPUT, [answer])) == ["value-not-finite"]


def test_right_returns_have_no_finding() -> None:
    """A float32 tensor and a number are what is asked for."""
    answer = weights_answer(returned_pair(TENSOR, Value.float(1.0)), dtype="float32", step=1.0)

    assert explain_returns(TASK, [answer]) == []


@pytest.mark.parametrize("prefix", ["input", "activations"])
def test_quantized_array_in_place_of_its_scale_is_named(prefix: str) -> None:
    """The integers of the very array that was handed in are recognised."""
    x: Floats = np.linspace(-0.7, 1, 500)
    whole = Value.array(np.rint(127 * x))
    answer = ScaleAnswer(probe="even", largest=1.0, array=x, whole=whole)
    other = replace(answer, whole=Value.array(np.zeros(500)))

    assert names_of(explain_quantized_values(prefix, [answer])) == [
        f"{prefix}-quantized-values-returned"
    ]
    assert explain_quantized_values(prefix, [answer, other]) == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e308])
def test_what_is_not_finite_is_no_quantized_array(value: float) -> None:
    """One value that is infinite, no number or enormous says nothing, and warns of nothing."""
    x: Floats = np.linspace(-0.7, 1, 500)
    integers = np.rint(127 * x)
    integers[3] = value
    answer = ScaleAnswer(probe="even", largest=1.0, array=x, whole=Value.array(integers))
    zeros = replace(answer, largest=0.0, array=np.zeros(500), whole=Value.array(np.rint(9 * x)))

    assert explain_quantized_values("input", [answer]) == []
    assert explain_quantized_values("input", [zeros]) == []


def test_scale_for_each_channel_is_named() -> None:
    """One scale a channel is recognised by integers that it reproduces."""
    scales = 127 / np.abs(WEIGHTS).max(axis=1)
    integers = np.rint(WEIGHTS * scales[:, None])
    answer = weights_answer(returned_pair(Value.tensor(integers), Value.tensor(scales)))
    answers = WeightAnswers(own={"conv1": answer}, biased={}, probes={})

    assert names_of(explain_per_channel(answers, SCHEME)) == ["weights-scale-per-channel"]


def test_conduct_is_named_with_what_was_seen() -> None:
    """A changed argument is named by its role, a changing answer by both values."""
    form = ScaleForm.MULTIPLIER
    first = weights_answer(Value.none(), step=1 / 100, changed="weights", form=form)
    pair = [replace(first, probe=Probe.SKEWED), replace(first, probe=Probe.REPEATED, step=1 / 90)]

    found = explain_conduct(pair, frozenset(("unchanged", "repeatable")))

    assert names_of(found) == ["argument-changed-in-place", "function-not-deterministic"]
    assert str(found[0].values["argument"]) == "weights"
    assert (found[1].values["actual"], found[1].values["other"]) == (100, 90)


def test_template_is_told_from_a_constant_and_from_an_unscaled_bias() -> None:
    """2.5 for every tensor is the template's, 3 is not; a bias times 1.0 is the template's."""
    numbers = {"place": "conv1", "actual": 1, "expected": 2, "level": 3, "largest": 4}
    constants = [fit("weights-scale-constant", c=c, **numbers) for c in (2.5, 3.0)]
    stub = ast.parse("def quantized_bias(bias, n_w):\n    return (bias * 1.0).round()").body[0]
    own = ast.parse("def quantized_bias(bias, n_w):\n    return bias.round()").body[0]
    unscaled = fit("bias-not-scaled", bias=1.0, actual=1, expected=9, factor=9.0, found=1.0)

    named = names_of(as_stub(TASK, constants, None))

    assert named == ["template-stub", "weights-scale-constant"]
    assert names_of(as_stub(BIAS, [unscaled], stub)) == ["template-stub"]
    assert names_of(as_stub(BIAS, [unscaled], own)) == ["bias-not-scaled"]
    assert names_of(as_stub(BIAS, [unscaled], None)) == ["bias-not-scaled"]


def test_another_template_has_its_own_stub() -> None:
    """The stub is the edition's, and written as its scales are; left out, it is none."""
    numbers = {"place": "conv1", "actual": 1, "expected": 2, "level": 3, "largest": 4}
    constant = fit("input-scale-hard-coded", c=2.5, **numbers)
    binding = Binding(role=Role.INPUT_SCALE, form=ScaleForm.STEP)
    steps = INPUT.model_copy(update={"returns": (binding,), "stub": StubTable(scale=2.5)})
    unknown = INPUT.model_copy(update={"stub": StubTable()})

    assert [one.values for one in as_stub(steps, [constant], None)] == [{"value": 2.5}]
    assert names_of(as_stub(INPUT, [constant], None)) == ["input-scale-hard-coded"]
    assert names_of(as_stub(unknown, [constant], None)) == ["input-scale-hard-coded"]


def test_bias_of_integers_that_change_is_summed_up() -> None:
    """Two answers of a bias are shown by their first integers."""
    answer = BiasAnswer(
        probe="base",
        bias=np.ones(2),
        scales=None,  # type: ignore[arg-type]
        integers=np.array([7.0, 8.0]),
    )
    again = replace(answer, probe="repeated", integers=np.array([6.0, 8.0]))

    found = explain_conduct([answer, again], frozenset(("repeatable",)))

    assert found[0].values == {"actual": "7, …", "other": "6, …"}
