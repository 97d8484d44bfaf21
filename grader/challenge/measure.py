"""What one answer to the challenge comes to: its integers, its scales and its accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from grader.baseline.chain import Chain, own_weights
from grader.baseline.labelled_images import drawn
from grader.baseline.networks import NetworkBaseline
from grader.baseline.quantized import QuantizedNumbers
from grader.baseline.replay import OUTPUT, real_values
from grader.border.answers import TraceAnswer, WeightAnswer
from grader.border.conventions import CallStyle, Floats, read_scale
from grader.border.probes import InputName, bias_probe
from grader.border.student import OWN_TYPES, Student
from grader.challenge.exact import Integers, integers_at, predict
from grader.challenge.widths import activation_bits, signed_bits
from grader.editions.loader import Edition
from grader.editions.schema import Role, ScaleForm, TaskSpec
from grader.intake.challenge.variants import Variant
from grader.measurements import StageAccuracy
from grader.sandbox.runner import Sandbox
from grader.tasks.accumulator_bias import observe as bias_observe
from grader.tasks.check import Verdict, wrong
from grader.tasks.conduct import (
    ROUNDING_TOLERANCE,
    TRUNCATION_TOLERANCE,
    answered,
    first_wrong,
    holds_integers,
)
from grader.tasks.integer_pass import network as networks
from grader.tasks.integer_pass.network import BuiltNetwork
from grader.tasks.integer_pass.observe import draw_sample
from grader.tasks.quantized_tensor import observe as weights_observe
from grader.tasks.run import Run
from grader.words.message import say
from reference.calibration import INPUT

SAMPLE_IMAGES = 256
# A bias that no clamp of 32 bits lets through, so that where it is cut off shows.
FAR = 2.0**44
_CHALLENGE = InputName("challenge")


class UnusableError(Exception):
    """An answer that goes no further; *verdict* says why."""

    def __init__(self, verdict: Verdict) -> None:
        """Keep the verdict."""
        super().__init__(str(verdict.reason))
        self.verdict = verdict


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The numbers of one answer, all recomputed here."""

    chain: Chain
    weight_bits: Mapping[str, int]
    activation_bits: Mapping[str, int]
    clamped: frozenset[str]  # the places between layers where values were cut off
    accuracy: StageAccuracy
    bias_bits: int | None = None
    levels: Mapping[str, float] = field(default_factory=dict)  # E of every tensor


def measure(run: Run, variant: Variant, sandbox: Sandbox) -> Measured:
    """Return what was measured of an answer; raise UnusableError where it is wrong."""
    edition = _calling(run.edition, variant)
    scaffold = run.edition.file.scaffold
    biased = scaffold.quantized_bias_network in variant.own
    network = run.baseline.biased if biased else run.baseline.plain
    student = Student(
        sandbox=sandbox,
        edition=edition,
        own=CallStyle(name=OWN_TYPES, arrays=scaffold.array),
        call_seconds=run.student.call_seconds,
        batch_size=run.student.batch_size,
    )
    answers = _weights(run, edition, student, network)
    own = edition.file.scaffold
    built, chain = _built(
        run,
        student,
        network,
        answers,
        own.quantized_bias_network if biased else own.quantized_network,
    )
    bias, bias_bits = _bias(run, edition, student, built, chain) if biased else (None, None)
    numbers = replace(chain.numbers, bias=bias)
    places, bits = _pass(run, student, built, network, numbers)
    return Measured(
        chain=chain,
        weight_bits={
            n: signed_bits(a.integers.min(), a.integers.max()) for n, a in answers.items()
        },
        activation_bits=bits,
        clamped=frozenset(place for place, one in places.items() if one.clamps),
        accuracy=_accuracy(run, network, numbers, places),
        bias_bits=bias_bits,
        levels=levels_of(chain),
    )


def _bits(integers: Floats) -> int:
    return signed_bits(float(integers.min()), float(integers.max()))


def levels_of(chain: Chain) -> dict[str, float]:
    """Return the integer on which the largest value of every tensor lands, without clamping."""
    pixels = float(np.abs(chain.network.activations[INPUT]).max())
    return {
        INPUT: pixels / chain.input_step,
        **{
            f"{name}.weight": float(np.abs(chain.network.weights[name]).max()) / weights.step
            for name, weights in chain.weights.items()
        },
        **{name: chain.level(name) for name in chain.steps},
    }


