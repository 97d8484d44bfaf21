"""
The border between how students write a value and what it is: directions, containers, types.

Inside the grader a scale is a step (real = integer x step) and an array is numpy's; nothing else
knows which way an edition writes its scales or in which type a student returned one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.editions.schema import ScaleForm
from grader.sandbox.protocol import Value, like

Array = npt.NDArray[np.generic]
Floats = npt.NDArray[np.floating]

_ARRAYS = ("array", "tensor", "scalar")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A returned value as the number or array that it stands for, or what is wrong with it."""

    step: float | None = None
    array: Array | None = None
    problem: str = ""


def to_step(number: float, form: ScaleForm) -> float:
    """Return *number* as a step, whichever way the edition writes scales."""
    return number if form is ScaleForm.STEP else 1.0 / number


def from_step(step: float, form: ScaleForm) -> float:
    """Return *step* the way the edition writes scales."""
    return step if form is ScaleForm.STEP else 1.0 / step


def read_scale(value: Value, form: ScaleForm) -> Reading:
    """Return a returned scale as a step; any scalar type or one-element container will do."""
    number, problem = _read_number(value)
    if number is None:
        return Reading(problem=problem)
    if not math.isfinite(number):
        return Reading(problem=f"the scale is {number}, which is not a finite number")
    if number <= 0:
        return Reading(problem=f"the scale is {number:.6g}, but a scale is a positive number")
    return Reading(step=to_step(number, form))


def read_tensor(value: Value) -> Reading:
    """Return a returned tensor as an array; the lab's template needs a torch tensor here."""
    if value.kind != "tensor":
        return Reading(problem=f"{describe(value)} was returned where a torch tensor is needed")
    return Reading(array=np.asarray(value.data))


def read_array(value: Value) -> Reading:
    """Return any numeric container as an array."""
    if value.kind in _ARRAYS:
        return Reading(array=np.asarray(value.data))
    return Reading(problem=f"{describe(value)} was returned where an array is needed")


def split_returns(value: Value, count: int) -> tuple[Value, ...] | str:
    """Return the *count* returned values, or one line on why they cannot be told apart."""
    if count == 1:
        single = value.kind in ("tuple", "list") and len(value.items) == 1
        return (value.items[0],) if single else (value,)
    if value.kind not in ("tuple", "list"):
        return f"{describe(value)} was returned where {count} values are needed"
    if len(value.items) != count:
        return f"{len(value.items)} values were returned where {count} are needed"
    return value.items


def describe(value: Value) -> str:
    """Return what a value is, as a person says it: ``a float32 tensor of shape (10,)``."""
    if value.kind == "none":
        return "nothing (None)"
    if value.kind in ("array", "tensor"):
        noun = "tensor" if value.kind == "tensor" else "numpy array"
        return f"{_article(value.dtype or '')} {noun} of shape {np.asarray(value.data).shape}"
    if value.kind in ("tuple", "list"):
        return f"a {value.kind} of {len(value.items)} values"
    return _article(value.type_name)


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' and not noun.startswith('uint') else 'a'} {noun}"


@dataclass(frozen=True, kw_only=True)
class CallStyle:
    """The types in which a student's function is handed its scales; None: as python floats."""

    name: str
    weight_scale: Value | None = None
    input_scale: Value | None = None
    requantize_scale: Value | None = None
    arrays: str = "numpy.float64"

    def scale(self, role: str, number: float) -> Value:
        """Return a number wrapped in this style's type for the role."""
        template: Value | None = getattr(self, role, None)
        return Value.float(number) if template is None else like(template, number)

    def array(self, array: Floats) -> Value:
        """Return a 1-D array of activations or pixels in this style's container."""
        library, _, dtype = self.arrays.partition(".")
        converted = np.asarray(array, dtype=dtype)
        return Value.tensor(converted) if library == "torch" else Value.array(converted)


def call_styles(own: CallStyle) -> Sequence[CallStyle]:
    """
    Return the styles to try in order: the submission's own types first, then the usual ones.

    Only the scales' types vary: arrays come in the container that the edition's template uses.
    """
    return (
        own,
        CallStyle(name="python floats", arrays=own.arrays),
        _uniform("numpy float64 scalars", Value.scalar(1.0), own.arrays),
        _uniform("0-d float32 tensors", Value.tensor(np.float32(1.0)), own.arrays),
    )


def _uniform(name: str, value: Value, arrays: str) -> CallStyle:
    return CallStyle(
        name=name, weight_scale=value, input_scale=value, requantize_scale=value, arrays=arrays
    )


def _read_number(value: Value) -> tuple[float | None, str]:
    number = value.number
    if number is not None:
        return number, ""
    if value.kind == "int":
        return None, "the scale is an integer too large to be used"
    return None, f"{describe(value)} was returned where one number is needed"
