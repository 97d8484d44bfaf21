"""What ``float_to_fixed_scale`` makes of drawn scales, as a trained network has them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from grader.border.conventions import Floats, describe, split_returns
from grader.border.probes import Asked, InputName, Probe, rng_for
from grader.border.student import Student, changed_argument
from grader.editions.schema import TaskSpec
from grader.sandbox.protocol import BUFFERS, Value
from grader.tasks.fixed_point_table.seen import FloatScales, TableAnswer, TableAnswers
from grader.words.message import Message, say

# The roles of this kind's arguments, and of what its function returns.
ACTIVATION_SCALES = "activation_scales"
WEIGHT_SCALES = "weight_scales_by_layer"
FLOAT_BIAS = "float_bias"

FIRST, SECOND, THIRD = map(InputName, ("first scales", "second scales", "third scales"))
# So large that a multiplier without its shift is no zero, nor a step that was not inverted.
WEIGHTS_TIMES, OUTPUTS_TIMES = 2.0**16, 2.0**14
# So small that a step's inverse tells whose it is.
OUTPUTS_SMALLER = 2.0**-6
# A bias that is no zero where a step is missing from it, and yet has no more than 32 bits.
BIAS_TIMES = 2.0**16
# How far the fraction of a right number lies from a half and from a whole: rounding and cutting
# off differ, and float32's error does not matter.
LOW_FRACTIONS, HIGH_FRACTIONS = (0.15, 0.4), (0.6, 0.85)
_WHOLE = re.compile(r"-?[0-9]{1,12}(\.0)?")
USUAL_BIAS, LARGE_BIAS = 2.0**11, 2.0**20


@dataclass(frozen=True, kw_only=True)
class Table:
    """The keys of an edition's network, and the form of its fixed-point numbers."""

    first: str
    layers: tuple[str, ...]
    biased: str
    features: int
    places: int


def observe_table(student: Student, task: TaskSpec, table: Table, seed: int) -> TableAnswers:
    """Return the answers on three drawn sets of scales, on one of them again, and magnified."""
    first = draw(table, seed, FIRST, USUAL_BIAS)
    drawn: dict[Asked, FloatScales] = {
        FIRST: first,
        Probe.REPEATED: first,
        SECOND: draw(table, seed, SECOND, LARGE_BIAS),
        THIRD: draw(table, seed, THIRD, USUAL_BIAS),
    }
    sets = {str(name): ask_table(student, task, name, scales) for name, scales in drawn.items()}
    altered = {
        "large steps": (magnified, (FIRST, SECOND, THIRD)),
        "large bias": (with_large_bias, (FIRST, THIRD)),
        "small steps": (with_small_outputs, (FIRST, THIRD)),
    }
    larger = {
        InputName(f"{name}, {how}"): change(drawn[name])
        for how, (change, names) in altered.items()
        for name in names
    }
    return TableAnswers(
        sets=sets,
        magnified={
            name: ask_table(student, task, name, scales) for name, scales in larger.items()
        },
    )


def draw(table: Table, seed: int, name: str, largest_bias: float) -> FloatScales:
    """Return scales of a real network's size, no two alike, and a bias of up to *largest_bias*."""
    rng = rng_for(seed, f"fixed {name}")
    fractions = _fractions(rng, name != SECOND)
    outputs = {table.first: 1.0 / (int(rng.integers(60, 160)) + next(fractions))}
    weights: dict[str, float] = {}
    for layer in table.layers:
        weights[layer] = float(rng.uniform(0.0015, 0.006))
        sum_step = weights[layer] * [*outputs.values()][-1]
        number = math.floor(sum_step / rng.uniform(0.02, 0.15) * 2.0**table.places)
        outputs[layer] = sum_step * 2.0**table.places / (max(number, 3) + next(fractions))
    scales = FloatScales(
        outputs=outputs,
        weights=weights,
        bias=np.ones((1, table.features)),
        biased=table.biased,
        places=table.places,
    )
    return replace(scales, bias=_bias(rng, table.features, largest_bias) / scales.expected_bias)


def _bias(rng: np.random.Generator, features: int, largest: float) -> Floats:
    """Return a row of numbers between 2 and *largest*, of both signs, none near a half."""
    whole = np.floor(np.exp(rng.uniform(math.log(2.0), math.log(largest), features)))
    whole[0] = math.floor(largest)
    fractions = _fractions(rng, high=True)
    size = whole + [next(fractions) for _ in range(features)]
    return np.asarray((size * rng.choice((-1.0, 1.0), features)).reshape(1, -1))


def _fractions(rng: np.random.Generator, high: bool) -> Iterator[float]:
    while True:
        yield float(rng.uniform(*(HIGH_FRACTIONS if high else LOW_FRACTIONS)))
        high = not high


