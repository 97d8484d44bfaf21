"""Answers made in this process from a function, as the sandbox would have brought them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.border.answers import BiasAnswer, ScaleAnswer, WeightAnswer
from grader.border.conventions import Floats
from grader.border.probes import (
    RESCALE,
    Factor,
    Probe,
    Scales,
    array_probes,
    bias_probe,
    rng_for,
    scale_probe,
    weight_probes,
)
from grader.diagnosis.catalogue import COMMON, load_catalogue
from grader.editions.loader import load_edition
from grader.editions.schema import Role, ScaleForm, TaskSpec
from grader.sandbox.protocol import Value
from grader.tasks.accumulator_bias.observe import MAGNIFIED
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.hypotheses.fit import Fit
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.tasks.scales.observe import preceding_entry
from grader.tasks.scales.seen import FactorAnswer, ScaleAnswers

EDITION = load_edition("cs5120-2021")
LIMITS = EDITION.rubric.thresholds
SCHEME = EDITION.scheme
SEED = 5
FORM = ScaleForm.MULTIPLIER  # of the edition's scales
OUTPUTS, BIAS = EDITION.task("activations"), EDITION.task("bias")
LAYERS = ("conv1", "conv2", "fc1", "fc2", "fc3")

Multiplier = Callable[[Floats, Scales], float]


def names_of(fits: Sequence[Fit]) -> list[str]:
    """Return the findings' ids, after holding their numbers against the catalogue's."""
    for one in fits:
        entry = load_catalogue().entry(one.finding)
        assert set(one.values) == set(entry.example), one.finding
        for language in ("en", "zh_TW"):
            words = entry.words(language)
            assert words.placeholders() <= set(one.values) | COMMON
    return [one.finding for one in fits]


def weights_made(
    quantize: Callable[[Floats], tuple[Floats, float]], layers: int = 5, form: ScaleForm = FORM
) -> WeightAnswers:
    """Return what a function (weights -> integers, multiplier) answers on layers and probes."""

    def answer(name: str, weights: Floats) -> WeightAnswer:
        return replace(_weight(name, weights, quantize), form=form)

    rng = rng_for(SEED, "layers")
    shapes = ((6, 3, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84))[:layers]
    own = {
        name: rng.normal(0.01, 0.3 / (i + 1), shape).astype(np.float32)
        for i, (name, shape) in enumerate(zip(LAYERS, shapes, strict=False))
    }
    answered = {name: answer(name, w) for name, w in own.items()}
    probes = {p.name: answer(p.name, p.weights) for p in weight_probes(SEED)}
    return WeightAnswers(own=answered, biased=dict(answered), probes=probes)


def _weight(
    name: str, weights: Floats, quantize: Callable[[Floats], tuple[Floats, float]]
) -> WeightAnswer:
    integers, multiplier = quantize(weights.astype(np.float64))
    return WeightAnswer(
        probe=name,
        form=FORM,
        weights=weights,
        integers=integers,
        dtype="float32",
        step=1.0 / multiplier,
    )


def clipped(weights: Floats, multiplier: float) -> Floats:
    return np.clip(np.rint(weights * multiplier), -128, 127)


def input_made(multiplier: Callable[[Floats], float], form: ScaleForm = FORM) -> ScaleAnswers:
    pixels = np.round(rng_for(SEED, "own").uniform(0, 255, 5000)) / 127.5 - 1
    pixels[0] = -1.0
    none = Scales(weight=1.0, input=1.0, preceding=())

    def answer(name: str, values: Floats) -> ScaleAnswer:
        return replace(_scale(name, values, none, lambda x, _s: multiplier(x)), form=form)

    return ScaleAnswers(
        own={"input": answer("input", pixels)},
        probes={name: answer(name, x) for name, x in array_probes(SEED, "pixels").items()},
    )


def outputs_made(
    multiplier: Multiplier, task: TaskSpec = OUTPUTS, output: Multiplier | None = None
) -> ScaleAnswers:
    """
    Return what a function (activations, scales -> multiplier) answers, chained by layer.

    *output* gives the step of the outputs where the task asks for it too: of a range of 127 levels
    if it is not given.
    """

    def answer(name: str, values: Floats, scales: Scales) -> ScaleAnswer:
        made = replace(_scale(name, values, scales, multiplier), form=task.returns[0].form)
        if not task.gives(Role.OUTPUT_SCALE):
            return made
        step = output(values, scales) if output else made.largest / 127.0
        return replace(
            made,
            output_step=step,
            returned=Value.float(1.0 / made.step),
            handed_on=Value.float(step),
        )

    probe = scale_probe(SEED, "activations", 3, cumulative=task.is_cumulative)
    arrays = array_probes(SEED, "activations")
    probes = {name: answer(name, x, probe) for name, x in arrays.items()}
    bases = {Probe.SKEWED: probe}
    if task.is_cumulative:
        bases[Probe.FIRST_LAYER] = first = probe.without_preceding()
        probes[Probe.FIRST_LAYER] = answer(Probe.FIRST_LAYER, arrays[Probe.SKEWED], first)
    calls, factors = {}, {}
    for name, given in bases.items():
        for f in given.factors(task):
            calls[f] = answer(f.name, arrays[Probe.SKEWED], given.with_factor(f, RESCALE))
            factors[f] = _growth(f, calls[f], probes[name])
    return ScaleAnswers(
        own=_chained(answer, task),
        probes=probes,
        factor_calls=tuple(calls.values()),
        factors=factors,
    )


def _chained(
    answer: Callable[[str, Floats, Scales], ScaleAnswer], task: TaskSpec
) -> dict[str, ScaleAnswer]:
    """Return the answer of each layer, given what those before it answered."""
    own: dict[str, ScaleAnswer] = {}
    preceding: list[tuple[float, ...]] = []
    for name, weight, values in _layers():
        given = tuple(preceding)
        scales = Scales(weight=weight, input=127.5, preceding=given, cumulative=task.is_cumulative)
        own[name] = answer(name, values, scales)
        preceding.append(preceding_entry(task, scales, own[name]))
    return own


def _layers() -> Iterator[tuple[str, float, Floats]]:
    """Yield each layer with its weights' scale and its outputs; all but the last have a ReLU."""
    rng = rng_for(SEED, "outputs")
    for i, name in enumerate(LAYERS):
        values = rng.normal(0.0, 1.5, 3000 + 200 * i) * (i + 2)
        values = values if name == "fc3" else np.maximum(values, 0)
        yield name, float(rng.uniform(150, 400)), values


