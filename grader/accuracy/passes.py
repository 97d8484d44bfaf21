"""
The predictions that the rungs judge: the student's network over all images, or its exact replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.baseline.chain import Chain, QuantizedWeights
from grader.baseline.networks import NetworkBaseline
from grader.border.conventions import Floats, Predictions
from grader.border.student import COSTLY
from grader.editions.schema import Role
from grader.sandbox.calls.replies import CallError
from grader.tasks.run import Passes, Run, SeenPass

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


def judged_pass(run: Run) -> SeenPass | None:
    """Return the student's pass that was judged, None where the grader failed to see one."""
    seen = run.giver(Role.LOGITS).seen
    return None if seen is None else _passes(run).judged(run, seen)


def predict(seen: SeenPass, *, agreed: bool) -> Pass:
    """Return the predictions of a network whose pass over some images was *seen*."""
    exact = seen.exact() if agreed else None
    if exact is not None:
        return exact
    if seen.error is not None and seen.error.kind in COSTLY:
        return seen.error  # it is not waited for once more
    return seen.run_all()


def predict_with_bias(
    run: Run, chain: Chain, bias: Mapping[str, Floats] | None
) -> BiasedPasses | None:
    """Return the predictions with the student's bias, None where it does not fit the layer."""
    if bias is None:
        return None
    exact = run.judge.integers(chain, bias)
    seen = _passes(run).with_bias(run, chain, bias)
    if seen.agrees:
        return BiasedPasses(exact=exact, is_students=True)
    if not seen.is_built or not run.usable(run.giver(Role.LOGITS).id):
        return BiasedPasses(exact=exact)
    own = seen.error or seen.run_all()
    if isinstance(own, CallError):
        return BiasedPasses(exact=exact, error=own)
    return BiasedPasses(exact=exact, own=own, is_students=True)


def run_own_chain(run: Run, name: str, network: NetworkBaseline) -> Pass | None:
    """Run the student's own chain with nothing put in its place; None where weights do not fit."""
    weights = own_weights(run, network)
    if weights is None:
        return None
    return _passes(run).alone(run, f"own {name}", network, weights)


def own_weights(run: Run, network: NetworkBaseline) -> Mapping[str, QuantizedWeights] | None:
    """Return every layer's quantized weights, None where they would not fit the network."""
    weights: Mapping[str, QuantizedWeights] | None = run.answered(Role.QUANTIZED_WEIGHTS, network)
    given = network.weights
    if not weights or not all(_fits(w.integers, given[name]) for name, w in weights.items()):
        return None
    return weights


def own_bias(run: Run, network: NetworkBaseline) -> Mapping[str, Floats] | None:
    """Return the student's quantized bias by layer, None where it does not fit the layer."""
    bias: Mapping[str, Floats] | None = run.answered(Role.QUANTIZED_BIAS, network)
    given = network.bias
    if not bias or not all(_fits(values, given[name]) for name, values in bias.items()):
        return None
    return bias


def _fits(found: Floats, given: Floats) -> bool:
    """Return whether a result has the shape of what was given, and finite numbers only."""
    return found.shape == given.shape and bool(np.isfinite(found).all())


def _passes(run: Run) -> Passes[Any]:
    passes = run.giver(Role.LOGITS).kind.passes
    assert passes is not None
    return passes
