"""The border between students' values and the grader's numbers."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from grader.border.conventions import (
    CallStyle,
    call_styles,
    describe,
    from_step,
    read_scale,
    read_tensor,
    split_returns,
    to_step,
)
from grader.editions.schema import ScaleForm
from grader.sandbox.protocol import Value

STEP, MULTIPLIER = ScaleForm.STEP, ScaleForm.MULTIPLIER


def test_a_multiplier_is_one_over_the_step() -> None:
    """The handouts' n of 50 is a step of 0.02; a step stays what it is."""
    assert to_step(50.0, MULTIPLIER) == from_step(50.0, MULTIPLIER) == 0.02
    assert to_step(0.02, STEP) == from_step(0.02, STEP) == 0.02


@pytest.mark.parametrize(
    "value",
    [
        Value.float(4.0),
        Value.int(4),
        Value.scalar(4.0, "float32"),
        Value.tensor(np.float32(4.0)),
        Value.tensor(np.array([[4.0]])),
        Value.array([4.0]),
    ],
    ids=lambda value: str(describe(value)),
)
def test_any_container_of_one_number_is_a_scale(value: Value) -> None:
    """Whatever holds the number four stands for the step of a quarter."""
    assert read_scale(value, MULTIPLIER).step == 0.25


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (Value.float(math.nan), "the scale is NaN, which is not a finite number"),
        (Value.float(math.inf), "the scale is infinity, which is not a finite number"),
        (Value.float(-2.5), "the scale is -2.5, but a scale is a positive number"),
        (Value.int(0), "the scale is 0, but a scale is a positive number"),
        (Value.float(1e-31), "the scale is 1e-31, but a scale lies between 1e-30 and 1e+30"),
        (Value.float(1e31), "the scale is 1e+31, but a scale lies between 1e-30 and 1e+30"),
        (Value.int(10**40), "the scale is 1e+40, but a scale lies between 1e-30 and 1e+30"),
        (
            Value.tensor(np.array(True)),
            "a bool tensor of shape () was returned where one number is needed",
        ),
        (Value.int(10**400), "the scale is an integer too large to be used"),
        (Value.none(), "nothing (None) was returned where one number is needed"),
        (
            Value.tensor(np.zeros(10, dtype=np.float32)),
            "a float32 tensor of shape (10,) was returned where one number is needed",
        ),
        (Value.str("4"), "a str was returned where one number is needed"),
    ],
    ids=lambda item: str(item)[:30],
)
def test_what_is_no_scale_is_named(value: Value, problem: str) -> None:
    """What cannot be a scale is said as a person says it."""
    assert str(read_scale(value, MULTIPLIER).problem) == problem


def test_a_numpy_array_is_no_tensor() -> None:
    """The template's layers need a torch tensor; an array is accepted only where one will do."""
    value = Value.array(np.zeros((2, 3)))

    assert str(read_tensor(value).problem) == (
        "a float64 numpy array of shape (2, 3) was returned where a torch tensor is needed"
    )


@pytest.mark.parametrize(
    ("value", "count", "message"),
    [
        (Value.float(1.0), 2, "a float was returned where 2 values are needed"),
        (
            Value.list([Value.int(1)] * 3),
            2,
            "3 values were returned where 2 are needed",
        ),
    ],
)
def test_too_few_and_too_many_values(value: Value, count: int, message: str) -> None:
    """A wrong number of returned values is counted."""
    assert str(split_returns(value, count)) == message


def test_one_value_may_come_in_a_tuple() -> None:
    """A lone value and a tuple that holds it are the same; a pair is split, list or tuple."""
    one, two = Value.float(1.0), Value.float(2.0)

    assert split_returns(Value.tuple([one]), 1) == (one,)
    assert split_returns(one, 1) == (one,)
    assert split_returns(Value.list([one, two]), 2) == (one, two)


def test_a_container_is_described_by_its_length() -> None:
    """A tuple is described by how many values it has."""
    assert str(describe(Value.tuple([Value.int(1)] * 3))) == "a tuple of 3 values"


def test_scales_come_in_the_students_own_types() -> None:
    """A style wraps each role's number as its template was wrapped; without one, as a float."""
    style = CallStyle(name="own", weight_scale=Value.tensor(np.float32(1.0)))

    wrapped = style.scale("weight_scale", 2.0)
    assert (wrapped.type_name, wrapped.dtype) == ("torch.Tensor", "float32")
    assert style.scale("input_scale", 2.0).kind == "float"


@pytest.mark.parametrize(
    ("arrays", "kind", "dtype"),
    [("numpy.float64", "array", "float64"), ("torch.float32", "tensor", "float32")],
)
def test_arrays_come_as_the_edition_says(arrays: str, kind: str, dtype: str) -> None:
    """Calibration arrays are numpy's or torch's, in the edition's width."""
    value = CallStyle(name="own", arrays=arrays).array(np.ones(3, dtype=np.float32))

    assert (value.kind, value.dtype) == (kind, dtype)


def test_the_own_style_is_tried_first() -> None:
    """Three usual styles follow the submission's own, all with the edition's arrays."""
    own = CallStyle(name="own", arrays="torch.float32")

    styles = call_styles(own)

    assert styles[0] is own
    assert [s.scale("weight_scale", 1.0).kind for s in styles[1:]] == ["float", "scalar", "tensor"]
    assert {s.arrays for s in styles} == {"torch.float32"}


@pytest.mark.parametrize(
    ("values", "count"),
    [
        (np.array([1.0, math.nan], dtype=np.float32), 1),
        (np.array([math.inf, -math.inf, 0.0], dtype=np.float16), 2),
        (np.array([1e300, 1.0]), 1),
    ],
)
def test_a_tensor_that_float32_cannot_hold_is_no_answer(
    values: npt.NDArray[np.floating], count: int
) -> None:
    """What is infinite or nan where the layers compute is named, and read no further."""
    reading = read_tensor(Value.tensor(values))

    assert reading.array is None
    assert str(reading.problem) == (
        f"{count} of {values.size} values of the tensor are not finite numbers"
    )


@pytest.mark.parametrize("number", [1e-30, 1e30])
def test_the_bounds_of_a_scale_are_scales(number: float) -> None:
    """Both ends of the range are read, in either direction."""
    assert read_scale(Value.float(number), STEP).step == number
    assert read_scale(Value.float(number), MULTIPLIER).step == 1.0 / number