def _growth(factor: Factor, answer: ScaleAnswer, base: ScaleAnswer) -> FactorAnswer:
    return FactorAnswer(
        factor=factor,
        expected=answer.accumulator / base.accumulator,
        actual=answer.step / base.step,
    )


def _scale(name: str, values: Floats, scales: Scales, multiplier: Multiplier) -> ScaleAnswer:
    return ScaleAnswer(
        probe=name,
        form=FORM,
        largest=float(np.abs(values).max()),
        accumulator=scales.accumulator,
        step=1.0 / multiplier(values, scales),
        array=values,
        scales=scales,
    )


def bias_made(quantize: Callable[[Floats, Scales], Floats], task: TaskSpec = BIAS) -> BiasAnswers:
    """Return what a function (bias, scales -> integers) answers on everything that is asked."""
    cumulative = task.is_cumulative
    kept = {"cumulative": cumulative, "with_own": task.gets_own_scale}
    own, probe = (scale_probe(SEED, purpose, 4, **kept) for purpose in ("own", "bias"))
    rng = rng_for(SEED, "own bias")
    base = bias_probe(SEED, probe, 10)
    inputs = {
        Probe.BASE: (base, probe),
        Probe.REPEATED: (base, probe),
        Probe.RESCALED: (base * np.float32(RESCALE), probe),
        Probe.SMALL: (bias_probe(SEED, probe, 10, largest=3000.0), probe),
    }
    grown = {f: probe.with_factor(f, RESCALE) for f in probe.factors(task)}
    magnified = {
        f"{name} times {times:g}": (bias_probe(SEED, s, 10) * np.float32(times), s)
        for name, s in (("own", own), ("probe", probe))
        for times in MAGNIFIED
    }

    def answer(name: str, bias: Floats, scales: Scales) -> BiasAnswer:
        integers = quantize(bias.astype(np.float64), scales).astype(np.float32)
        return BiasAnswer(
            probe=name,
            form=task.form_of(Role.WEIGHT_SCALE),
            bias=bias,
            scales=scales,
            integers=integers.astype(np.float64),
            dtype="float32",
        )

    return BiasAnswers(
        own=answer("own", rng.normal(0, 1, 10).astype(np.float32), own),
        large=answer("large", rng.normal(0, 20, 10).astype(np.float32), own),
        probes=_answered(answer, inputs),
        factors={f: answer(f.name, base, scales) for f, scales in grown.items()},
        magnified=_answered(answer, magnified),
    )


def _answered(
    answer: Callable[[str, Floats, Scales], BiasAnswer],
    inputs: Mapping[str, tuple[Floats, Scales]],
) -> dict[str, BiasAnswer]:
    return {name: answer(name, bias, scales) for name, (bias, scales) in inputs.items()}


def bits32(values: Floats) -> Floats:
    return np.clip(np.rint(values), -(2.0**31), 2.0**31 - 1)
