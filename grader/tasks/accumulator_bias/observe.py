"""What ``quantized_bias`` makes of the network's bias, of a large one, and of each factor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.border.answers import BiasAnswer
from grader.border.conventions import CallStyle, Floats, read_tensor, split_returns
from grader.border.probes import (
    RESCALE,
    Asked,
    Factor,
    InputName,
    Probe,
    Scales,
    bias_probe,
    rng_for,
    scale_probe,
)
from grader.border.student import Student, changed_argument, scale_arguments
from grader.editions.schema import Role, TaskSpec
from grader.sandbox.protocol import Value
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.words.message import Message

Given = tuple[Floats, Scales]

PROBE_LAYERS = 4
SMALL = 3000.0
# Up to the edge of 32 bits (a probe is made RESCALE times as small): a narrower clamp shows.
WIDE = 0.95 * 2.0**31 * RESCALE
# Factors left out or repeated may come to 1e-10 or 1e20: other sizes show what remains.
MAGNIFIED = (2.0**-72, 2.0**-56, 2.0**-40, 2.0**-32, 2.0**-16, 2.0**16, 2.0**32)


def observe_bias(  # noqa: PLR0913, PLR0917  a bias, its scales, and the student
    student: Student,
    task: TaskSpec,
    bias: Floats,
    scales: Scales,
    logit_size: float,
    seed: int,
) -> BiasAnswers:
    """
    Return the answers on the network's own bias and on the probes.

    *scales* are those in front of the layer in the network; *logit_size* is how large the logits
    are, so that the large random bias decides many of the predictions.
    """
    large = rng_for(seed, "large bias").normal(0.0, logit_size, bias.shape).astype(np.float32)
    probes, factors = _probes(task, bias.size, seed)
    return BiasAnswers(
        own=ask(student, task, Probe.OWN_BIAS, bias, scales),
        large=ask(student, task, Probe.LARGE_BIAS, large, scales),
        probes={name: ask(student, task, name, *given) for name, given in probes.items()},
        factors={f: ask(student, task, f.name, *given) for f, given in factors.items()},
        magnified=_magnified(student, task, scales, bias.size, seed),
    )


def _probes(
    task: TaskSpec, size: int, seed: int
) -> tuple[dict[Probe, Given], dict[Factor, Given]]:
    """Return the biases and scales of the probes, and those with each factor changed."""
    scales = _probe(task, seed)
    base = bias_probe(seed, scales, size)
    probes: dict[Probe, Given] = {
        Probe.BASE: (base, scales),
        Probe.REPEATED: (base, scales),
        Probe.RESCALED: (base * np.float32(RESCALE), scales),
        Probe.SMALL: (bias_probe(seed, scales, size, largest=SMALL), scales),
        Probe.WIDE: (bias_probe(seed, scales, size, largest=WIDE), scales),
    }
    factors = {f: (base, scales.with_factor(f, RESCALE)) for f in scales.factors(task)}
    return probes, factors


def _probe(task: TaskSpec, seed: int) -> Scales:
    return scale_probe(
        seed, "bias", PROBE_LAYERS, cumulative=task.is_cumulative, with_own=task.gets_own_scale
    )


def _magnified(
    student: Student, task: TaskSpec, own: Scales, size: int, seed: int
) -> dict[str, BiasAnswer]:
    scales = _probe(task, seed)
    inputs = {
        InputName(f"{name} times {times:g}"): (
            bias_probe(seed, given, size) * np.float32(times),
            given,
        )
        for name, given in (("the network's scales", own), ("the probe's scales", scales))
        for times in MAGNIFIED
    }
    return {name: ask(student, task, name, *given) for name, given in inputs.items()}


def ask(student: Student, task: TaskSpec, name: Asked, bias: Floats, scales: Scales) -> BiasAnswer:
    """Return what the function answers on one bias, given the scales before it."""

    def arguments(style: CallStyle) -> tuple[Value, ...]:
        return scale_arguments(task, style, scales, Value.tensor(bias))

    observation = student.ask(task, arguments, again=name == Probe.REPEATED)
    given = arguments(student.style(task.id))
    changed = changed_argument(task, given, observation.arguments_after)
    blank = BiasAnswer(
        probe=name,
        form=task.form_of(Role.WEIGHT_SCALE),
        bias=bias,
        scales=scales,
        changed=changed,
        error=observation.error,
        whole=observation.value,
    )
    if observation.error is not None or observation.value is None:
        return blank
    parts = split_returns(observation.value, len(task.returns))
    if isinstance(parts, Message):
        return replace(blank, problem=parts)
    reading = read_tensor(parts[0])
    if reading.array is None:
        return replace(blank, problem=reading.problem)
    integers = np.asarray(reading.array, dtype=np.float64)
    return replace(blank, integers=integers, dtype=parts[0].dtype or "", returned=parts[0])
