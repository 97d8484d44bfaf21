"""The tasks' stages: each observes one task, judges it, and keeps both in the run."""

from __future__ import annotations

from dataclasses import replace

from grader.baseline.chain import Chain, own_steps, reference_steps
from grader.baseline.judge import Judge
from grader.editions.schema import TaskId
from grader.tasks.accumulator_bias import checks as bias
from grader.tasks.accumulator_bias.observe import observe_bias
from grader.tasks.integer_pass import checks as forward
from grader.tasks.integer_pass.network import BuiltNetwork
from grader.tasks.integer_pass.observe import draw_sample, observe_pass
from grader.tasks.quantized_tensor import checks as weights
from grader.tasks.quantized_tensor.observe import observe_weights
from grader.tasks.run import Run
from grader.tasks.scales import checks as scales
from grader.tasks.scales.observe import (
    is_cumulative,
    observe_chain,
    observe_input,
    observe_outputs,
)
from reference.calibration import INPUT

# Enough that a pass which differs on one image in a hundred is seen all but surely, 1 - 0.99^1000.
SECRET_IMAGES = 1000
CLIPPING_IMAGES = 256


def judge_weights(run: Run) -> None:
    """Quantize both networks' weights and the probes; learn the type of the student's scales."""
    plain, biased = run.baseline.plain.weights, run.baseline.biased.weights
    run.weights = observe_weights(run.student, plain, biased, run.seed)
    limits = run.edition.rubric.thresholds
    stub_step = run.edition.task(TaskId.WEIGHTS).stub_step
    run.record(weights.judge(run.weights, limits, run.edition.scheme, stub_step))
    first = next(iter(run.weights.own.values()))
    if first.usable:
        run.student.own = replace(run.student.own, weight_scale=first.returned)


def judge_input(run: Run) -> None:
    """Ask for the scale of the calibration images' pixels and of the probes."""
    run.input = observe_input(run.student, run.baseline.plain.activations[INPUT], run.seed)
    limits = run.edition.rubric.thresholds
    run.record(scales.judge_input(run.input, limits, run.edition.scheme))
    own = run.input.own["input"]
    if own.usable:
        run.student.own = replace(run.student.own, input_scale=own.returned)


def judge_outputs(run: Run) -> None:
    """Ask for every layer's output scale, chained as the template chains them."""
    network = run.baseline.plain
    run.outputs = observe_outputs(
        run.student,
        network.layer_activations,
        {name: 1.0 / w.step for name, w in run.weights_for(network).items()},
        1.0 / run.input_step(),
        run.seed,
    )
    limits = run.edition.rubric.thresholds
    run.record(scales.judge_outputs(run.outputs, limits, run.edition.scheme))


def build_chain(run: Run) -> Chain:
    """Return the chain of the network without bias."""
    steps = None
    if run.usable(TaskId.ACTIVATIONS) and run.outputs is not None:
        steps = own_steps(run.outputs.own)
    network = run.baseline.plain
    return run.chain_of(network, run.weights_for(network), steps)


def build_biased_chain(run: Run) -> Chain:
    """Return the chain of the network with bias; its output scales are asked for anew."""
    network = run.baseline.biased
    chosen = run.weights_for(network)
    steps = None
    if run.usable(TaskId.ACTIVATIONS):
        multipliers = {name: 1.0 / w.step for name, w in chosen.items()}
        answers = observe_chain(
            run.student, network.layer_activations, multipliers, 1.0 / run.input_step()
        )
        if all(answer.usable for answer in answers.values()):
            steps = own_steps(answers)
    return run.chain_of(network, chosen, steps)


def judge_forward(run: Run, judge: Judge) -> BuiltNetwork:
    """Build the student's network and compare all that enters its layers with exact replays."""
    run.chain = chain = build_chain(run)
    class_name = run.edition.file.scaffold.quantized_network
    sample = draw_sample(run, "quantized", SECRET_IMAGES)
    built, answers = observe_pass(run, judge, sample, chain, class_name)
    if answers.trace.usable:
        sample = draw_sample(run, "clipping", CLIPPING_IMAGES)
        _, clipping = observe_pass(run, judge, sample, _clipping(chain, judge), class_name)
        answers = replace(answers, clipping=clipping)
    run.forward = answers
    run.record(forward.judge(answers, run.edition.scheme))
    return built


def _clipping(chain: Chain, judge: Judge) -> Chain:
    """
    Return the chain with scales by which every layer clips, handed to the network as they are.

    The reference's steps of the layers fit what comes in; what comes in is three times as large.
    """
    steps = reference_steps(chain.network, chain.weights, chain.input_step, judge.scheme)
    given = {TaskId.INITIAL_INPUT, TaskId.ACTIVATIONS}
    return replace(
        chain,
        input_step=chain.input_step / 3.0,
        steps=steps,
        played_back=chain.played_back | given,
    )


def judge_bias(run: Run, judge: Judge) -> None:
    """Ask for the quantized bias of the network, of a large one and with each factor changed."""
    task = run.edition.task(TaskId.BIAS)
    run.biased_chain = chain = build_biased_chain(run)
    scales_before = chain.scales_before(task.layer, cumulative=is_cumulative(task))
    network = chain.network
    answers = observe_bias(
        run.student, network.bias[task.layer], scales_before, network.logit_size, run.seed
    )
    large = answers.large
    if large.usable and large.integers.shape == large.bias.shape:
        agreement = judge.agreement(chain, task.layer, large.expected.round(), large.integers)
        answers = replace(answers, agreement=agreement)
    run.bias = answers
    bits = run.edition.file.quantization.bias_bits
    limits = run.edition.rubric.thresholds
    run.record(bias.judge(answers, limits, bits, task.stub.factors))
