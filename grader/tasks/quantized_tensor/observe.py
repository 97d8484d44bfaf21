"""What ``quantized_weights`` makes of the network's layers and of the probes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from grader.border.answers import WeightAnswer
from grader.border.conventions import Floats, read_scale, read_tensor, split_returns
from grader.border.probes import Asked, InputName, Probe, weight_probes
from grader.border.student import Student, changed_argument
from grader.editions.schema import Role, TaskSpec
from grader.sandbox.calls.replies import Observation
from grader.sandbox.protocol import Value
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.words.message import Message


def observe_weights(
    student: Student,
    task: TaskSpec,
    plain: Mapping[str, Floats],
    biased: Mapping[str, Floats],
    seed: int,
) -> WeightAnswers:
    """Return the answers on both networks' weights (by layer name) and on the seeded probes."""
    inputs = {probe.name: probe.weights for probe in weight_probes(seed)}
    optional = inputs.pop(Probe.ONE_DIMENSIONAL)
    probes = {name: ask(student, task, name, weights) for name, weights in inputs.items()}
    answers = [
        {name: ask(student, task, InputName(name), weights) for name, weights in network.items()}
        for network in (plain, biased)
    ]
    # No layer is 1-D: code that cannot handle one is not wrong, and nothing is asked after it.
    answer = ask(student, task, Probe.ONE_DIMENSIONAL, optional)
    if answer.error is None or not probes[Probe.SKEWED].usable:
        probes[Probe.ONE_DIMENSIONAL] = answer
    return WeightAnswers(own=answers[0], biased=answers[1], probes=probes)


def ask(student: Student, task: TaskSpec, name: Asked, weights: Floats) -> WeightAnswer:
    """Return what the function answers on one tensor."""
    argument = Value.tensor(np.asarray(weights, dtype=np.float32))
    observation = student.ask(task, lambda _style: [argument], again=name == Probe.REPEATED)
    changed = changed_argument(task, [argument], observation.arguments_after)
    answer = _read(task, name, weights, observation)
    return replace(answer, error=observation.error, changed=changed, whole=observation.value)


def _read(task: TaskSpec, name: Asked, weights: Floats, observation: Observation) -> WeightAnswer:
    form = task.form_of(Role.WEIGHT_SCALE)
    failed = WeightAnswer(probe=name, weights=weights, form=form)
    if observation.value is None:
        return failed
    parts = split_returns(observation.value, len(task.returns))
    if isinstance(parts, Message):
        return replace(failed, problem=parts)
    values = dict(zip((binding.role for binding in task.returns), parts, strict=True))
    tensor = read_tensor(values[Role.QUANTIZED_WEIGHTS])
    scale = read_scale(values[Role.WEIGHT_SCALE], form)
    return WeightAnswer(
        probe=name,
        weights=weights,
        form=form,
        problem=tensor.problem or scale.problem,
        integers=np.asarray(tensor.array if tensor.array is not None else [], dtype=np.float64),
        dtype=values[Role.QUANTIZED_WEIGHTS].dtype or "",
        step=math.nan if scale.step is None else scale.step,
        returned=values[Role.WEIGHT_SCALE],
    )
