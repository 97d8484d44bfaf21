"""
The predictions that the rungs judge: the student's network over all images, or its exact replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grader.baseline.chain import Chain, own_weights
from grader.baseline.labelled_images import drawn
from grader.baseline.networks import NetworkBaseline
from grader.border.answers import WeightAnswer
from grader.border.conventions import Floats, Predictions
from grader.border.student import COSTLY
from grader.editions.schema import Role
from grader.sandbox.calls.replies import CallError
from grader.tasks.accumulator_bias import kind as accumulator_bias
from grader.tasks.integer_pass import network as networks
from grader.tasks.integer_pass.checks import agrees, scheme_of
from grader.tasks.integer_pass.network import BuiltNetwork
from grader.tasks.integer_pass.observe import draw_sample, observe_pass
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.quantized_tensor import kind as quantized_tensor
from grader.tasks.run import Run

BIASED_IMAGES = 256

Pass = Predictions | CallError


@dataclass(frozen=True, kw_only=True)
class BiasedPasses:
    """
    The predictions of the network with the student's quantized bias.

    *exact* are the exact integer network's, *own* the student's network's where its integers were
    others; *is_students* says whether the student's own network computes what is shown. *error* is
    why it gave no predictions, although the pass without bias is right.
    """

    exact: Predictions
    own: Predictions | None = None
    is_students: bool = False
    error: CallError | None = None


def predict(
    run: Run, network: NetworkBaseline, built: BuiltNetwork, seen: ForwardAnswers, *, agreed: bool
) -> Pass:
    """Return the predictions of a network whose pass over the sample was *seen*."""
    scheme = scheme_of(seen, run.edition.scheme) if agreed else None
    if scheme is not None and seen.numbers is not None:
        return run.judge.exact(network.spec, seen.numbers, scheme)
    error = seen.trace.error
    if error is not None and error.kind in COSTLY:
        return error  # it is not waited for once more
    return _run_all(run, built, network)


def predict_with_bias(
    run: Run, chain: Chain, bias: Mapping[str, Floats] | None
) -> BiasedPasses | None:
    """Return the predictions with the student's bias, None where it does not fit the layer."""
    if bias is None:
        return None
    exact = run.judge.integers(chain, bias)
    scaffold = run.edition.file.scaffold
    sample = draw_sample(run, "quantized with bias", BIASED_IMAGES)
    seen = observe_pass(run, sample, chain, scaffold.quantized_bias_network, bias)
    built = seen.built
    assert built is not None
    if agrees(seen, run.edition.scheme):
        return BiasedPasses(exact=exact, is_students=True)
    if built.error is not None or not run.usable(run.giver(Role.LOGITS).id):
        return BiasedPasses(exact=exact)
    own = seen.trace.error or _run_all(run, built, chain.network)
    if isinstance(own, CallError):
        return BiasedPasses(exact=exact, error=own)
    return BiasedPasses(exact=exact, own=own, is_students=True)


def own_bias(run: Run) -> dict[str, Floats] | None:
    """Return the student's quantized bias by layer, None where it does not fit the layer."""
    task = run.of_kind(accumulator_bias.KIND)
    if task.seen is None or not _fits(task.seen.own.integers, task.seen.own.bias):
        return None
    return {task.spec.layer: task.seen.own.integers}


def run_own_chain(run: Run, name: str, network: NetworkBaseline) -> Pass | None:
    """Run the student's own chain with nothing put in its place; None where weights do not fit."""
    answers = own_answers(run, network)
    if own_integers(answers) is None:
        return None
    scaffold = run.edition.file.scaffold
    plain = network is run.baseline.plain
    class_name = scaffold.quantized_network if plain else scaffold.quantized_bias_network
    chain = Chain(network=network, weights=own_weights(answers), input_step=1.0, steps={})
    built = networks.build(run.student, f"own {name}", class_name, chain, {})
    return _run_all(run, built, network)


def own_answers(run: Run, network: NetworkBaseline) -> Mapping[str, WeightAnswer]:
    """Return what was answered for each layer's weights of a network."""
    seen = run.seen(quantized_tensor.KIND)
    if seen is None:
        return {}
    return seen.own if network is run.baseline.plain else seen.biased


def own_integers(answers: Mapping[str, WeightAnswer]) -> dict[str, Floats] | None:
    """Return every layer's quantized weights, None where they would not fit the network."""
    if not answers:
        return None
    if not all(a.usable and _fits(a.integers, a.weights) for a in answers.values()):
        return None
    return {name: w.integers for name, w in own_weights(answers).items()}


def _fits(found: Floats, given: Floats) -> bool:
    """Return whether a result has the shape of what was given, and finite numbers only."""
    return found.shape == given.shape and bool(np.isfinite(found).all())


def _run_all(run: Run, built: BuiltNetwork, network: NetworkBaseline) -> Pass:
    """Run the student's network over all test images."""
    yardstick = run.baseline
    return networks.predict(
        run.student,
        built,
        network,
        yardstick.images,
        lambda indices: drawn(yardstick, indices).numpy(),
        len(yardstick.labels),
    )
