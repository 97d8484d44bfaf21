"""What the students' functions make of the input's pixels and of the layers' activations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from grader.border.answers import ScaleAnswer
from grader.border.conventions import CallStyle, Floats, is_usual, read_scale, split_returns
from grader.border.probes import (
    RESCALE,
    Asked,
    Factor,
    InputName,
    Probe,
    Scales,
    array_probes,
    scale_probe,
)
from grader.border.student import Student, changed_argument, scale_arguments
from grader.editions.schema import TaskSpec
from grader.sandbox.calls.replies import Observation
from grader.sandbox.protocol import Value
from grader.tasks.scales.seen import FactorAnswer, ScaleAnswers
from grader.words.message import Message

NO_SCALES = Scales(weight=1.0, input=1.0, preceding=())


def observe_input(student: Student, task: TaskSpec, pixels: Floats, seed: int) -> ScaleAnswers:
    """Return the answers on the calibration images' pixels (1-D) and on the seeded probes."""
    own = _ask(student, task, InputName("the input"), pixels, NO_SCALES, returning=False)
    probes = {
        name: _ask(student, task, name, array, NO_SCALES)
        for name, array in array_probes(seed, "pixels").items()
    }
    return ScaleAnswers(own={"input": own}, probes=probes)


def observe_outputs(  # noqa: PLR0913, PLR0917  what is asked, of whom, with which scales
    student: Student,
    task: TaskSpec,
    activations: Mapping[str, Floats],
    weight_multipliers: Mapping[str, float],
    input_multiplier: float,
    seed: int,
) -> ScaleAnswers:
    """
    Return the answers on each layer's activations, chained as in the template, and on probes.

    *activations* are 1-D arrays by layer name, in the order of the layers.
    """
    own = observe_chain(student, task, activations, weight_multipliers, input_multiplier)
    scales = scale_probe(seed, "activations", len(own) - 1, cumulative=task.is_cumulative)
    arrays = array_probes(seed, "activations")
    probes = {name: _ask(student, task, name, a, scales) for name, a in arrays.items()}
    bases: dict[Probe, Scales] = {Probe.SKEWED: scales}
    if task.is_cumulative:  # a layer that comes first has a formula of its own
        bases[Probe.FIRST_LAYER] = scales.without_preceding()
        probes[Probe.FIRST_LAYER] = _ask(
            student, task, Probe.FIRST_LAYER, arrays[Probe.SKEWED], bases[Probe.FIRST_LAYER]
        )
    calls: list[ScaleAnswer] = []
    factors: dict[Factor, FactorAnswer] = {}
    for name, given in bases.items():
        for factor in given.factors(task):
            changed = given.with_factor(factor, RESCALE)
            calls.append(_ask(student, task, factor.name, arrays[Probe.SKEWED], changed))
            factors[factor] = _answer_to(factor, calls[-1], probes[name])
    return ScaleAnswers(own=own, probes=probes, factor_calls=tuple(calls), factors=factors)


def _answer_to(factor: Factor, call: ScaleAnswer, base: ScaleAnswer) -> FactorAnswer:
    return FactorAnswer(
        factor=factor,
        expected=call.accumulator / base.accumulator,
        actual=call.step / base.step,
    )


def observe_chain(
    student: Student,
    task: TaskSpec,
    activations: Mapping[str, Floats],
    weight_multipliers: Mapping[str, float],
    input_multiplier: float,
) -> dict[str, ScaleAnswer]:
    """Return the answer on each layer, every layer's own answer handed on to the next."""
    answers: dict[str, ScaleAnswer] = {}
    preceding: list[tuple[float, ...]] = []
    for name, array in activations.items():
        scales = Scales(
            weight=weight_multipliers[name],
            input=input_multiplier,
            preceding=tuple(preceding),
            cumulative=task.is_cumulative,
        )
        answer = _ask(student, task, InputName(name), array, scales, returning=False)
        answers[name] = answer
        preceding.append(preceding_entry(task, scales, answer))
        if answer.returned is not None and student.own.requantize_scale is None:
            student.learn(requantize_scale=answer.returned, output_scale=answer.handed_on)
    return answers


def preceding_entry(task: TaskSpec, scales: Scales, answer: ScaleAnswer) -> tuple[float, ...]:
    """
    Return what a layer adds to the list for the next.

    That is the reference's scale where it has none, or one so far off that the products of a few
    such scales could not be computed with.
    """
    step = answer.step
    if not math.isfinite(step) or not is_usual(answer.level):
        step = answer.largest * scales.accumulator / 127.0 or 1.0
    elif math.isfinite(answer.output_step) and is_usual(answer.largest / answer.output_step):
        return (1.0 / answer.output_step,)
    if task.is_cumulative:
        return (scales.accumulator / step,)
    return (scales.weight, 1.0 / step)


def _ask(  # noqa: PLR0913  a call is a task, its inputs and a name for them
    student: Student,
    task: TaskSpec,
    name: Asked,
    array: Floats,
    scales: Scales,
    *,
    returning: bool = True,
) -> ScaleAnswer:
    def arguments(style: CallStyle) -> tuple[Value, ...]:
        return scale_arguments(task, style, scales, style.array(array))

    observation = student.ask(task, arguments, returning=returning, again=name == Probe.REPEATED)
    given = arguments(student.style(task.id))
    changed = changed_argument(task, given, observation.arguments_after) if returning else ""
    blank = ScaleAnswer(
        probe=name,
        form=task.returns[0].form,
        largest=float(np.abs(array).max()),
        accumulator=scales.accumulator,
        changed=changed,
        array=array,
        scales=scales,
        whole=observation.value,
    )
    return _read(task, blank, observation)


def _read(task: TaskSpec, blank: ScaleAnswer, observation: Observation) -> ScaleAnswer:
    if observation.error is not None or observation.value is None:
        return replace(blank, error=observation.error)
    parts = split_returns(observation.value, len(task.returns))
    if isinstance(parts, Message):
        return replace(blank, problem=parts)
    read = [
        (part, read_scale(part, binding.form, binding.places))
        for part, binding in zip(parts, task.returns, strict=True)
    ]
    problem = next((reading.problem for _, reading in read if reading.step is None), None)
    (returned, own), *beside = read
    if problem is not None or own.step is None:
        return replace(blank, problem=problem)
    answer = replace(blank, step=own.step, returned=returned)
    if not beside:
        return answer
    handed_on, output = beside[0]
    return replace(answer, handed_on=handed_on, output_step=output.step or math.nan)
