"""
A student's pass over images that nobody can foresee, and its exact replay.

What is judged is compared with what this process computes from its own numbers; where all agrees,
so does the accuracy, which is then that of the exact integer network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from grader.baseline.chain import Chain
from grader.baseline.labelled_images import drawn, integer_network
from grader.baseline.quantized import QuantizedNumbers
from grader.baseline.replay import OUTPUT, real_values
from grader.border.conventions import Floats, read_scale
from grader.border.probes import rng_for
from grader.editions.schema import Role, ScaleForm
from grader.tasks.integer_pass import network as networks
from grader.tasks.integer_pass.network import TEMPLATE_BATCH, BuiltNetwork
from grader.tasks.integer_pass.seen import Forms, ForwardAnswers, Replay
from grader.tasks.run import Run
from reference.calibration import INPUT

_SCALES = (Role.INPUT_SCALE, Role.REQUANTIZE_SCALE)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Test images drawn with the run's seed: nobody can know which a pass is judged on."""

    name: str  # of the pass
    indices: tuple[int, ...]


def draw_sample(run: Run, name: str, count: int) -> Sample:
    """Return *count* test images, or as many as there are, drawn for the pass *name*."""
    every = len(run.baseline.labels)
    count = min(count, every - every % TEMPLATE_BATCH)  # whole batches of the template's size
    chosen = rng_for(run.seed, f"images {name}").choice(every, count, replace=False)
    return Sample(name=name, indices=tuple(int(index) for index in np.sort(chosen)))


def observe_pass(
    run: Run,
    sample: Sample,
    chain: Chain,
    class_name: str,
    bias: Mapping[str, Floats] | None = None,
) -> ForwardAnswers:
    """
    Return the pass of the student's *class_name*, built on *chain*, over *sample*, and its replay.

    The replay stands on the chain's numbers and on *bias*, the integers that were judged.
    """
    images = run.baseline.images
    built = networks.build(run.student, sample.name, class_name, chain, {})
    pixels = drawn(run.baseline, sample.indices)
    trace = networks.trace(
        run.student, built, chain.network, images, sample.indices, pixels.numpy()
    )
    if trace.entering and (trace.error is not None or trace.output is None):  # it broke off
        size = len(next(iter(trace.entering.values())))
        pixels = pixels[trace.first : trace.first + size]
    numbers = replace(_numbers_of(run, built, chain), bias=bias)
    spec = chain.network.spec
    output = integer_network(spec, numbers, run.edition.scheme)(pixels)
    replay = Replay(
        reals=real_values(spec, numbers, pixels.numpy(), trace.entering),
        output=output.numpy(),
        multipliers=_multipliers_at(chain, numbers),
        input_multiplier=numbers.input_multiplier,
        fraction_bits=run.edition.scheme.fraction_bits,
    )
    return ForwardAnswers(
        trace=trace,
        replay=replay,
        layers=tuple(chain.weights),
        classes=output.shape[1],
        numbers=numbers,
        built=built,
        forms=_forms(run),
    )


def _forms(run: Run) -> Forms:
    forms = {role: run.giver(role).spec.form_of(role) for role in _SCALES}
    return Forms(images=forms[Role.INPUT_SCALE], layers=forms[Role.REQUANTIZE_SCALE])


def _multipliers_at(chain: Chain, numbers: QuantizedNumbers) -> dict[str, float]:
    """Return what the sums are multiplied by that enter each layer but the first, or come out."""
    names = [*chain.weights]
    following = zip((*names[1:], OUTPUT), names, strict=True)
    return {place: numbers.multipliers[name] for place, name in following}


def _numbers_of(run: Run, built: BuiltNetwork, chain: Chain) -> QuantizedNumbers:
    """
    Return the numbers that the student's network is to be replayed with.

    They are the chain's. A scale that the constructor attached takes the place of the chain's only
    where it passes the judgement that a returned one has to pass: that the largest value lands
    within the integers' range, and not far beyond.
    """
    forms, places = _forms(run), _places(run)
    limits = run.edition.rubric.thresholds
    entering = _attached(built, "input_scale", forms.images)
    pixels = float(np.abs(chain.network.activations[INPUT]).max())
    used = chain
    if entering is not None and limits.fits(pixels / entering):
        used = replace(used, input_step=entering)
    for name in chain.steps:
        step = _attached(built, f"{name}.output_scale", forms.layers, places)
        if step is not None:
            changed = replace(used, steps={**used.steps, name: step})
            used = changed if limits.fits(changed.level(name)) else used
    return used.numbers


def _places(run: Run) -> int:
    """Return the binary places of the layers' multipliers, where these are whole numbers."""
    returns = run.giver(Role.REQUANTIZE_SCALE).spec.returns
    return next(b.places for b in returns if b.role == Role.REQUANTIZE_SCALE)


def _attached(
    built: BuiltNetwork, attribute: str, form: ScaleForm, places: int = 0
) -> float | None:
    """Return the step that the constructor attached, None where that is not one usable number."""
    value = built.value(attribute)
    return None if value is None else read_scale(value, form, places).step
