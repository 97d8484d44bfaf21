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
from grader.words.message import Message, say

# A scale outside of this range is wrong. Right ones lie between 1e-4 and 1e4; what is upside down
# or has lost a factor, between 1e-20 and 1e20. The bounds are so far from the ends of float32
# (1e38) and float64 (1e308) that no product or quotient of a layer's scales overflows or vanishes.
SMALLEST_SCALE = 1e-30
LARGEST_SCALE = 1e30
# Of the logarithm of a float32 product of a layer's factors.
POWER_TOLERANCE = 1e-5
# Layers compute in float32: a larger value is infinite there, whatever it was returned in.
LARGEST_VALUE = float(np.finfo(np.float32).max)

Array = npt.NDArray[np.generic]
Floats = npt.NDArray[np.floating]
Predictions = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A returned value as the number or array that it stands for, or what is wrong with it."""

    step: float | None = None
    array: Array | None = None
    problem: Message | None = None


def to_step(number: float, form: ScaleForm, places: int = 0) -> float:
    """Return a number of 2^-*places* as a step, whichever way the edition writes scales."""
    real = number / 2.0**places
    return real if form is ScaleForm.STEP else 1.0 / real


def from_step(step: float, form: ScaleForm, places: int = 0) -> float:
    """Return *step* the way the edition writes scales, as a number of 2^-*places*."""
    return (step if form is ScaleForm.STEP else 1.0 / step) * 2.0**places


def read_scale(value: Value, form: ScaleForm, places: int = 0) -> Reading:
    """
    Return a returned scale as a step; any scalar type or one-element container will do.

    It is written as a number of 2^-*places*.
    """
    number, problem = _read_number(value)
    if number is None:
        return Reading(problem=problem)
    if not math.isfinite(number):
        return Reading(problem=say("reason", "scale-not-finite", value=number))
    if number <= 0:
        return Reading(problem=say("reason", "scale-not-positive", value=number))
    if not is_usual(number):
        bounds = {"low": SMALLEST_SCALE, "high": LARGEST_SCALE}
        return Reading(problem=say("reason", "scale-out-of-range", value=number, **bounds))
    return Reading(step=to_step(number, form, places))


def is_usual(number: float) -> bool:
    """Return whether a positive number is one that later stages can multiply and divide by."""
    return SMALLEST_SCALE <= number <= LARGEST_SCALE


def is_power_of_two(number: float) -> bool:
    """Return whether a positive number is a whole power of two, to within float32's error."""
    power = math.log2(number)
    return abs(power - round(power)) <= POWER_TOLERANCE


def read_tensor(value: Value) -> Reading:
    """Return a returned tensor as an array; the lab's template needs a torch tensor here."""
    if value.kind != "tensor":
        return Reading(problem=say("reason", "no-tensor", value=describe(value)))
    array = np.asarray(value.data)
    usable = np.abs(array.astype(np.float64)) <= LARGEST_VALUE  # false for nan
    if usable.all():
        return Reading(array=array)
    counts = {"count": int((~usable).sum()), "total": array.size}
    return Reading(problem=say("reason", "tensor-not-finite", **counts))


def split_returns(value: Value, count: int) -> tuple[Value, ...] | Message:
    """Return the *count* returned values, or one line on why they cannot be told apart."""
    if count == 1:
        single = value.kind in ("tuple", "list") and len(value.items) == 1
        return (value.items[0],) if single else (value,)
    if value.kind not in ("tuple", "list"):
        return say("reason", "no-tuple", value=describe(value), wanted=count)
    if len(value.items) != count:
        return say("reason", "wrong-count", count=len(value.items), wanted=count)
    return value.items


def describe(value: Value) -> Message:
    """Return what a value is, as a person says it: ``a float32 tensor of shape (10,)``."""
    if value.kind == "none":
        return say("value", "nothing")
    if value.kind in ("array", "tensor"):
        dtype, shape = value.dtype or "", np.asarray(value.data).shape
        return say("value", f"{value.kind}{_article(dtype)}", dtype=dtype, shape=shape)
    if value.kind in ("tuple", "list"):
        return say("value", "container", type=value.kind, count=len(value.items))
    return say("value", f"object{_article(value.type_name)}", type=value.type_name)


def _article(noun: str) -> str:
    """Return the end of a sentence's code: ``-an`` where English wants that article."""
    return "-an" if noun[:1] in "aeiou" and not noun.startswith("uint") else ""


@dataclass(frozen=True, kw_only=True)
class CallStyle:
    """The types in which a student's function is handed its scales; None: as python floats."""

    name: str
    weight_scale: Value | None = None
    input_scale: Value | None = None
    requantize_scale: Value | None = None
    output_scale: Value | None = None
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
        name=name,
        weight_scale=value,
        input_scale=value,
        requantize_scale=value,
        output_scale=value,
        arrays=arrays,
    )


def _read_number(value: Value) -> tuple[float | None, Message | None]:
    number = value.number
    if number is not None:
        return number, None
    if value.kind == "int":
        return None, say("reason", "scale-too-large")
    return None, say("reason", "no-number", value=describe(value))
