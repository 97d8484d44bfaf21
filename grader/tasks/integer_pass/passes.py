"""The student's network as the accuracy ladder runs it, with or without a bias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.baseline.chain import Chain, QuantizedWeights
from grader.baseline.labelled_images import drawn
from grader.baseline.networks import NetworkBaseline
from grader.border.conventions import Floats, Predictions
from grader.sandbox.calls.replies import CallError
from grader.tasks.integer_pass import checks
from grader.tasks.integer_pass import network as networks
from grader.tasks.integer_pass.network import BuiltNetwork
from grader.tasks.integer_pass.observe import draw_sample, observe_pass
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.run import Passes, Run

BIASED_IMAGES = 256


@dataclass(frozen=True, kw_only=True)
class IntegerPass:
    """A pass that was *seen* over a sample of images."""

    run: Run
    network: NetworkBaseline
    seen: ForwardAnswers
    built: BuiltNetwork

    @property
    def is_built(self) -> bool:
        """Return whether the student's network could be built."""
        return self.built.error is None

    @property
    def error(self) -> CallError | None:
        """Return what the pass ended with, None where it ran through."""
        return self.seen.trace.error

    @property
    def agrees(self) -> bool:
        """Return whether all that was seen are the integers of the exact replay."""
        return checks.agrees(self.seen, self.run.edition.scheme)

    @property
    def scores_follow(self) -> bool:
        """Return whether the scores name the class that the last layer's sums name."""
        return checks.scores_follow(self.seen)

    def exact(self) -> Predictions | None:
        """Return what the replay by the pass's own rounding predicts, None where there is none."""
        scheme = checks.scheme_of(self.seen, self.run.edition.scheme)
        if scheme is None or self.seen.numbers is None:
            return None
        return self.run.judge.exact(self.network.spec, self.seen.numbers, scheme)

    def run_all(self) -> Predictions | CallError:
        """Return what the network itself predicts, run over all test images."""
        return _run_all(self.run, self.built, self.network)


def _judged(run: Run, seen: ForwardAnswers) -> IntegerPass | None:
    if seen.built is None:
        return None
    return IntegerPass(run=run, network=run.baseline.plain, seen=seen, built=seen.built)


def _with_bias(run: Run, chain: Chain, bias: Mapping[str, Floats]) -> IntegerPass:
    sample = draw_sample(run, "quantized with bias", BIASED_IMAGES)
    class_name = run.edition.file.scaffold.quantized_bias_network
    seen = observe_pass(run, sample, chain, class_name, bias)
    assert seen.built is not None
    return IntegerPass(run=run, network=chain.network, seen=seen, built=seen.built)


def _alone(
    run: Run, name: str, network: NetworkBaseline, weights: Mapping[str, QuantizedWeights]
) -> Predictions | CallError:
    scaffold = run.edition.file.scaffold
    plain = network is run.baseline.plain
    class_name = scaffold.quantized_network if plain else scaffold.quantized_bias_network
    chain = Chain(network=network, weights=weights, input_step=1.0, steps={})
    built = networks.build(run.student, name, class_name, chain, {})
    return _run_all(run, built, network)


def _run_all(run: Run, built: BuiltNetwork, network: NetworkBaseline) -> Predictions | CallError:
    baseline = run.baseline
    return networks.predict(
        run.student,
        built,
        network,
        baseline.images,
        lambda indices: drawn(baseline, indices).numpy(),
        len(baseline.labels),
    )


PASSES = Passes(judged=_judged, with_bias=_with_bias, alone=_alone)