def magnified(scales: FloatScales) -> FloatScales:
    """Return scales so large that numbers tell which of them they were computed from."""
    return replace(
        with_large_bias(scales),
        outputs={key: step * OUTPUTS_TIMES for key, step in scales.outputs.items()},
        weights={key: step * WEIGHTS_TIMES for key, step in scales.weights.items()},
    )


def with_large_bias(scales: FloatScales) -> FloatScales:
    """Return the same scales with a bias so large that rounding hides none of its factors."""
    return replace(scales, bias=scales.bias * BIAS_TIMES)


def with_small_outputs(scales: FloatScales) -> FloatScales:
    """Return scales of which one over an output's step is a large number."""
    smaller = {key: step * OUTPUTS_SMALLER for key, step in scales.outputs.items()}
    return replace(scales, outputs=smaller)


# -- calls and what came back -------------------------------------------------------------------


def ask_table(student: Student, task: TaskSpec, name: Asked, scales: FloatScales) -> TableAnswer:
    """Return what the student's function makes of some scales, which *name* calls."""
    given = arguments(task, scales)
    observation = student.ask(task, lambda _style: given, again=name == Probe.REPEATED)
    blank = TableAnswer(
        probe=name,
        given=scales,
        error=observation.error,
        changed=changed_argument(task, given, observation.arguments_after),
        whole=observation.value,
    )
    return blank if observation.value is None else read(blank, observation.value)


def arguments(task: TaskSpec, scales: FloatScales) -> list[Value]:
    """Return the arguments: dicts of float64 arrays of one element, and a row of floats."""
    by_role = {
        ACTIVATION_SCALES: _dict(scales.outputs),
        WEIGHT_SCALES: _dict(scales.weights),
        FLOAT_BIAS: Value.array(scales.bias),
    }
    return [by_role[binding.role] for binding in task.arguments]


def _dict(steps: Mapping[str, float]) -> Value:
    return Value.dict({key: Value.array(np.array([step])) for key, step in steps.items()})


def read(blank: TableAnswer, value: Value) -> TableAnswer:
    """Return the answer with what came back, as far as it is a table and a bias."""
    parts = split_returns(value, 2)
    if isinstance(parts, Message):
        return replace(blank, problem=parts, table_problem=parts, bias_problem=parts)
    table, bias = parts
    table_problem = _problem_of_table(table)
    integers = _read_bias(bias, blank.given.bias.size)
    bias_problem = integers if isinstance(integers, Message) else None
    entries = dict(zip(table.keys, table.items, strict=True)) if table_problem is None else {}
    return replace(
        blank,
        problem=table_problem or bias_problem,
        table_problem=table_problem,
        bias_problem=bias_problem,
        entries=entries,
        numbers={
            key: number for key, entry in entries.items() if (number := _number(entry)) is not None
        },
        integers=blank.integers if isinstance(integers, Message) else integers,
    )


def _problem_of_table(table: Value) -> Message | None:
    """Return why a value is no dict of finite numbers, None where it is one."""
    if table.kind == "other" and table.type_name == "dict":
        return say("fixed", "keys-no-names")
    if table.kind != "dict":
        return say("fixed", "no-dict", value=describe(table))
    for key, entry in zip(table.keys, table.items, strict=True):
        number = _number(entry)
        if number is None:
            return say("fixed", "no-number", key=key, value=describe(entry))
        if not math.isfinite(number):
            return say("fixed", "not-finite", key=key, value=number)
    return None


def _number(entry: Value) -> float | None:
    """Return an entry's number, also one that stands alone in a list or as text."""
    if entry.kind in ("list", "tuple") and len(entry.items) == 1:
        return entry.items[0].number
    if entry.kind == "str" and _WHOLE.fullmatch(entry.data):
        return float(entry.data)
    return entry.number


def _read_bias(value: Value, size: int) -> Floats | Message:
    """Return a bias as a 1-D array, whatever holds its numbers, or what is wrong with it."""
    parts = [*_parts(value)]
    if any(part.kind not in BUFFERS and part.number is None for part in parts):
        return say("fixed", "no-bias", value=describe(value))
    count = sum(part.data.size if part.kind in BUFFERS else 1 for part in parts)
    if count != size:
        return say("fixed", "bias-size", count=count, wanted=size)
    numbers = np.concatenate([np.asarray(part.data, np.float64).reshape(-1) for part in parts])
    return numbers if np.isfinite(numbers).all() else say("fixed", "bias-not-finite")


def _parts(value: Value) -> Iterator[Value]:
    """Yield what lists in lists hold; anything else as it is."""
    if value.kind not in ("list", "tuple"):
        yield value
    for item in value.items if value.kind in ("list", "tuple") else ():
        yield from _parts(item)