def _calling(edition: Edition, variant: Variant) -> Edition:
    """Return the edition with the answer's functions and classes in place of the tasks'."""
    file, scaffold = edition.file, edition.file.scaffold
    tasks = tuple(
        task.model_copy(update={"callable": variant.called(task.callable)}) for task in file.tasks
    )
    classes = {
        name: variant.called(getattr(scaffold, name))
        for name in ("quantized_network", "quantized_bias_network")
    }
    update = {"tasks": tasks, "scaffold": scaffold.model_copy(update=classes)}
    return replace(edition, file=file.model_copy(update=update))


def _giver(run: Run, edition: Edition, role: str) -> TaskSpec:
    return edition.task(run.giver(role).id)


def _require(verdict: Verdict) -> None:
    if verdict.reason is not None:
        raise UnusableError(verdict)


# -- weights ---------------------------------------------------------------------------------


def _weights(
    run: Run, edition: Edition, student: Student, network: NetworkBaseline
) -> dict[str, WeightAnswer]:
    task = _giver(run, edition, Role.QUANTIZED_WEIGHTS)
    answers = {
        name: weights_observe.ask(student, task, InputName(name), weights)
        for name, weights in network.weights.items()
    }
    _require(answered(answers.values()))
    limits = run.edition.rubric.thresholds
    highest = limits.highest_own_level / run.edition.scheme.quant_max
    _require(first_wrong(_judged(answer, highest) for answer in answers.values()))
    student.learn(weight_scale=next(iter(answers.values())).returned)
    return answers


def _judged(answer: WeightAnswer, highest: float) -> Verdict:
    """Judge whether integers are those that their own scale gives, within the range they fill."""
    found, name = answer.integers, answer.probe
    if found.shape != answer.weights.shape:
        return wrong(say("challenge", "shape", where=name))
    whole = holds_integers(name, found)
    if whole.reason is not None:
        return whole
    edge = 2.0 ** (_bits(found) - 1)
    clamped = np.clip(answer.scaled, min(found.min(), 1 - edge), max(found.max(), edge - 2))
    off = np.abs(clamped - found)
    towards_zero = np.all(np.abs(found) <= np.abs(clamped) + ROUNDING_TOLERANCE)
    allowed = TRUNCATION_TOLERANCE if towards_zero else ROUNDING_TOLERANCE
    if float(off.max()) > allowed:
        worst = int(off.argmax())
        actual, wanted = float(found.flat[worst]), float(clamped.flat[worst])
        return wrong(say("challenge", "weights", where=name, actual=actual, wanted=wanted))
    if found.min() == found.max() or answer.level > highest * max(edge - 1, 1):
        level = round(answer.level, 1)
        return wrong(say("challenge", "range", where=name, level=level, edge=edge - 1))
    return Verdict()


# -- the network -----------------------------------------------------------------------------


def _built(
    run: Run,
    student: Student,
    network: NetworkBaseline,
    answers: Mapping[str, WeightAnswer],
    class_name: str,
) -> tuple[BuiltNetwork, Chain]:
    """Return the student's network on these weights, with the scales that it has made itself."""
    chain = Chain(network=network, weights=own_weights(answers), input_step=1.0, steps={})
    built = networks.build(student, "challenge", class_name, chain, {})
    _require(answered([TraceAnswer(probe=_CHALLENGE, images=0, error=built.error)]))
    form = {r: run.giver(r).spec.form_of(r) for r in (Role.INPUT_SCALE, Role.REQUANTIZE_SCALE)}
    entering = _scale(built, "input_scale", form[Role.INPUT_SCALE])
    steps = {
        name: _scale(built, f"{name}.output_scale", form[Role.REQUANTIZE_SCALE])
        for name in network.weights
    }
    first = next(iter(network.weights))
    student.learn(
        input_scale=built.value("input_scale"),
        requantize_scale=built.value(f"{first}.output_scale"),
    )
    return built, replace(chain, input_step=entering, steps=steps)


def _scale(built: BuiltNetwork, attribute: str, form: ScaleForm) -> float:
    value = built.value(attribute)
    step = None if value is None else read_scale(value, form).step
    if step is None:
        raise UnusableError(wrong(say("challenge", "no-scale", name=attribute)))
    return step


def _pass(
    run: Run,
    student: Student,
    built: BuiltNetwork,
    network: NetworkBaseline,
    numbers: QuantizedNumbers,
) -> tuple[dict[str, Integers], dict[str, int]]:
    """Return how integers are made at each place, by a pass over images nobody can foresee."""
    sample = draw_sample(run, "challenge", SAMPLE_IMAGES)
    pixels = drawn(run.baseline, sample.indices).numpy()
    images = run.baseline.images
    trace = networks.trace(student, built, network, images, sample.indices, pixels)
    _require(answered([trace]))
    values = {**trace.entering, **({} if trace.output is None else {OUTPUT: trace.output})}
    reals = real_values(network.spec, numbers, pixels, trace.entering)
    places: dict[str, Integers] = {}
    for place in (*network.weights, OUTPUT):
        if place not in values or place not in reals:
            raise UnusableError(wrong(say("challenge", "pass", where=_place(place))))
        _require(holds_integers(_place(place), values[place]))
        shaped = values[place].reshape(reals[place].shape) if _same(values, reals, place) else None
        found = None if shaped is None else integers_at(shaped, reals[place], run.edition.scheme)
        if found is None:
            raise UnusableError(wrong(say("challenge", "pass", where=_place(place))))
        places[place] = found
    return places, activation_bits({place: values[place] for place in places})


def _same(values: Mapping[str, Floats], reals: Mapping[str, Floats], place: str) -> bool:
    return values[place].size == reals[place].size


def _place(place: str) -> str:
    return "logits" if place == OUTPUT else place


def _accuracy(
    run: Run,
    network: NetworkBaseline,
    numbers: QuantizedNumbers,
    places: Mapping[str, Integers],
) -> StageAccuracy:
    found = predict(network.spec, numbers, places, run.judge.images.numpy())
    return run.judge.stage("challenge", "", found, network.predictions)


# -- the bias --------------------------------------------------------------------------------


def _bias(
    run: Run, edition: Edition, student: Student, built: BuiltNetwork, chain: Chain
) -> tuple[dict[str, Floats], int]:
    """Return the integers of the bias in the network, and the bits to which it is clamped."""
    task = _giver(run, edition, Role.QUANTIZED_BIAS)
    scales = chain.scales_before(task.layer, task)
    trained = chain.network.bias[task.layer]
    far = bias_probe(run.seed, scales, trained.size, largest=FAR)
    cut = bias_observe.ask(student, task, _CHALLENGE, far, scales)
    own = bias_observe.ask(student, task, _CHALLENGE, trained, scales)
    _require(answered([own, cut]))
    for answer in (own, cut):
        if answer.integers.shape != trained.shape:
            raise UnusableError(wrong(say("challenge", "shape", where=task.layer)))
        _require(holds_integers(task.layer, answer.integers))
    bits = signed_bits(*_ends(cut.integers))
    edge = 2.0 ** (bits - 1)
    wanted = np.clip(own.expected, -edge, edge - 1)
    off = np.abs(own.integers - wanted)
    if float(off.max()) > np.maximum(1.0, np.abs(wanted) * 1e-6).max():
        worst = int(off.argmax())
        numbers = {"actual": float(own.integers[worst]), "wanted": float(np.rint(wanted[worst]))}
        raise UnusableError(wrong(say("challenge", "bias", where=task.layer, **numbers)))
    return {task.layer: own.integers}, bits


def _ends(integers: Floats) -> Sequence[float]:
    """Return the ends of clamped integers; 2^31 is what float32 makes of 2^31 - 1."""
    most = float(np.abs(integers).max())
    return -most, most if np.log2(max(most, 1.0)) % 1 else most - 1


def tensors_of(measured: Measured) -> Iterator[tuple[float, float]]:
    """Yield each tensor's step, and its level over the edge of its integers."""
    chain, names = measured.chain, [*measured.chain.weights]
    bits = measured.activation_bits
    places = dict(zip(names, (*names[1:], OUTPUT), strict=True))
    yield chain.input_step, measured.levels[INPUT] / _edge(bits[names[0]])
    for name in names:
        share = measured.levels[f"{name}.weight"] / _edge(measured.weight_bits[name])
        yield chain.weights[name].step, share
        yield chain.steps[name], measured.levels[name] / _edge(bits[places[name]])


def _edge(bits: int) -> float:
    return 2.0 ** (bits - 1) - 1
